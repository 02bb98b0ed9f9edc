#include "run.hpp"

#include <pgcoro/testing/find_postgres.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace {

template <class Body>
void with_pool(pg::pool_options const& limits, Body body)
{
    run([&]() -> awaitable<void> {
        pg::multiplexed_pool pool{co_await asio::this_coro::executor, shared_options(), limits};
        co_await body(pool);
        co_await pool.close();
    });
}

pg::options two_servers(pg::temporary_server& one, pg::temporary_server& other)
{
    return pg::options{}
        .host("127.0.0.1,127.0.0.1")
        .ports(std::to_string(one.port()) + ',' + std::to_string(other.port()))
        .user("postgres")
        .connect_timeout(20s)
        .tls(pg::tls_options{pg::ssl_mode::disable});
}

awaitable<int> port_of(awaitable<pg::pool::lease_type> acquiring)
{
    auto lease = co_await std::move(acquiring);
    co_return std::stoi(co_await lease->fetch_value<std::string>("SELECT current_setting('port')"));
}

} // namespace

TEST_CASE("thousands of calls share a few connections")
{
    with_pool({.max_size = 3}, [](pg::multiplexed_pool& pool) -> awaitable<void> {
        std::set<int> pids;
        int right = 0;
        auto task = [&](int n) -> awaitable<void> {
            auto const [pid, got] = *co_await pool.fetch_row<std::tuple<int, int>>(
                "SELECT pg_backend_pid(), $1::int", n);
            pids.insert(pid);
            right += got == n;
        };
        std::vector<awaitable<void>> tasks;
        for (int i = 0; i < 3000; ++i)
            tasks.push_back(task(i));
        co_await pg::gather(std::move(tasks));
        CHECK(right == 3000);
        CHECK(pids.size() <= 3);
        CHECK(pool.waiting() == 0);
        CHECK(pool.idle() == pool.size());
    });
}

TEST_CASE("what needs a connection of its own gets one from a pool whose connections are shared")
{
    with_pool({.max_size = 1}, [](pg::multiplexed_pool& pool) -> awaitable<void> {
        bool stop = false;
        int others = 0;
        auto busy = [&]() -> awaitable<void> {
            while (!stop) {
                co_await pool.fetch_value<int>("SELECT 1");
                ++others;
            }
        };
        auto alone = [&]() -> awaitable<void> {
            co_await yield();
            for (int i = 0; i < 3; ++i) {
                auto lease = co_await pool.acquire();
                auto const pid = co_await lease->fetch_value<int>("SELECT pg_backend_pid()");
                auto tx = co_await lease->begin();
                check_equal(co_await tx.fetch_value<int>("SELECT pg_backend_pid()"), pid);
                co_await tx.commit();
            }
            auto insert = [](pg::transaction& tx) -> awaitable<void> {
                co_await tx.execute("CREATE TEMPORARY TABLE mine(x int)");
                co_await tx.rollback();
            };
            co_await error_of<pg::transaction_lost>(pool.transaction(insert));
            std::vector<int> const three{1, 2, 3};
            check_equal(co_await pool.execute_many("SELECT $1::int", three), 3);
            stop = true;
        };
        co_await pg::gather(busy(), busy(), busy(), alone());
        CHECK(others > 0);
        CHECK(pool.size() == 1);
    });
}

TEST_CASE("statements of the session are refused where it is shared")
{
    with_pool({.max_size = 2}, [](pg::multiplexed_pool& pool) -> awaitable<void> {
        static constexpr char const* refused[] = {"BEGIN", "start transaction",
            " /* a /* b */ */ SET x.y = 1", "-- note\n;LISTEN c", "DECLARE c CURSOR FOR SELECT 1",
            "COPY pg_class TO STDOUT"};
        for (char const* const sql : refused)
            co_await error_of<pg::session_state_refused>(pool.execute(sql));
        co_await error_of<pg::session_state_refused>(pool.fetch("begin"));
        co_await error_of<pg::session_state_refused>(
            pool.run(pg::pipeline{}.execute("SELECT 1").execute("SET x.y = 1")));
        check_equal(co_await pool.fetch_value<int>("SELECT 1"), 1);
        CHECK(pool.stats().created == 1);
    });
}

TEST_CASE("a transaction that a statement leaves open costs a shared connection, and nobody else's")
{
    // Whoever is put behind it: here that does not depend on how quick it is.
    with_pool(
        {.max_size = 1, .shared_patience = 0ms}, [](pg::multiplexed_pool& pool) -> awaitable<void> {
            co_await pool.execute("DROP TABLE IF EXISTS leaked; CREATE TABLE leaked (n int)");
            auto expect_leak = [&](std::string sql) -> awaitable<void> {
                co_await error_of<pg::session_state_leaked>(pool.execute(sql));
            };
            co_await pg::gather(expect_leak("SELECT 1; BEGIN"),
                expect_leak("INSERT INTO leaked VALUES (1)"),
                expect_leak("INSERT INTO leaked VALUES (2)"));
            check_equal(co_await pool.fetch_value<std::int64_t>("SELECT count(*) FROM leaked"), 0);
            CHECK(pool.size() == 1);
            co_await pool.execute("DROP TABLE leaked");
        });
}

TEST_CASE("nobody is put behind a statement that was not quick before")
{
    with_pool({.max_size = 3}, [](pg::multiplexed_pool& pool) -> awaitable<void> {
        auto const sleep = "SELECT 1 FROM pg_sleep(0.2)";
        co_await pool.fetch_value<int>("SELECT 1");
        bool slept = false;
        auto slow = [&]() -> awaitable<void> {
            co_await pool.execute(sleep);
            slept = true;
        };
        int during = 0;
        auto quick = [&]() -> awaitable<void> {
            while (!slept) {
                co_await pool.fetch_value<int>("SELECT 1");
                during += !slept;
            }
        };
        co_await pg::gather(slow(), quick(), quick());
        CHECK(during > 2); // none of the two was behind it
    });
}

TEST_CASE("calls that wait for a connection that is shared can be cancelled, and go with the pool")
{
    run([]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        pg::multiplexed_pool pool{executor, shared_options(), {.max_size = 1}};
        std::optional lease{co_await pool.acquire()};
        asio::cancellation_signal signal;
        int cancelled = 0;
        asio::co_spawn(executor, pool.execute("SELECT 1"),
            asio::bind_cancellation_slot(signal.slot(),
                [&](std::exception_ptr error, auto) { cancelled += error != nullptr; }));
        co_await yield();
        CHECK(pool.waiting() == 1);
        signal.emit(asio::cancellation_type::terminal);
        while (cancelled == 0)
            co_await yield();
        CHECK(pool.waiting() == 0);
        auto waits = [&]() -> awaitable<void> {
            co_await error_of<pg::pool_closed>(pool.fetch("SELECT 1"));
        };
        auto closes = [&]() -> awaitable<void> {
            co_await yield();
            CHECK(pool.waiting() == 2);
            auto const closing = [&]() -> awaitable<void> { co_await pool.close(); };
            auto const gives_back = [&]() -> awaitable<void> {
                lease.reset();
                co_return;
            };
            co_await pg::gather(closing(), gives_back());
        };
        co_await pg::gather(waits(), waits(), closes());
    });
}

TEST_CASE("writes go to the primary and reads to the standby, also after another one took over")
{
    if (::access((pg::find_postgres() + "/pg_basebackup").c_str(), X_OK) != 0)
        return skip("a standby is made by pg_basebackup, which is not installed");
    pg::temporary_server primary{pg::temporary_server_options{}.tcp()};
    pg::temporary_server standby{
        pg::temporary_server_options{}.tcp().standby_of(primary.connection_string())};
    run([&]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        pg::pool pool{executor, two_servers(standby, primary), {.max_size = 2}};
        pg::pool writing{executor,
            two_servers(standby, primary).target_session_attrs(pg::target_session::read_write),
            {.max_size = 2}};
        check_equal(co_await port_of(pool.acquire()), standby.port()); // any: the first
        check_equal(co_await port_of(pool.acquire(pg::role::primary)), primary.port());
        check_equal(co_await port_of(pool.acquire(pg::role::replica)), standby.port());
        check_equal(co_await port_of(writing.acquire()), primary.port());
        check_equal(co_await port_of(writing.acquire(pg::role::primary)), primary.port());
        check_equal(co_await port_of(writing.acquire(pg::role::replica, 20s)), standby.port());
        CHECK(pool.size() == 3);
        CHECK(writing.size() == 2); // its own are the primary's
        CHECK(writing.stats().size == 1);
        CHECK(writing.stats(pg::role::replica).size == 1);

        co_await writing.execute("CREATE TABLE kept (x int)");
        primary.stop();
        while (pool.stats(pg::role::primary).size + writing.stats().size != 0)
            co_await yield(); // until their readers have been there
        check_equal(co_await port_of(pool.acquire(pg::role::replica)), standby.port());
        co_await error_of<pg::error>(pool.acquire(pg::role::primary, 300ms));
        standby.promote();
        // Nobody has to do anything for them to find it.
        check_equal(co_await port_of(pool.acquire(pg::role::primary)), standby.port());
        co_await writing.execute("INSERT INTO kept VALUES (1)");
        check_equal(co_await port_of(pool.acquire(pg::role::replica)), standby.port());
        co_await pg::gather(pool.close(), writing.close());
    });
}

TEST_CASE("what is for writes is dropped when the server takes none any more")
{
    run([]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        auto const writes = shared_options().target_session_attrs(pg::target_session::read_write);
        for (bool const matters : {true, false}) {
            pg::pool pool{executor, matters ? writes : shared_options(), {.max_size = 3}};
            {
                auto one = co_await pool.acquire();
                auto two = co_await pool.acquire();
                two.release();
                auto tx = co_await one->begin(pg::transaction_options{}.read_only());
                co_await error_of<pg::read_only_sql_transaction>(
                    tx.execute("CREATE TABLE never (x int)"));
            }
            CHECK(pool.size() == (matters ? 0U : 2U)); // the idle one would not take any, either
            check_equal(co_await pool.fetch_value<int>("SELECT 1"), 1);
            check_equal(co_await port_of(pool.acquire(pg::role::primary)), shared_server().port());
            check_equal(co_await port_of(pool.acquire(pg::role::replica)), shared_server().port());
            CHECK(pool.size() == (matters ? 1U : 2U));
            co_await pool.close();
        }
    });
}
