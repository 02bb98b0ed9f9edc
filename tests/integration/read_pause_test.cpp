#include "counting.hpp"
#include "run.hpp"

#include <pgcoro/net/threads.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/detached.hpp>

#include <filesystem>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

// A busy connection leaves its socket unread and unwatched for a moment, if the pace of what came
// says so. Here it is said after each read with calls under way.

namespace {

template <class Threads>
struct pausing : Threads
{
    struct pace
    {
        static inline std::chrono::nanoseconds length{};
        static inline int pauses = 0;

        [[nodiscard]] static bool is_slack(std::size_t, std::size_t ahead) noexcept
        {
            return ahead == 0;
        }
        static void rest() noexcept {}
        [[nodiscard]] static std::chrono::nanoseconds after_read(
            std::chrono::steady_clock::time_point, std::size_t, std::uint64_t, std::size_t) noexcept
        {
            ++pauses;
            return length;
        }
    };
};

using pausing_connection =
    pg::basic_connection<asio::any_io_executor, pausing<pg::single_threaded>>;
using pace = pausing<pg::single_threaded>::pace;

template <class Body>
void with_pauses(std::chrono::nanoseconds length, Body body)
{
    run([&]() -> awaitable<void> {
        pace::length = length;
        auto conn = co_await pg::connect<pausing_connection>(shared_options());
        pace::pauses = 0;
        co_await body(conn);
    });
}

/// Descriptors that this process has open.
std::ptrdiff_t descriptors()
{
    using each = std::filesystem::directory_iterator;
    return std::distance(each{"/proc/self/fd"}, each{});
}

awaitable<void> until_paused()
{
    asio::steady_timer timer{co_await asio::this_coro::executor};
    while (pace::pauses == 0) {
        timer.expires_after(1ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

/// So large a result that it comes in many pieces.
constexpr auto large = "SELECT n, repeat('x', 1000) AS x FROM generate_series(1, $1) AS n";

/// Some of it comes, and then nothing.
constexpr auto waits = "SELECT repeat('x', 1000), pg_sleep(0) FROM generate_series(1, 100) "
                       "UNION ALL SELECT 'y', pg_sleep(1000)";

constexpr auto endless = "SELECT generate_series(1, 1000000000000)";

awaitable<void> fail_to_fetch(pausing_connection& conn)
{
    co_await error_of<pg::connection_lost>(conn.fetch<std::tuple<int, std::string>>(large, 10'000));
}

awaitable<void> hang(pausing_connection& conn)
{
    co_await conn.execute(large, 10'000);
    FAIL("resumed");
}

} // namespace

TEST_CASE("results, pipelines and COPYs come whole to who pauses after each read")
{
    with_pauses(50us, [](pausing_connection& conn) -> awaitable<void> {
        auto const rows = co_await conn.fetch<std::tuple<int, std::string>>(large, 3'000);
        REQUIRE(rows.size() == 3'000);
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (std::get<0>(rows[i]) != static_cast<int>(i) + 1 ||
                std::get<1>(rows[i]) != std::string(1000, 'x'))
                FAIL("row " << i);
        CHECK(pace::pauses > 0);

        std::vector<int> const ids{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
        for (int run = 0; run < 10; ++run)
            check_equal((co_await conn.fetch_many<int>("SELECT $1::int4 * 2", ids)).back(), 34);

        int sum = 0;
        auto stream = co_await conn.stream<std::tuple<int, std::string>>(large, 3'000);
        while (auto batch = co_await stream.next())
            for (auto const& [n, x] : *batch)
                sum += n;
        CHECK(sum == 3'000 * 3'001 / 2);

        co_await conn.execute("CREATE TEMP TABLE t (id int4, name text)");
        check_equal(
            co_await conn.execute_many("INSERT INTO t VALUES ($1, $2)", counting{5'000}), 5'000);
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT sum(id) FROM t"),
            std::int64_t{4'999} * 5'000 / 2);
    });
}

TEST_CASE("what is called while reading pauses is sent when the pause ends")
{
    with_pauses(20ms, [](pausing_connection& conn) -> awaitable<void> {
        auto later = [&]() -> awaitable<int> {
            co_await until_paused();
            co_return co_await conn.fetch_value<int>("SELECT 42");
        };
        auto const [rows, answer] =
            co_await pg::gather(conn.fetch<std::tuple<int, std::string>>(large, 100), later());
        CHECK(rows.size() == 100);
        CHECK(answer == 42);
    });
}

TEST_CASE("a connection that pauses is closed at once, and its socket too")
{
    for (int way = 0; way < 3; ++way) {
        INFO("way " << way);
        auto const before = descriptors();
        asio::io_context context{1};
        pace::length = 1h;
        bool ended = false;
        auto const task = [&]() -> awaitable<void> {
            auto conn = co_await pg::connect<pausing_connection>(shared_options());
            pace::pauses = 0;
            auto end = [&]() -> awaitable<void> {
                co_await until_paused();
                CHECK(descriptors() > before);
                if (way == 0)
                    conn.terminate();
                else if (way == 1)
                    conn = {};
                else
                    co_await error_of<pg::timeout_error>(conn.close(1ms));
            };
            co_await pg::gather(fail_to_fetch(conn), end());
            ended = true;
        };
        asio::co_spawn(context, task(), asio::detached);
        context.run_for(60s);
        CHECK(ended);
        CHECK(context.stopped());
    }
}

TEST_CASE("an io_context may be destroyed while a connection pauses, and the socket is closed")
{
    auto const before = descriptors();
    {
        asio::io_context context{1};
        pace::length = 1h;
        bool paused = false;
        auto const task = [&]() -> awaitable<void> {
            auto conn = co_await pg::connect<pausing_connection>(shared_options());
            pace::pauses = 0;
            auto tell = [&]() -> awaitable<void> {
                co_await until_paused();
                paused = true;
            };
            co_await pg::gather(hang(conn), tell());
        };
        asio::co_spawn(context, task(), asio::detached);
        auto const deadline = std::chrono::steady_clock::now() + 60s;
        while (!paused && std::chrono::steady_clock::now() < deadline)
            context.run_one_for(1s);
        CHECK(paused);
    }
    CHECK(descriptors() == before);
}

TEST_CASE("a call is cancelled on the server although reading pauses")
{
    with_pauses(1h, [](pausing_connection& conn) -> awaitable<void> {
        co_await error_of<pg::timeout_error>(pg::within(
            200ms, conn.fetch("SELECT repeat('x', 1000), pg_sleep(0) FROM generate_series(1, 100) "
                              "UNION ALL SELECT 'y', pg_sleep(1000)")));
        check(pace::pauses > 0);
        pace::length = 50us;
        check_equal(co_await conn.fetch_value<int>("SELECT 42"), 42);
    });
}

TEST_CASE("a stream that is dropped in a pause is cancelled, whatever is called behind it")
{
    with_pauses(20ms, [](pausing_connection& conn) -> awaitable<void> {
        auto fails = [](auto& on) -> awaitable<void> {
            auto rows = co_await on.template stream<std::int64_t>(endless);
            check(static_cast<bool>(co_await rows.next()));
            pace::pauses = 0;
            co_await until_paused();
            throw std::runtime_error{"of the test"};
        };
        co_await error_of<std::runtime_error>(fails(conn));
        check_equal(co_await conn.fetch_value<int>("SELECT 42"), 42);
        co_await error_of<std::runtime_error>(conn.transaction(fails));
        check_equal(co_await conn.fetch_value<int>("SELECT 42"), 42);
    });
}

TEST_CASE("a call is cancelled when the pause ends while another is called behind it")
{
    with_pauses(100ms, [](pausing_connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        asio::cancellation_signal stop;
        bool cancelled = false;
        asio::co_spawn(executor, conn.execute(waits),
            asio::bind_cancellation_slot(
                stop.slot(), [&](std::exception_ptr error, auto&&...) { cancelled = !!error; }));
        co_await until_paused();
        asio::steady_timer timer{executor, 1ms};
        std::this_thread::sleep_for(150ms); // the pause is over, and we are told before it is
        co_await timer.async_wait(asio::use_awaitable);
        stop.emit(asio::cancellation_type::terminal);
        check_equal(co_await conn.fetch_value<int>("SELECT 42"), 42);
        CHECK(cancelled);
    });
}

TEST_CASE("the loss of a connection that pauses is noticed when the pause ends")
{
    with_pauses(20ms, [](pausing_connection& conn) -> awaitable<void> {
        auto kill = [&]() -> awaitable<void> {
            co_await until_paused();
            auto other = co_await pg::connect(shared_options());
            co_await other.execute("SELECT pg_terminate_backend($1::int)", conn.server_pid());
        };
        auto lose = [&]() -> awaitable<void> {
            co_await error_of<pg::server_error>(
                conn.execute("SELECT repeat('x', 1000), pg_sleep(0) FROM generate_series(1, 100) "
                             "UNION ALL SELECT 'y', pg_sleep(1000)"));
        };
        co_await pg::gather(lose(), kill());
        CHECK_FALSE(conn.is_open());
    });
}
