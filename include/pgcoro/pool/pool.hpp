#pragma once

#include "lease.hpp"
#include "pool_core.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace pgcoro {

/// Connections kept open and lent out. Its verbs each take a connection of their own. Callers that
/// find none wait, in order. An open pool keeps io_context::run() going: close() it, or destroy it.
/// Move-only; its destructor closes what is idle at once and what is lent when it comes back.
template <class Traits>
class basic_pool : public verbs<basic_pool<Traits>, typename Traits::connection_type::driver_type>
{
    static_assert(pool_traits<Traits>,
        "pgcoro: a pool's traits need executor_type, mutex_type with lock() and unlock(), and a "
        "connection_type of that executor; see pgcoro::single_threaded_pool");

    using core = pool_core<Traits>;
    using driver = typename core::driver_type;

public:
    using executor_type = typename Traits::executor_type;
    using connection_type = typename Traits::connection_type;
    using lease_type = lease<Traits>;
    template <class T>
    using awaitable = asio::awaitable<T, executor_type>;

    /// Begins to make min_size connections. Nothing is awaited, and no failure reported, before
    /// somebody acquires one; after a failure none is made before that either.
    basic_pool(executor_type executor, options to, pool_options limits = {})
        : core_{std::make_shared<core>(std::move(executor), std::move(to), limits)}
    {
        core_->open();
    }
    basic_pool(basic_pool&&) noexcept = default;
    basic_pool& operator=(basic_pool&& other) noexcept
    {
        if (this != &other) {
            terminate();
            core_ = std::move(other.core_);
        }
        return *this;
    }
    ~basic_pool() { terminate(); }

    /// A connection, as soon as it is the caller's turn. Throws pool_closed, or what connecting
    /// failed with. Cancelled, it leaves the queue. within() limits the wait.
    [[nodiscard]] awaitable<lease_type> acquire() { return acquire_from(core_); }

    /// Lets nobody in any more and waits until every connection has come back and is closed: for
    /// ever, if the caller itself keeps a lease. Callers that wait throw pool_closed. Cancelling
    /// does not end the wait.
    [[nodiscard]] awaitable<void> close() { return close_pool(core_); }

    /// Closes without waiting: what is lent is closed when it comes back.
    void terminate() noexcept
    {
        if (auto const ended = std::exchange(core_, nullptr))
            ended->shut();
    }

    /// Connections that are open or being made; those of them that nobody uses; callers in line.
    [[nodiscard]] std::size_t size() const { return core_ ? core_->size() : 0; }
    [[nodiscard]] std::size_t idle() const { return core_ ? core_->idle() : 0; }
    [[nodiscard]] std::size_t waiting() const { return core_ ? core_->waiting() : 0; }

    // ---- for the verbs

    [[nodiscard]] static constexpr owner_id owner() noexcept { return no_owner; }
    [[nodiscard]] awaitable<std::unique_ptr<call<driver>>> run_call(
        std::unique_ptr<call<driver>> what)
    {
        return run_on(core_, std::move(what));
    }

private:
    static awaitable<lease_type> acquire_from(std::shared_ptr<core> from)
    {
        if (!from)
            throw pool_closed{"the pool is closed or was moved from"};
        if (auto got = from->try_acquire())
            co_return std::move(*got);
        asio::use_awaitable_t<executor_type> token;
        co_return co_await asio::async_initiate<asio::use_awaitable_t<executor_type>,
            void(std::exception_ptr, lease_type)>(
            [&from](auto handler) { from->wait(std::move(handler)); }, token);
    }

    static awaitable<void> close_pool(std::shared_ptr<core> from)
    {
        if (!from)
            co_return;
        asio::use_awaitable_t<executor_type> token;
        co_await asio::async_initiate<asio::use_awaitable_t<executor_type>,
            void(std::exception_ptr, std::monostate)>(
            [&from](auto handler) { from->close(std::move(handler)); }, token);
    }

    static awaitable<std::unique_ptr<call<driver>>> run_on(
        std::shared_ptr<core> from, std::unique_ptr<call<driver>> what)
    {
        lease_type mine = co_await acquire_from(std::move(from));
        co_return co_await run(mine->share_driver(), std::move(what));
    }

    std::shared_ptr<core> core_;
};

using pool = basic_pool<single_threaded_pool>;
using thread_safe_pool = basic_pool<multi_threaded_pool>;

} // namespace pgcoro
