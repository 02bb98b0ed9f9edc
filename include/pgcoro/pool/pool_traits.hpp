#pragma once

#include "../client/connection.hpp"

#include <mutex>

namespace pgcoro {

/// A mutex that does nothing, for a pool that one thread uses.
struct no_mutex
{
    static constexpr void lock() noexcept {}
    static constexpr void unlock() noexcept {}
};

/// What a pool is made of, chosen at compile time: the executor, what guards its lists, and the
/// connections in it. Write your own with these three names for another combination.
struct single_threaded_pool
{
    using executor_type = asio::any_io_executor;
    using mutex_type = no_mutex;
    using connection_type = basic_connection<executor_type, single_threaded>;
};

/// For an io_context that several threads run.
struct multi_threaded_pool
{
    using executor_type = asio::any_io_executor;
    using mutex_type = std::mutex;
    using connection_type = basic_connection<executor_type, multi_threaded>;
};

template <class T>
concept pool_traits = requires(typename T::mutex_type& mutex)
{
    typename T::executor_type;
    typename T::connection_type;
    requires std::same_as<typename T::connection_type::executor_type, typename T::executor_type>;
    mutex.lock();
    mutex.unlock();
};

} // namespace pgcoro
