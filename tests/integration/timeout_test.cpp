#include "run.hpp"

#include <asio/experimental/awaitable_operators.hpp>

#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <variant>
#include <vector>

using Catch::Matchers::ContainsSubstring;

namespace {

using clock_type = std::chrono::steady_clock;

awaitable<void> sleep(std::chrono::nanoseconds time)
{
    asio::steady_timer timer{co_await asio::this_coro::executor};
    timer.expires_after(time);
    co_await timer.async_wait(asio::use_awaitable);
}

} // namespace

TEST_CASE("a call that takes longer than its timeout throws, and is cancelled at the server")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const start = clock_type::now();
        check_equal(co_await error_of<pg::timeout_error>(
                        conn.with(pg::timeout(30ms)).execute("SELECT pg_sleep(100)")),
            "timed out after 30 ms: SELECT pg_sleep(100)");
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
        CHECK(clock_type::now() - start >= 30ms);
        CHECK(clock_type::now() - start < 50s);
        check_equal(co_await conn.with(pg::timeout(10s)).fetch_value<int>("SELECT $1 + 1", 1), 2);
        auto const rows = co_await conn.with(pg::timeout(10s)).fetch<int>("SELECT 3");
        CHECK(rows.rows() == std::vector{3});
    });
}

TEST_CASE("a limit that has passed is one: nothing is sent")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE late (n int)");
        auto const insert = "INSERT INTO late VALUES ($1)";
        check_that(
            co_await error_of<pg::timeout_error>(conn.with(pg::timeout(-1ns)).execute(insert, 1)),
            ContainsSubstring("INSERT INTO late"));
        co_await error_of<pg::timeout_error>(
            conn.with(pg::timeout(-1h)).execute_many(insert, std::vector<int>(3, 1)));
        co_await error_of<pg::timeout_error>(pg::within(-1s, conn.execute("SELECT pg_sleep(100)")));
        check_equal(co_await conn.fetch_value<int>("SELECT count(*)::int FROM late"), 0);
    });
}

TEST_CASE("a connection's timeout holds for every call, and a call's own goes before it")
{
    run([]() -> awaitable<void> {
        auto conn = co_await pg::connect(shared_options().command_timeout(50ms));
        co_await error_of<pg::timeout_error>(conn.execute("SELECT pg_sleep(100)"));
        co_await error_of<pg::timeout_error>(conn.fetch<int>("SELECT 1 FROM pg_sleep($1)", 100.0));
        co_await conn.with(pg::timeout(0ms)).execute("SELECT pg_sleep(0.1)");
        co_await conn.with(pg::timeout(20s)).execute("SELECT pg_sleep(0.1)");
        auto const start = clock_type::now();
        while (clock_type::now() - start < 150ms) // a deadline that is not missed does nothing
            check_equal(co_await conn.fetch_value<int>("SELECT $1::int", 7), 7);
        co_await error_of<pg::timeout_error>(conn.execute("SELECT pg_sleep(100)"));
        co_await error_of<pg::timeout_error>(conn.stream<int>("SELECT 2 FROM pg_sleep($1)", 100.0));
    });
}

TEST_CASE("a stream has its timeout until it is open, and is not cut short")
{
    run([]() -> awaitable<void> {
        auto conn = co_await pg::connect(shared_options().command_timeout(100ms));
        auto const sql = "SELECT g FROM generate_series(1, 3) g, pg_sleep($1)";
        co_await conn.execute(sql, 0.0); // from now on the columns are known
        auto rows = co_await conn.stream<int>(sql, 0.1);
        std::vector<int> got;
        while (auto batch = co_await rows.next())
            got.insert(got.end(), batch->begin(), batch->end());
        CHECK(got == std::vector{1, 2, 3});
    });
}

TEST_CASE("a call that was not written when its time was up never runs")
{
    run([]() -> awaitable<void> {
        auto conn = co_await pg::connect(shared_options().pipeline_depth(1));
        co_await conn.execute("CREATE TEMP TABLE late (n int)");
        auto late = [&]() -> awaitable<void> {
            co_await error_of<pg::timeout_error>(
                conn.with(pg::timeout(20ms)).execute("INSERT INTO late VALUES (1)"));
        };
        co_await pg::gather(conn.execute("SELECT pg_sleep(0.1)"), late());
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM late"), 0);
    });
}

TEST_CASE("the time that a call waits for others is part of its timeout; they go on")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto impatient = [&]() -> awaitable<void> {
            co_await error_of<pg::timeout_error>(
                conn.with(pg::timeout(20ms)).execute("SELECT 'impatient'"));
        };
        auto const [slow, none, next] =
            co_await pg::gather(conn.fetch_value<int>("SELECT 1 FROM pg_sleep(0.1)"), impatient(),
                conn.fetch_value<int>("SELECT 2"));
        CHECK(slow == 1);
        CHECK(next == 2);
    });
}

TEST_CASE("a timeout within a transaction rolls it back")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE undone (n int)");
        co_await error_of<pg::timeout_error>(
            conn.transaction([](pg::transaction& tx) -> awaitable<void> {
                co_await tx.execute("INSERT INTO undone VALUES (1)");
                co_await tx.with(pg::timeout(20ms)).execute("SELECT pg_sleep(100)");
            }));
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM undone"), 0);
    });
}

TEST_CASE("a pool's verbs take a timeout, too")
{
    run([]() -> awaitable<void> {
        pg::pool pool{
            co_await asio::this_coro::executor, shared_options(), {.min_size = 1, .max_size = 1}};
        co_await error_of<pg::timeout_error>(
            pool.with(pg::timeout(20ms)).execute("SELECT pg_sleep(100)"));
        check_equal(co_await pool.fetch_value<int>("SELECT 1"), 1);
        {
            auto const lent = co_await pool.acquire();
            co_await error_of<pg::timeout_error>(pg::within(20ms, pool.acquire()));
            co_await error_of<pg::timeout_error>(pg::within(20ms, pool.execute("SELECT 1")));
        }
        check_equal(co_await pool.fetch_value<int>("SELECT 1"), 1);
        co_await pool.close();
    });
}

TEST_CASE("within() ends whatever can be cancelled")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const start = clock_type::now();
        check_equal(co_await error_of<pg::timeout_error>(
                        pg::within(20ms, conn.execute("SELECT pg_sleep(100)"))),
            "timed out after 20 ms");
        check_equal(co_await pg::within(10s, conn.fetch_value<int>("SELECT 1")), 1);
        auto several = [&]() -> awaitable<int> {
            co_await conn.execute("SELECT 1");
            co_await conn.execute("SELECT pg_sleep(100)");
            co_return 1;
        };
        co_await error_of<pg::timeout_error>(pg::within(20ms, several()));
        co_await error_of<pg::timeout_error>(pg::within(20ms, sleep(100s)));
        co_await pg::within(10s, sleep(1ms));
        auto tx = co_await pg::within(10s, conn.begin());
        co_await tx.rollback();
        auto events = co_await conn.listen("silent");
        co_await error_of<pg::timeout_error>(pg::within(20ms, events.next()));
        co_await error_of<pg::timeout_error>(
            pg::within(10s, pg::within(20ms, conn.execute("SELECT pg_sleep(100)"))));
        co_await error_of<pg::timeout_error>(pg::within(20ms, pg::within(10s, sleep(100s))));
        co_await error_of<pg::syntax_error>(pg::within(10s, conn.execute("SELEKT")));
        check_equal(co_await conn.fetch_value<int>("SELECT 2"), 2);
        CHECK(clock_type::now() - start < 50s);
    });
}

TEST_CASE("within() is cancelled like what it runs")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        asio::cancellation_signal signal;
        std::optional<std::exception_ptr> thrown;
        asio::co_spawn(co_await asio::this_coro::executor,
            pg::within(50s, conn.execute("SELECT pg_sleep(100)")),
            asio::bind_cancellation_slot(
                signal.slot(), [&](std::exception_ptr error, pg::command_tag) { thrown = error; }));
        co_await sleep(10ms);
        signal.emit(asio::cancellation_type::terminal);
        while (!thrown)
            co_await yield();
        std::error_code code;
        try {
            std::rethrow_exception(*thrown);
        } catch (std::system_error const& error) {
            code = error.code();
        }
        CHECK(code == asio::error::operation_aborted);
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("Asio's own operators: || cancels the slower one, && waits for both")
{
    using namespace asio::experimental::awaitable_operators;
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const start = clock_type::now();
        auto const first = co_await (conn.execute("SELECT pg_sleep(100)") || sleep(20ms));
        CHECK(first.index() == 1);
        auto const second = co_await (conn.fetch_value<int>("SELECT 1") || sleep(100s));
        CHECK(std::get<0>(second) == 1);
        auto other = co_await pg::connect(shared_options());
        auto const third = co_await (conn.fetch_value<int>("SELECT 1 FROM pg_sleep(100)") ||
                                     other.fetch_value<int>("SELECT 2"));
        CHECK(std::get<1>(third) == 2);
        auto const both =
            co_await (conn.fetch_value<int>("SELECT 3") && other.fetch_value<int>("SELECT 4"));
        CHECK(both == std::tuple{3, 4});
        // Of two on one connection the slower one is cancelled there, and the connection goes on.
        auto const pair = co_await (conn.fetch_value<int>("SELECT 5") ||
                                    conn.fetch_value<int>("SELECT 6 FROM pg_sleep(100)"));
        CHECK(std::get<0>(pair) == 5);
        check_equal(co_await conn.fetch_value<int>("SELECT 7"), 7);
        CHECK(clock_type::now() - start < 50s);
    });
}

TEST_CASE("timeouts hold where several threads run the executor")
{
    asio::io_context context;
    std::exception_ptr thrown;
    asio::co_spawn(
        context,
        []() -> awaitable<void> {
            auto conn = co_await pg::connect<pg::thread_safe_connection>(
                shared_options().command_timeout(20ms));
            for (int i = 0; i < 5; ++i) {
                bool late = false;
                try {
                    co_await conn.execute("SELECT pg_sleep(100)");
                } catch (pg::timeout_error const&) {
                    late = true;
                }
                if (!late || co_await conn.with(pg::timeout(50s))
                                     .template fetch_value<int>("SELECT $1::int", i) != i)
                    throw std::runtime_error{"not as it should be"};
            }
        },
        [&](std::exception_ptr error) { thrown = error; });
    std::thread other{[&] { context.run(); }};
    context.run();
    other.join();
    CHECK_FALSE(thrown);
}
