#pragma once

#include "../client/connection.hpp"
#include "check_traits.hpp"

#include <cstddef>
#include <mutex>
#include <type_traits>

namespace pgcoro {

/// Nothing is called when connections come and go.
struct no_hooks
{};

/// What a pool is made of, chosen at compile time. Derive from this or the next one and redefine
/// what is to be different; what is off costs nothing. See docs/pool.md.
struct single_threaded_pool
{
    using executor_type = asio::any_io_executor;
    /// What guards the pool's lists.
    using mutex_type = no_mutex;
    using connection_type = basic_connection<executor_type, single_threaded>;
    /// Functions on_connect, on_acquire, on_release and on_close, as many of them as there are.
    using hooks_type = no_hooks;

    /// Counts what happens: basic_pool::stats().
    static constexpr bool statistics = true;
    /// Remembers where each connection was acquired, for the messages of errors.
    static constexpr bool names_holders = true;
    static constexpr pool_order order = pool_order::last_in_first_out;
    static constexpr pool_waiting waiting = pool_waiting::in_line;
    /// More connections than this there are never: they have their place in the pool itself. 0: as
    /// pool_options says.
    static constexpr std::size_t capacity = 0;
    /// The pool's own verbs share connections: see multiplexing.
    static constexpr bool multiplexes = false;
};

/// For an io_context that several threads run.
struct multi_threaded_pool : single_threaded_pool
{
    using mutex_type = std::mutex;
    using connection_type = basic_connection<executor_type, multi_threaded>;
};

/// The same traits, but the calls of the pool's own verbs don't each take a connection: they are
/// sent behind each other on a few. What needs a connection of its own gets one: acquire(), with(),
/// transaction(), execute_many(). See docs/pool.md.
template <class Traits>
struct multiplexing : Traits
{
    static constexpr bool multiplexes = true;
};

/// What traits say, or the default where they say nothing.
template <class Traits>
struct pool_choices
{
    static constexpr bool statistics = [] {
        if constexpr (requires { Traits::statistics; })
            return static_cast<bool>(Traits::statistics);
        else
            return single_threaded_pool::statistics;
    }();
    static constexpr bool names_holders = [] {
        if constexpr (requires { Traits::names_holders; })
            return static_cast<bool>(Traits::names_holders);
        else
            return single_threaded_pool::names_holders;
    }();
    static constexpr pool_order order = [] {
        if constexpr (requires { Traits::order; })
            return pool_order{Traits::order};
        else
            return single_threaded_pool::order;
    }();
    static constexpr pool_waiting waiting = [] {
        if constexpr (requires { Traits::waiting; })
            return pool_waiting{Traits::waiting};
        else
            return single_threaded_pool::waiting;
    }();
    static constexpr std::size_t capacity = [] {
        if constexpr (requires { Traits::capacity; })
            return std::size_t{Traits::capacity};
        else
            return single_threaded_pool::capacity;
    }();
    static constexpr bool multiplexes = [] {
        if constexpr (requires { Traits::multiplexes; })
            return static_cast<bool>(Traits::multiplexes);
        else
            return single_threaded_pool::multiplexes;
    }();
    static constexpr auto hooks = [] {
        if constexpr (requires { typename Traits::hooks_type; })
            return std::type_identity<typename Traits::hooks_type>{};
        else
            return std::type_identity<no_hooks>{};
    }();
    using hooks_type = typename decltype(hooks)::type;
    using policy = pool_policy<order, waiting, capacity>;
};

} // namespace pgcoro
