#pragma once

#include "../core/backoff.hpp"
#include "transaction.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// How often a transaction is tried that the server gives up for the sake of others (SQLSTATE
/// 40001, serialization_failure, and 40P01, deadlock_detected), and how long to wait before each
/// further try: a random time that grows from `first` to `most`, so that those who collided don't
/// meet again. `pg::retry(5)`, `pg::retry(5, pg::isolation::serializable).backoff(5ms, 200ms)`.
/// https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
class retry
{
public:
    /// `attempts`: all together; 1 or less is one.
    explicit retry(int attempts, transaction_options how = {})
        : how_{std::move(how)}, attempts_{attempts}
    {}
    /// 10 ms and a second if not given.
    retry& backoff(std::chrono::milliseconds first, std::chrono::milliseconds most) noexcept
    {
        first_ = std::max(first, std::chrono::milliseconds{0});
        most_ = std::max(most, first_);
        return *this;
    }

    [[nodiscard]] int attempts() const noexcept { return attempts_; }
    [[nodiscard]] transaction_options const& how() const noexcept { return how_; }

    /// Whether another try may do better.
    [[nodiscard]] static bool helps(sqlstate state) noexcept
    {
        return state == sqlstate{"40001"} || state == sqlstate{"40P01"};
    }
    /// How long to wait after the failure of try `attempt`, counted from 1: between half and all of
    /// what that try may wait at most. `noise` is random.
    [[nodiscard]] std::chrono::microseconds wait_after(
        int attempt, std::uint64_t noise) const noexcept
    {
        return backoff_delay<std::chrono::microseconds>(
            first_, most_, static_cast<std::uint32_t>(std::max(attempt, 1)), noise);
    }

private:
    transaction_options how_;
    std::chrono::milliseconds first_{10};
    std::chrono::milliseconds most_{1000};
    int attempts_;
};

/// Good enough to keep two clients apart: the clock and an address, stirred.
[[nodiscard]] inline std::uint64_t some_noise(void const* place) noexcept
{
    return scrambled(
        static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()) ^
        (static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(place)) << 20U));
}

/// What transaction(retry, body) does.
template <class Driver, class Body>
[[nodiscard]] std::invoke_result_t<Body&, basic_transaction<Driver>&> run_again(
    std::shared_ptr<Driver> driver, retry how, Body body)
{
    using transaction = basic_transaction<Driver>;
    using executor = typename Driver::executor_type;
    using clock = std::chrono::steady_clock;
    for (int attempt = 1;; ++attempt) {
        try {
            auto call_body = [&body](transaction& tx) { return body(tx); };
            co_return co_await run_in(transaction::begin(driver, how.how()), call_body);
        } catch (server_error const& error) {
            if (attempt >= how.attempts() || !retry::helps(error.state()))
                throw;
        }
        asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor> pause{
            co_await asio::this_coro::executor};
        pause.expires_after(how.wait_after(attempt, some_noise(&pause)));
        co_await pause.async_wait(asio::use_awaitable_t<executor>{});
    }
}

} // namespace pgcoro
