#include "run.hpp"

#include <asio/bind_cancellation_slot.hpp>

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

// Callers leave at every moment of their call's life, with and without others behind them. Whoever
// stays must get its own answer, and never the cancellation that was meant for another.

namespace {

enum class leaving
{
    by_signal,
    by_timeout,
    by_within,
};

struct tally
{
    int left = 0;
    int answered = 0;
    int stayed = 0;
    std::vector<std::string> wrong;
};

struct victim
{
    asio::cancellation_signal signal;
    bool done = false;
};

constexpr auto query = "SELECT $1::int FROM pg_sleep($2)";

awaitable<void> pause(std::chrono::microseconds time)
{
    asio::steady_timer timer{co_await asio::this_coro::executor};
    timer.expires_after(time);
    co_await timer.async_wait(asio::use_awaitable);
}

/// Fed, and the connection's owner until it is through or left.
template <class Verbs>
awaitable<int> run_over_a_range(Verbs verbs, int number, double length)
{
    std::vector<std::tuple<double>> const elements(4, std::tuple<double>{length / 4});
    co_await verbs.execute_many("SELECT pg_sleep($1)", elements);
    co_return number;
}

awaitable<int> call_that_leaves(pg::connection& conn, bool ranged, leaving how,
    std::chrono::microseconds after, int number, double length)
{
    if (ranged) {
        auto call = run_over_a_range(
            conn.with(pg::timeout(how == leaving::by_timeout ? after : 60s)), number, length);
        return how == leaving::by_within ? pg::within(after, std::move(call)) : std::move(call);
    }
    if (how == leaving::by_timeout)
        return conn.with(pg::timeout(after)).fetch_value<int>(query, number, length);
    auto call = conn.fetch_value<int>(query, number, length);
    return how == leaving::by_within ? pg::within(after, std::move(call)) : std::move(call);
}

void leave_some_time(std::shared_ptr<victim> who, asio::any_io_executor executor,
    pg::connection& conn, bool ranged, leaving how, std::chrono::microseconds after, int number,
    double length, tally& count)
{
    asio::co_spawn(executor, call_that_leaves(conn, ranged, how, after, number, length),
        asio::bind_cancellation_slot(
            who->signal.slot(), [who, number, &count](std::exception_ptr error, int got) {
                who->done = true;
                try {
                    if (error)
                        std::rethrow_exception(error);
                    ++count.answered;
                    if (got != number)
                        count.wrong.push_back("another's answer");
                } catch (pg::timeout_error const&) {
                    ++count.left;
                } catch (std::system_error const& what) {
                    ++count.left;
                    if (what.code() != asio::error::operation_aborted)
                        count.wrong.push_back(what.what());
                }
            }));
}

awaitable<void> stay(pg::connection& conn, int number, double length, tally& count)
{
    for (bool refused = true; refused;) {
        refused = false;
        try {
            if (co_await conn.fetch_value<int>(query, number, length) == number)
                ++count.stayed;
            else
                count.wrong.push_back("another's answer");
        } catch (pg::operation_in_progress const&) {
            refused = true; // as long as a call over a range owns the connection
        } catch (std::exception const& what) {
            count.wrong.push_back(what.what());
        }
        if (refused)
            co_await pause(std::chrono::microseconds{50});
    }
}

awaitable<void> race(unsigned seed, int rounds, tally& count)
{
    auto const executor = co_await asio::this_coro::executor;
    auto conn = co_await pg::connect(shared_options());
    std::mt19937 random{seed};
    auto const below = [&random](int limit) {
        return static_cast<int>(random() % static_cast<unsigned>(limit));
    };
    for (int round = 0; round < rounds; ++round) {
        auto const how = static_cast<leaving>(below(3));
        int const microseconds = below(2) == 0 ? 0 : below(3000);
        double const length = microseconds * 1e-6;
        // At any moment, or when it is just through: then the request may come too late for it.
        std::chrono::microseconds const after{
            below(2) == 0 ? below(2500) : microseconds + below(600)};
        std::vector<awaitable<void>> others;
        for (int before = below(2); before > 0; --before)
            others.push_back(stay(conn, below(1000), below(500) * 1e-6, count));
        auto all_of = [](std::vector<awaitable<void>> each) -> awaitable<void> {
            co_await pg::gather(std::move(each));
        };
        std::optional<int> running;
        auto const spawn_all = [&](std::vector<awaitable<void>> each) {
            running = running.value_or(0) + 1;
            asio::co_spawn(
                executor, all_of(std::move(each)), [&running](std::exception_ptr) { --*running; });
        };
        spawn_all(std::move(others));
        auto const who = std::make_shared<victim>();
        bool const ranged = below(4) == 0;
        leave_some_time(who, executor, conn, ranged, how, after, below(1000), length, count);
        others = std::vector<awaitable<void>>{};
        for (int behind = below(3); behind > 0; --behind) // some are long enough to be hit for sure
            others.push_back(
                stay(conn, below(1000), (below(4) == 0 ? 4000 : below(500)) * 1e-6, count));
        if (below(2) == 0)
            co_await pause(after); // they come when it is just leaving
        spawn_all(std::move(others));
        if (how == leaving::by_signal) {
            co_await pause(std::chrono::microseconds{below(1500)});
            if (!who->done)
                who->signal.emit(asio::cancellation_type::terminal);
        }
        while (!who->done || *running != 0)
            co_await pause(std::chrono::microseconds{100});
        // The next round's first call is the innocent that a late cancel request would hit.
    }
    co_await stay(conn, 1, 0.0, count);
    co_await conn.close();
}

} // namespace

TEST_CASE("ten thousand callers that leave never take another's call with them")
{
    constexpr int connections = 40;
    constexpr int rounds = 250;
    tally count;
    run([&]() -> awaitable<void> {
        std::vector<awaitable<void>> races;
        for (unsigned seed = 0; seed < connections; ++seed)
            races.push_back(race(seed, rounds, count));
        co_await pg::gather(std::move(races));
    });
    INFO("left " << count.left << ", answered " << count.answered << ", stayed " << count.stayed);
    CHECK(count.wrong == std::vector<std::string>{});
    CHECK(count.left + count.answered == connections * rounds);
    CHECK(count.left > connections * rounds / 10);
    CHECK(count.answered > connections * rounds / 10);
    CHECK(count.stayed > connections * rounds);
}
