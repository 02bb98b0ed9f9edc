#include "run.hpp"

#include <pgcoro/pool/prometheus.hpp>

#include <csignal>
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

TEST_CASE("a pool that was moved from refuses its verbs")
{
    with_pool({.min_size = 0, .max_size = 1}, [](pg::pool& pool) -> awaitable<void> {
        pg::pool other{std::move(pool)};
        co_await error_of<pg::pool_closed>(pool.fetch_value<int>("SELECT 1"));
        co_await error_of<pg::pool_closed>(pool.execute("SELECT 1"));
        pool = std::move(other);
        check_equal(co_await pool.fetch_value<int>("SELECT 1"), 1);
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

namespace {

struct impatient_pool : pg::single_threaded_pool
{
    static constexpr auto waiting = pg::pool_waiting::fail_at_once;
    static constexpr auto order = pg::pool_order::round_robin;
};

std::uint64_t closed_for(pg::pool_stats const& stats, pg::close_reason why)
{
    return stats.destroyed[static_cast<std::size_t>(why)];
}

/// Waits until it is so. What happens in the pool's own time has no other sign.
template <class Condition>
awaitable<void> until(Condition holds)
{
    asio::steady_timer timer{co_await asio::this_coro::executor};
    auto const deadline = std::chrono::steady_clock::now() + 20s;
    while (!holds()) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        timer.expires_after(1ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

} // namespace

TEST_CASE("who waits for itself is told so, and who holds what")
{
    with_pool({.max_size = 1, .acquire_timeout = 20ms}, [](pg::pool& pool) -> awaitable<void> {
        auto const line = std::to_string(__LINE__ + 1);
        auto lease = co_await pool.acquire(20s); // connecting may take its time
        auto const text = co_await error_of<pg::timeout_error>(pool.acquire());
        check_that(text, Catch::Matchers::ContainsSubstring("1 of at most 1 connections are lent"));
        check_that(text, Catch::Matchers::ContainsSubstring("pool_test.cpp:" + line + " for "));
        check_that(text, Catch::Matchers::ContainsSubstring("waits for itself"));
        auto const verb = co_await error_of<pg::timeout_error>(pool.fetch("SELECT 1"));
        check_that(verb, Catch::Matchers::ContainsSubstring("pool_test.cpp:" + line + " for "));
        co_await error_of<pg::timeout_error>(pool.acquire(1ms));
        lease.release();
        co_await pool.acquire(1ms);
        CHECK(pool.stats().timed_out == 3);
        CHECK(pool.waiting() == 0);
    });
}

TEST_CASE("a line has an end, or there is none at all")
{
    run([]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        pg::pool pool{executor, shared_options(), {.max_size = 1, .max_waiters = 1}};
        pg::basic_pool<impatient_pool> other{executor, shared_options(), {.max_size = 1}};
        CHECK_FALSE(pool.try_acquire());
        auto lease = co_await pool.acquire();
        auto of_other = co_await other.acquire(); // another one could be made
        CHECK_FALSE(pool.try_acquire());
        auto const third = [&]() -> awaitable<void> {
            auto const text = co_await error_of<pg::too_many_waiters>(pool.execute("SELECT 1"));
            check_that(text, Catch::Matchers::ContainsSubstring("pool_test.cpp:"));
            co_await error_of<pg::too_many_waiters>(pool.acquire());
            co_await error_of<pg::too_many_waiters>(other.acquire());
            lease.release();
            of_other.release();
        };
        co_await pg::gather(pool.execute("SELECT 1"), third());
        auto again = pool.try_acquire();
        REQUIRE(again);
        check_equal(co_await (*again)->fetch_value<int>("SELECT 1"), 1);
        CHECK(other.try_acquire());
        CHECK(pool.stats().turned_away == 2);
        again->release();
        co_await pool.close();
        co_await other.close();
    });
}

TEST_CASE("a pool grows, shrinks and replaces its connections")
{
    with_pool({.min_size = 2, .max_size = 4}, [](pg::pool& pool) -> awaitable<void> {
        co_await until([&] { return pool.idle() == 2; });
        CHECK(pool.size() == 2);
        pool.resize(3, 3);
        co_await until([&] { return pool.idle() == 3; });
        auto lease = co_await pool.acquire();
        pool.resize(0, 1);
        CHECK(pool.size() == 1);
        CHECK(closed_for(pool.stats(), pg::close_reason::surplus) == 2);

        auto const pid = lease->server_pid();
        auto const text = co_await error_of<pg::timeout_error>(pool.drain(1ms));
        check_that(text, Catch::Matchers::ContainsSubstring("draining the pool: 1 of at most 1") &&
                             Catch::Matchers::ContainsSubstring("pool_test.cpp:"));
        check_equal(co_await lease->fetch_value<int>("SELECT 1"), 1);
        auto user = [&]() -> awaitable<void> {
            co_await yield();
            lease.release();
        };
        co_await pg::gather(pool.drain(), user());
        CHECK(closed_for(pool.stats(), pg::close_reason::replaced) == 1);
        auto other = co_await pool.acquire();
        CHECK(other->server_pid() != pid);
    });
}

TEST_CASE("connections are replaced by age, use and idleness")
{
    with_pool({.max_size = 2, .max_uses = 3}, [](pg::pool& pool) -> awaitable<void> {
        for (int i = 0; i < 6; ++i)
            co_await pool.execute("SELECT 1");
        CHECK(pool.stats().created == 2);
        CHECK(closed_for(pool.stats(), pg::close_reason::uses) == 2);
    });
    with_pool({.min_size = 1, .max_size = 2, .max_lifetime = 20ms},
        [](pg::pool& pool) -> awaitable<void> {
            co_await until([&] { return pool.stats().created >= 3; });
            CHECK(closed_for(pool.stats(), pg::close_reason::lifetime) >= 2);
        });
    with_pool({.min_size = 1, .max_size = 3, .max_idle_time = 5ms},
        [](pg::pool& pool) -> awaitable<void> {
            co_await pg::gather(
                pool.execute("SELECT 1"), pool.execute("SELECT 1"), pool.execute("SELECT 1"));
            // One may still be made while the others are closed already.
            co_await until([&] { return pool.size() == 1 && pool.idle() == 1; });
            CHECK(closed_for(pool.stats(), pg::close_reason::idle) == pool.stats().created - 1);
        });
}

TEST_CASE("a pool heals while nobody looks")
{
    with_pool(
        {.min_size = 2, .max_size = 2, .retry_delay = 1ms}, [](pg::pool& pool) -> awaitable<void> {
            co_await until([&] { return pool.idle() == 2; });
            auto killer = co_await pg::connect(shared_options());
            {
                auto one = co_await pool.acquire();
                auto two = co_await pool.acquire();
                co_await killer.execute(
                    "SELECT pg_terminate_backend($1::int), pg_terminate_backend($2::int)",
                    one->server_pid(), two->server_pid());
            }
            co_await until([&] { return pool.stats().created == 4 && pool.idle() == 2; });
            CHECK(closed_for(pool.stats(), pg::close_reason::broken) == 2);
            check_equal(co_await pool.fetch_value<int>("SELECT 1"), 1);
        });
}

TEST_CASE("a connection that fell silent is not lent")
{
    with_pool({.max_size = 2, .check_after_idle = 1ms, .check_timeout = 100ms},
        [](pg::pool& pool) -> awaitable<void> {
            int silent = 0;
            {
                auto lease = co_await pool.acquire();
                silent = static_cast<int>(lease->server_pid());
            }
            REQUIRE(::kill(silent, SIGSTOP) == 0);
            asio::steady_timer timer{co_await asio::this_coro::executor, 5ms};
            co_await timer.async_wait(asio::use_awaitable);
            auto const pid = co_await pool.fetch_value<int>("SELECT pg_backend_pid()");
            CHECK(pid != silent);
            CHECK(closed_for(pool.stats(), pg::close_reason::check) == 1);
            REQUIRE(::kill(silent, SIGCONT) == 0);
        });
}

TEST_CASE("a pool that is closed in time says what is still out")
{
    run([]() -> awaitable<void> {
        pg::pool pool{co_await asio::this_coro::executor, shared_options(), {.close_timeout = 5ms}};
        {
            auto lease = co_await pool.acquire();
            auto const text = co_await error_of<pg::timeout_error>(pool.close());
            check_that(
                text, Catch::Matchers::ContainsSubstring("closing the pool: 1 of at most 10") &&
                          Catch::Matchers::ContainsSubstring("pool_test.cpp:"));
            co_await error_of<pg::pool_closed>(pool.acquire());
            check_equal(co_await lease->fetch_value<int>("SELECT 1"), 1);
        }
        co_await pool.close(); // it came back
    });
}

TEST_CASE("a pool runs bodies and transactions on a connection of their own")
{
    with_pool({.max_size = 2}, [](pg::pool& pool) -> awaitable<void> {
        auto const same = co_await pool.with([](pg::connection& lent) -> awaitable<bool> {
            auto const pid = co_await lent.fetch_value<int>("SELECT pg_backend_pid()");
            co_return pid == co_await lent.fetch_value<int>("SELECT pg_backend_pid()");
        });
        CHECK(same);
        co_await pool.execute("DROP TABLE IF EXISTS pool_tx; CREATE TABLE pool_tx (n int)");
        co_await pool.transaction([](pg::transaction& tx) -> awaitable<void> {
            co_await tx.execute("INSERT INTO pool_tx VALUES (1)");
        });
        auto fails = [](pg::transaction& tx) -> awaitable<int> {
            co_await tx.execute("INSERT INTO pool_tx VALUES (2)");
            co_return co_await tx.fetch_value<int>("SELECT 1 / 0");
        };
        co_await error_of<pg::division_by_zero>(
            pool.transaction(pg::isolation::serializable, fails));
        co_await error_of<pg::division_by_zero>(pool.transaction(pg::retry(2), fails));
        check_equal(co_await pool.fetch_value<std::int64_t>("SELECT sum(n) FROM pool_tx"), 1);
        co_await pool.execute("DROP TABLE pool_tx");
        CHECK(pool.stats().in_use == 0);
    });
}

TEST_CASE("a verb that is cancelled in line takes no connection; one that runs gives its own back")
{
    with_pool({.max_size = 1}, [](pg::pool& pool) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        int cancelled = 0;
        asio::cancellation_signal in_line;
        asio::cancellation_signal later;
        auto const count = [&](std::exception_ptr error, auto&&) { cancelled += error != nullptr; };
        auto lease = co_await pool.acquire();
        asio::co_spawn(executor, pool.execute("SELECT 1"),
            asio::bind_cancellation_slot(in_line.slot(), count));
        asio::co_spawn(executor, pool.execute("SELECT pg_sleep(60)"),
            asio::bind_cancellation_slot(later.slot(), count));
        co_await until([&] { return pool.waiting() == 2; });
        in_line.emit(asio::cancellation_type::terminal);
        co_await until([&] { return cancelled == 1; });
        CHECK(pool.waiting() == 1);
        lease.release();
        CHECK(pool.waiting() == 0); // the next one runs, and may be cancelled still
        later.emit(asio::cancellation_type::terminal);
        co_await until([&] { return cancelled == 2; });
        check_equal(co_await pool.fetch_value<int>("SELECT 1"), 1);
        CHECK(pool.stats().cancelled == 1);
        CHECK(pool.stats().created == 1);
    });
}

TEST_CASE("a pool's statistics are shown to Prometheus")
{
    with_pool({.max_size = 1}, [](pg::pool& pool) -> awaitable<void> {
        co_await pg::gather(pool.execute("SELECT 1"), pool.execute("SELECT 1"));
        co_await pool.execute("SELECT 1");
        auto const stats = pool.stats();
        CHECK(stats.acquired == 3);
        CHECK(stats.waited == 2);
        CHECK(stats.idle == 1);
        CHECK(stats.created == 1);
        auto const text = pg::to_prometheus(stats, "a \"b\"");
        check_that(text,
            Catch::Matchers::ContainsSubstring("# TYPE pgcoro_pool_wait_seconds histogram\n") &&
                Catch::Matchers::ContainsSubstring(
                    "pgcoro_pool_connections{pool=\"a \\\"b\\\"\",state=\"idle\"} 1\n") &&
                Catch::Matchers::ContainsSubstring(
                    "_bucket{pool=\"a \\\"b\\\"\",le=\"+Inf\"} 3\n") &&
                Catch::Matchers::ContainsSubstring(
                    "closed_total{pool=\"a \\\"b\\\"\",reason=\"broken\"} 0\n"));
    });
}
