#pragma once

#include "lease.hpp"
#include "pool_core.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// Connections kept open and lent out. Its verbs each take a connection of their own. Callers that
/// find none wait, in order. An open pool keeps io_context::run() going: close() it, or destroy it.
/// Move-only; its destructor closes what is idle at once and what is lent when it comes back.
template <class Traits>
class basic_pool : public verbs<basic_pool<Traits>, typename checked_traits<Traits>::driver_type>
{
    using core = pool_core<Traits>;
    using driver = typename core::driver_type;
    using holder = verbs<basic_pool, driver>;

public:
    using executor_type = typename Traits::executor_type;
    using connection_type = typename Traits::connection_type;
    using hooks_type = typename core::hooks_type;
    using lease_type = lease<Traits>;
    template <class T>
    using awaitable = asio::awaitable<T, executor_type>;

    /// Begins to make min_size connections. Nothing is awaited, and no failure reported, before
    /// somebody acquires one.
    basic_pool(
        executor_type executor, options to, pool_options const& limits = {}, hooks_type hooks = {});
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

    /// A connection, as soon as it is the caller's turn. Throws timeout_error after
    /// acquire_timeout, too_many_waiters, pool_closed, or what connecting failed with. Cancelled,
    /// it leaves the line.
    [[nodiscard]] awaitable<lease_type> acquire(
        std::source_location where = std::source_location::current())
    {
        return acquire_from(core_, std::chrono::nanoseconds{-1}, where);
    }
    /// The same with a limit of its own for the wait; 0: none; one below 0 has passed already.
    template <class Rep, class Period>
    [[nodiscard]] awaitable<lease_type> acquire(std::chrono::duration<Rep, Period> limit,
        std::source_location where = std::source_location::current())
    {
        return acquire_from(core_, given(limit), where);
    }
    /// Where the options name several servers: a connection to one that takes writes, or to a
    /// standby. Each role has connections of its own beside those of acquire(), up to max_size; if
    /// target_session_attrs says a role already, that role's are the same. While no standby can be
    /// reached, role::replica is any server. With one server alone both are acquire().
    [[nodiscard]] awaitable<lease_type> acquire(
        role which, std::source_location where = std::source_location::current())
    {
        return acquire_from(opened(core_)->of_role(which), std::chrono::nanoseconds{-1}, where);
    }
    template <class Rep, class Period>
    [[nodiscard]] awaitable<lease_type> acquire(role which,
        std::chrono::duration<Rep, Period> limit,
        std::source_location where = std::source_location::current())
    {
        return acquire_from(opened(core_)->of_role(which), given(limit), where);
    }
    /// A connection if there is one that can be used at once. Throws pool_closed.
    [[nodiscard]] std::optional<lease_type> try_acquire(
        std::source_location where = std::source_location::current())
    {
        return opened(core_)->try_acquire(where);
    }

    using holder::with;
    /// Runs `body(connection)`, which returns an awaitable, on a connection of its own, and gives
    /// its result. Throws besides what acquire() does.
    template <class Body>
    requires std::is_invocable_v<Body&, connection_type&>
    [[nodiscard]] std::invoke_result_t<Body&, connection_type&> with(
        Body body, std::source_location where = std::source_location::current())
    {
        return run_with(acquire(where), std::move(body));
    }

    /// Runs `body(tx)` in a transaction on a connection of its own: see
    /// basic_connection::transaction(). Throws besides what acquire() does.
    template <class Body>
    [[nodiscard]] auto transaction(
        Body body, std::source_location where = std::source_location::current())
    {
        return transact(acquire(where), transaction_options{}, std::move(body));
    }
    /// `how`: transaction_options or retry, whose further tries are on the same connection.
    template <class How, class Body>
    requires std::is_constructible_v<retry, How> ||
        std::is_constructible_v<transaction_options, How>
    [[nodiscard]] auto transaction(
        How how, Body body, std::source_location where = std::source_location::current())
    {
        return transact(acquire(where), std::move(how), std::move(body));
    }

    /// Lets nobody in any more and waits until every connection has come back and is closed, for
    /// `limit` or close_timeout at most; 0: as long as it takes. Callers that wait throw
    /// pool_closed. Throws timeout_error, which names what is still lent; that is closed when it
    /// comes back. Cancelling does not end the wait.
    [[nodiscard]] awaitable<void> close()
    {
        return wait_for_leases(core_, std::chrono::nanoseconds{-1}, false);
    }
    template <class Rep, class Period>
    [[nodiscard]] awaitable<void> close(std::chrono::duration<Rep, Period> limit)
    {
        return wait_for_leases(core_, given(limit), false);
    }

    /// Closes without waiting: what is lent is closed when it comes back.
    void terminate() noexcept;

    /// From now on at least `min` and at most `max` connections. What is too many is closed when
    /// nobody uses it. Throws pool_closed.
    void resize(std::size_t min, std::size_t max) { opened(core_)->resize(min, max); }
    /// All connections that there are now are closed as soon as nobody uses them, and others made
    /// as they are needed. Throws pool_closed.
    void expire_connections() { opened(core_)->expire_connections(); }
    /// The same, and waits until they are closed, for `limit` or close_timeout at most; 0: as long
    /// as it takes. Others may use the pool meanwhile. Throws timeout_error, which names what is
    /// still lent, and pool_closed. Cancelling does not end the wait.
    [[nodiscard]] awaitable<void> drain()
    {
        return wait_for_leases(opened(core_), std::chrono::nanoseconds{-1}, true);
    }
    template <class Rep, class Period>
    [[nodiscard]] awaitable<void> drain(std::chrono::duration<Rep, Period> limit)
    {
        return wait_for_leases(opened(core_), given(limit), true);
    }

    /// Connections that are open or being made; those of them that nobody uses; callers in line.
    [[nodiscard]] std::size_t size() const { return core_ ? core_->size() : 0; }
    [[nodiscard]] std::size_t idle() const { return core_ ? core_->idle() : 0; }
    [[nodiscard]] std::size_t waiting() const { return core_ ? core_->waiting() : 0; }
    /// How it is now, and what has happened so far: of what acquire() gives, roles apart. Throws
    /// pool_closed.
    [[nodiscard]] pool_stats stats() const requires(core::choices::statistics)
    {
        return opened(core_)->stats();
    }
    /// The same of a role.
    [[nodiscard]] pool_stats stats(role which) const requires(core::choices::statistics)
    {
        return opened(core_)->of_role(which)->stats();
    }

    // ---- for the verbs

    [[nodiscard]] static constexpr owner_id owner() noexcept { return no_owner; }
    template <class Call>
    [[nodiscard]] awaitable<typename Call::result_type> run_call(std::unique_ptr<call<driver>> what)
    {
        if constexpr (core::hooks_lending && !core::choices::multiplexes)
            return run_on<Call>(core_, std::move(what));
        else
            return run_at_once<Call>(core_, std::move(what));
    }

private:
    static std::shared_ptr<core> const& opened(std::shared_ptr<core> const& from)
    {
        if (!from)
            throw pool_closed{"the pool is closed or was moved from"};
        return from;
    }

    static awaitable<lease_type> acquire_from(
        std::shared_ptr<core> from, std::chrono::nanoseconds limit, std::source_location where);

    /// A limit below 0 is over, and not the default.
    template <class Rep, class Period>
    [[nodiscard]] static std::chrono::nanoseconds given(std::chrono::duration<Rep, Period> limit)
    {
        auto const exact = std::chrono::ceil<std::chrono::nanoseconds>(limit);
        return exact.count() < 0 ? std::chrono::nanoseconds{1} : exact;
    }
    /// close(), or drain().
    static awaitable<void> wait_for_leases(
        std::shared_ptr<core> from, std::chrono::nanoseconds limit, bool drains);

    template <class Call>
    static awaitable<typename Call::result_type> run_at_once(
        std::shared_ptr<core> from, std::unique_ptr<call<driver>> what)
    {
        (void)opened(from);
        co_await call_going<driver, std::shared_ptr<core>>{from, what};
        co_return static_cast<Call&>(*what).take_result();
    }
    template <class Call>
    static awaitable<typename Call::result_type> run_on(
        std::shared_ptr<core> from, std::unique_ptr<call<driver>> what)
    {
        lease_type mine = co_await acquire_from(std::move(from), std::chrono::nanoseconds{-1}, {});
        co_return co_await run_for<Call>(mine->share_driver(), std::move(what));
    }

    template <class Body>
    static std::invoke_result_t<Body&, connection_type&> run_with(
        awaitable<lease_type> acquiring, Body body)
    {
        lease_type mine = co_await std::move(acquiring);
        co_return co_await body(*mine);
    }
    template <class How, class Body>
    static std::invoke_result_t<Body&, typename connection_type::transaction_type&> transact(
        awaitable<lease_type> acquiring, How how, Body body)
    {
        lease_type mine = co_await std::move(acquiring);
        co_return co_await mine->transaction(std::move(how), std::move(body));
    }

    std::shared_ptr<core> core_;
};

template <class Traits>
basic_pool<Traits>::basic_pool(
    executor_type executor, options to, pool_options const& limits, hooks_type hooks)
    : core_{std::make_shared<core>(std::move(executor), std::move(to), limits, std::move(hooks))}
{
    core_->open();
}

template <class Traits>
auto basic_pool<Traits>::acquire_from(std::shared_ptr<core> from, std::chrono::nanoseconds limit,
    std::source_location where) -> awaitable<lease_type>
{
    lease_type mine;
    if (auto got = opened(from)->try_acquire(where)) {
        mine = std::move(*got);
    } else {
        asio::use_awaitable_t<executor_type> token;
        mine = co_await asio::async_initiate<asio::use_awaitable_t<executor_type>,
            void(std::exception_ptr, lease_type)>(
            [&from, limit, where](auto handler) { from->wait(std::move(handler), limit, where); },
            token);
    }
    if constexpr (hooks_acquire<hooks_type, connection_type>)
        co_await call_hook<executor_type>([&] { return from->hooks().on_acquire(*mine); });
    co_return mine;
}

template <class Traits>
auto basic_pool<Traits>::wait_for_leases(
    std::shared_ptr<core> from, std::chrono::nanoseconds limit, bool drains) -> awaitable<void>
{
    if (!from)
        co_return;
    if (!drains)
        from->shut();
    if (limit.count() < 0)
        limit = from->close_timeout();
    auto const whole = limit;
    auto const begun = core::clock::now();
    // Those of the roles first: nothing is left behind should this one take too long.
    for (auto const& other : from->others())
        if (other) {
            co_await wait_for_leases(other, limit, drains);
            if (limit.count() != 0) // it is one limit for all
                limit = std::max(whole - (core::clock::now() - begun), std::chrono::nanoseconds{1});
        }
    asio::use_awaitable_t<executor_type> token;
    co_await asio::async_initiate<asio::use_awaitable_t<executor_type>,
        void(std::exception_ptr, std::monostate)>(
        [&from, limit, drains](auto handler) {
            if (drains)
                from->drain(std::move(handler), limit);
            else
                from->close(std::move(handler), limit);
        },
        token);
}

template <class Traits>
void basic_pool<Traits>::terminate() noexcept
{
    if (auto const ended = std::exchange(core_, nullptr))
        ended->shut();
}

using pool = basic_pool<single_threaded_pool>;
using thread_safe_pool = basic_pool<multi_threaded_pool>;
/// Their own verbs share connections: see multiplexing.
using multiplexed_pool = basic_pool<multiplexing<single_threaded_pool>>;
using thread_safe_multiplexed_pool = basic_pool<multiplexing<multi_threaded_pool>>;

} // namespace pgcoro

#ifdef PGCORO_SEPARATE_COMPILATION
    #include "instances.hpp"
#endif
