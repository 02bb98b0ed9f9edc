#include "run.hpp"

#include <asio/bind_cancellation_slot.hpp>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
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

// Streams that are dropped at every moment, and COPYs that are given up: some of them end by
// themselves, some have to be cancelled. What is called next, at once, must not notice.

namespace {

/// Hears how what is dropped has ended.
struct ends final : pg::tracer
{
    void ended(pg::traced_call const& call, pg::traced_end const& how) override
    {
        if (call.sql.find("dropped") == std::string_view::npos || !how.cancelled)
            return;
        bool const by_request = how.state == pg::sqlstate{"57014"};
        ++(by_request ? cancelled : drained);
    }
    int cancelled = 0;
    int drained = 0;
};

template <class Stream>
awaitable<void> read_some(awaitable<Stream> opening, std::chrono::microseconds time)
{
    auto rows = co_await std::move(opening);
    auto const end = std::chrono::steady_clock::now() + time;
    for (bool more = true; more && std::chrono::steady_clock::now() < end;) {
        auto const batch = co_await rows.next();
        more = batch.has_value();
    }
}

awaitable<void> write_some(pg::connection& conn, int pieces, std::chrono::microseconds time)
{
    auto to = co_await conn.open_copy_in("dropped");
    for (int i = 0; i < pieces; ++i)
        co_await to.write("1\n2\n3\n4\n5\n6\n7\n8\n");
    co_await pause(time);
}

constexpr auto dropped_query = "SELECT /* dropped */ repeat('x', $1) FROM generate_series(1, $2) "
                               "WHERE pg_sleep($3) IS NOT NULL";
constexpr auto kept_query =
    "INSERT INTO kept SELECT generate_series(1, $1) RETURNING repeat('dropped', $2)";

/// It may be left before it is open, or in the middle.
awaitable<void> leave(awaitable<void> what, std::chrono::microseconds after, tally& count)
{
    try {
        co_await pg::within(after, std::move(what));
    } catch (pg::timeout_error const&) {
        ++count.left;
    }
}

awaitable<void> failing(pg::transaction& tx, int size, double each, std::chrono::microseconds time)
{
    co_await tx.execute("INSERT INTO kept VALUES (0)");
    auto rows = co_await tx.stream<std::string>(dropped_query, size, 10'000, each);
    auto const batch = co_await rows.next();
    co_await pause(time);
    throw std::out_of_range{"of the test"};
}

awaitable<void> drop_race(unsigned seed, int rounds, tally& count, std::shared_ptr<ends> heard)
{
    auto conn = co_await pg::connect(shared_options());
    conn.trace(heard);
    co_await conn.execute("CREATE TEMP TABLE kept (n int); CREATE TEMP TABLE dropped (n int); "
                          "CREATE TRIGGER slow BEFORE INSERT ON dropped FOR EACH ROW EXECUTE "
                          "FUNCTION pgcoro_slow_row()");
    std::mt19937 random{seed};
    auto const below = [&random](int limit) {
        return static_cast<int>(random() % static_cast<unsigned>(limit));
    };
    std::int64_t kept = 0;
    for (int round = 0; round < rounds; ++round) {
        std::chrono::microseconds const time{below(3000)};
        int const size = below(2) == 0 ? 10 : 9000; // rows of 9000 bytes leave the server at once
        int const some = 1 + below(60);
        double const each = below(3) == 0 ? 0.0 : 0.0005;
        switch (below(7)) {
        case 0:
            co_await read_some(conn.stream<std::string>(dropped_query, size, 4000, each), time);
            break;
        case 1: {
            auto reading =
                read_some(conn.stream<std::string>(dropped_query, size, some, each), time);
            co_await leave(std::move(reading), time, count);
            break;
        }
        case 2: {
            pg::copy_query const copied{dropped_query, size, some * below(100), each};
            co_await read_some(conn.copy_out(copied), time);
            break;
        }
        case 3:
            co_await read_some(conn.stream<std::string>(kept_query, some * 20, size / 10), time);
            kept += some * 20;
            break;
        case 4: {
            auto tx = co_await conn.begin();
            co_await tx.execute("INSERT INTO kept VALUES (0)");
            co_await read_some(tx.stream<std::string>(dropped_query, size, some, each), time);
            co_await tx.execute("INSERT INTO kept VALUES (0)");
            co_await tx.commit();
            kept += 2;
            break;
        }
        case 5: {
            auto body = [&](pg::transaction& tx) { return failing(tx, size, each, time); };
            co_await error_of<std::out_of_range>(conn.transaction(body));
            break;
        }
        default: {
            auto writing = write_some(conn, some * 10, time / 2);
            co_await leave(std::move(writing), time, count);
        }
        }
        std::vector<awaitable<void>> behind;
        for (int calls = 1 + below(3); calls > 0; --calls)
            behind.push_back(stay(conn, below(1000), below(500) * 1e-6, count));
        co_await pg::gather(std::move(behind));
        auto const left = co_await conn.fetch_one<std::pair<std::int64_t, std::int64_t>>(
            "SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM dropped)");
        if (left.first != kept || left.second != 0)
            count.wrong.push_back("something was undone, or was not");
    }
    conn.trace(nullptr);
    co_await conn.close();
}

} // namespace

TEST_CASE("streams and COPYs that are dropped never take another's call with them")
{
    // PGCORO_ROUNDS=n runs as many on each connection, PGCORO_SEED=n others.
    auto const given = [](char const* name, int otherwise) {
        char const* const value = std::getenv(name);
        return value == nullptr ? otherwise : std::stoi(value);
    };
    constexpr int connections = 10;
    int const rounds = given("PGCORO_ROUNDS", 6);
    int const first = given("PGCORO_SEED", 1);
    tally count;
    auto const heard = std::make_shared<ends>();
    run([&]() -> awaitable<void> {
        {
            auto conn = co_await pg::connect(shared_options());
            co_await conn.execute(
                "CREATE OR REPLACE FUNCTION pgcoro_slow_row() RETURNS trigger LANGUAGE plpgsql AS "
                "'BEGIN PERFORM pg_sleep(0.0005); RETURN NEW; END'");
        }
        std::vector<awaitable<void>> races;
        for (int i = 0; i < connections; ++i)
            races.push_back(
                drop_race(static_cast<unsigned>(first * connections + i), rounds, count, heard));
        co_await pg::gather(std::move(races));
    });
    INFO("cancelled " << heard->cancelled << ", drained " << heard->drained << ", left "
                      << count.left << ", stayed " << count.stayed);
    CHECK(count.wrong == std::vector<std::string>{});
    CHECK(heard->cancelled > 0);
    CHECK(heard->drained > 0);
    CHECK(count.stayed >= connections * rounds);
}
