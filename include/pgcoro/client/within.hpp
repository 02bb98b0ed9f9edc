#pragma once

#include "../core/error.hpp"
#include "../net/asio.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace pgcoro {

/// The clock and the signal of one within().
template <class Executor>
class work_limit : public std::enable_shared_from_this<work_limit<Executor>>
{
public:
    using clock = std::chrono::steady_clock;

    work_limit(Executor const& executor, clock::duration limit) : timer_{executor}
    {
        auto const now = clock::now();
        timer_.expires_at(
            limit < clock::time_point::max() - now ? now + limit : clock::time_point::max());
    }

    void start()
    {
        timer_.async_wait([self = this->shared_from_this()](asio::error_code error) {
            if (!error && !self->ended_) {
                self->passed_ = true;
                self->cancel(asio::cancellation_type::terminal);
            }
        });
    }
    void cancel(asio::cancellation_type type) { signal_.emit(type); }
    void end() noexcept
    {
        ended_ = true;
        timer_.cancel();
    }

    [[nodiscard]] asio::cancellation_slot slot() noexcept { return signal_.slot(); }
    [[nodiscard]] bool passed() const noexcept { return passed_; }

private:
    asio::basic_waitable_timer<clock, asio::wait_traits<clock>, Executor> timer_;
    asio::cancellation_signal signal_;
    bool passed_ = false;
    bool ended_ = false;
};

template <class T, class Executor>
[[nodiscard]] asio::awaitable<T, Executor> run_within(
    std::chrono::nanoseconds limit, asio::awaitable<T, Executor> what)
{
    Executor const executor = co_await asio::this_coro::executor;
    asio::cancellation_state const outer = co_await asio::this_coro::cancellation_state;
    auto const clock = std::make_shared<work_limit<Executor>>(executor, limit);
    // However this ends: the clock stops, and a cancellation of ours goes nowhere any more.
    struct stop
    {
        std::shared_ptr<work_limit<Executor>> clock;
        asio::cancellation_slot slot;
        ~stop()
        {
            clock->end();
            slot.clear();
        }
    } const stopped{clock, outer.slot()};
    if (outer.slot().is_connected())
        outer.slot().assign([clock](asio::cancellation_type type) { clock->cancel(type); });
    clock->start();
    try {
        co_return co_await asio::co_spawn(executor, std::move(what),
            asio::bind_cancellation_slot(clock->slot(), asio::use_awaitable_t<Executor>{}));
    } catch (std::system_error const& error) {
        if (!clock->passed() || error.code() != asio::error::operation_aborted)
            throw;
    }
    throw timeout_error{
        "timed out after " +
        std::to_string(std::chrono::ceil<std::chrono::milliseconds>(limit).count()) + " ms"};
}

/// Runs an awaitable, any that can be cancelled, for no longer than `limit` from when it is itself
/// awaited: then cancels it and throws timeout_error. A call of this library is cancelled as the
/// verbs say: withdrawn, cancelled at the server, or drained. What is through when the time is up
/// is given all the same. On an executor that several threads run, await it on a strand, as
/// whatever cancels; connection.with(timeout) needs none.
template <class T, class Executor, class Rep, class Period>
[[nodiscard]] asio::awaitable<T, Executor> within(
    std::chrono::duration<Rep, Period> limit, asio::awaitable<T, Executor> what)
{
    return run_within(std::chrono::ceil<std::chrono::nanoseconds>(limit), std::move(what));
}

} // namespace pgcoro
