#include "run.hpp"

#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace {

template <class Body>
void with_pool(pg::pool_options limits, Body body)
{
    run([&]() -> awaitable<void> {
        pg::pool pool{co_await asio::this_coro::executor, shared_options(), limits};
        co_await body(pool);
        co_await pool.close();
    });
}

} // namespace

TEST_CASE("a pool lends its connections, each to one at a time")
{
    with_pool({.min_size = 0, .max_size = 3}, [](pg::pool& pool) -> awaitable<void> {
        std::set<int> pids;
        auto task = [&]() -> awaitable<void> {
            auto lease = co_await pool.acquire();
            auto const pid = co_await lease->fetch_value<int>("SELECT pg_backend_pid()");
            auto const again = co_await lease->fetch_value<int>("SELECT pg_backend_pid()");
            CHECK(pid == again);
            pids.insert(pid);
        };
        std::vector<awaitable<void>> tasks;
        for (int i = 0; i < 50; ++i)
            tasks.push_back(task());
        co_await pg::gather(std::move(tasks));
        CHECK(pids.size() <= 3);
        CHECK(pool.size() <= 3);
        CHECK(pool.waiting() == 0);
    });
}

TEST_CASE("the pool has the connection's verbs")
{
    with_pool({.min_size = 2, .max_size = 2}, [](pg::pool& pool) -> awaitable<void> {
        auto const [one, two] = co_await pg::gather(
            pool.fetch_value<int>("SELECT 1 + $1", 0), pool.fetch_row<std::tuple<int>>("SELECT 2"));
        CHECK(one == 1);
        CHECK(*two == std::tuple{2});
        check_equal(co_await pool.execute("SELECT 1"), "SELECT 1");
        check_equal((co_await pool.fetch("SELECT 1, 2"))[0].size(), 2);
        check_equal(co_await pool.fetch_one<int>("SELECT 3"), 3);
        co_await error_of<pg::syntax_error>(pool.execute("SELEC"));
        CHECK(pool.size() == 2);
    });
}

TEST_CASE("callers wait in order")
{
    with_pool({.min_size = 1, .max_size = 1}, [](pg::pool& pool) -> awaitable<void> {
        std::vector<int> order;
        auto task = [&](int i) -> awaitable<void> {
            auto lease = co_await pool.acquire();
            order.push_back(i);
            co_await lease->execute("SELECT 1");
        };
        std::vector<awaitable<void>> tasks;
        for (int i = 0; i < 20; ++i)
            tasks.push_back(task(i));
        co_await pg::gather(std::move(tasks));
        CHECK(std::is_sorted(order.begin(), order.end()));
    });
}

TEST_CASE("a connection comes back rolled back, and may be used at once")
{
    with_pool({.min_size = 1, .max_size = 1}, [](pg::pool& pool) -> awaitable<void> {
        co_await pool.execute("DROP TABLE IF EXISTS left_open; CREATE TABLE left_open (n int)");
        {
            auto lease = co_await pool.acquire();
            co_await lease->execute("BEGIN");
            co_await lease->execute("INSERT INTO left_open VALUES (1)");
        }
        check_equal(co_await pool.fetch_value<std::int64_t>("SELECT count(*) FROM left_open"), 0);
        {
            auto lease = co_await pool.acquire();
            auto tx = co_await lease->begin();
            co_await tx.execute("INSERT INTO left_open VALUES (1)");
            lease.release();
            co_await error_of<pg::transaction_lost>(tx.execute("INSERT INTO left_open VALUES (2)"));
        }
        check_equal(co_await pool.fetch_value<std::int64_t>("SELECT count(*) FROM left_open"), 0);
        CHECK(pool.size() == 1);
        co_await pool.execute("DROP TABLE left_open");
    });
}

TEST_CASE("a broken connection leaves the pool before anybody gets it")
{
    with_pool({.min_size = 1, .max_size = 1}, [](pg::pool& pool) -> awaitable<void> {
        auto const pid = co_await pool.fetch_value<int>("SELECT pg_backend_pid()");
        auto killer = co_await pg::connect(shared_options());
        co_await killer.execute("SELECT pg_terminate_backend($1)", pid);
        // The connection's own reader notices; when, only the server knows.
        auto const deadline = std::chrono::steady_clock::now() + 20s;
        for (;;) {
            try {
                auto const other = co_await pool.fetch_value<int>("SELECT pg_backend_pid()");
                CHECK(other != pid);
                break;
            } catch (pg::error const&) {
                REQUIRE(std::chrono::steady_clock::now() < deadline);
            }
        }
        CHECK(pool.size() == 1);
    });
}

TEST_CASE("a pool that cannot connect tells those who wait")
{
    run([]() -> awaitable<void> {
        auto const nowhere = pg::options{}.host("/nonexistent").user("nobody");
        pg::pool pool{co_await asio::this_coro::executor, nowhere, {.min_size = 0, .max_size = 2}};
        co_await error_of<pg::connect_error>(pool.acquire());
        co_await error_of<pg::connect_error>(
            pg::gather(pool.acquire(), pool.acquire(), pool.acquire(), pool.acquire()));
        CHECK(pool.size() == 0);
        co_await pool.close();
    });
}

TEST_CASE("closing waits for what is lent and refuses everybody else")
{
    run([]() -> awaitable<void> {
        pg::pool pool{
            co_await asio::this_coro::executor, shared_options(), {.min_size = 0, .max_size = 1}};
        bool closed = false;
        auto lease = co_await pool.acquire();
        auto closer = [&]() -> awaitable<void> {
            co_await pool.close();
            closed = true;
        };
        auto waiter = [&]() -> awaitable<void> {
            co_await error_of<pg::pool_closed>(pool.acquire());
        };
        auto user = [&]() -> awaitable<void> {
            co_await yield();
            co_await error_of<pg::pool_closed>(pool.fetch("SELECT 1"));
            check_equal(co_await lease->fetch_value<int>("SELECT 1"), 1);
            CHECK_FALSE(closed);
            lease.release();
            co_await error_of<pg::connection_lost>(lease->fetch("SELECT 1"));
        };
        co_await pg::gather(waiter(), closer(), user());
        CHECK(closed);
        co_await error_of<pg::pool_closed>(pool.acquire());
        co_await pool.close();
    });
}

TEST_CASE("a lease may outlive its pool")
{
    run([]() -> awaitable<void> {
        std::optional<pg::pool> pool{std::in_place, co_await asio::this_coro::executor,
            shared_options(), pg::pool_options{}};
        auto lease = co_await pool->acquire();
        pool.reset();
        check_equal(co_await lease->fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("a cancelled waiter leaves the queue and takes no connection with it")
{
    run([]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        pg::pool pool{executor, shared_options(), {.min_size = 0, .max_size = 1}};
        auto lease = co_await pool.acquire();
        asio::cancellation_signal signal;
        bool cancelled = false;
        asio::co_spawn(executor, pool.acquire(),
            asio::bind_cancellation_slot(signal.slot(),
                [&](std::exception_ptr error, auto) { cancelled = error != nullptr; }));
        co_await yield();
        CHECK(pool.waiting() == 1);
        signal.emit(asio::cancellation_type::terminal);
        while (!cancelled)
            co_await yield();
        CHECK(pool.waiting() == 0);
        lease.release();
        check_equal(co_await pool.fetch_value<int>("SELECT 1"), 1);
        co_await pool.close();
    });
}
