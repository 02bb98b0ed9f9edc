#include "run.hpp"
#include "tls_server.hpp"

#include <asio/bind_cancellation_slot.hpp>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

/// A task that can be cancelled, and what became of it.
struct task
{
    asio::cancellation_signal signal;
    bool done = false;
    std::exception_ptr error;

    [[nodiscard]] bool aborted() const
    {
        try {
            if (error)
                std::rethrow_exception(error);
        } catch (std::system_error const& what) {
            return what.code() == asio::error::operation_aborted;
        } catch (...) {
        }
        return false;
    }
};

template <class T>
std::shared_ptr<task> spawn(asio::any_io_executor executor, awaitable<T> what)
{
    auto made = std::make_shared<task>();
    if constexpr (std::is_void_v<T>)
        asio::co_spawn(executor, std::move(what),
            asio::bind_cancellation_slot(made->signal.slot(), [made](std::exception_ptr error) {
                made->done = true;
                made->error = error;
            }));
    else
        asio::co_spawn(executor, std::move(what),
            asio::bind_cancellation_slot(made->signal.slot(), [made](std::exception_ptr error, T) {
                made->done = true;
                made->error = error;
            }));
    return made;
}

awaitable<void> until_done(std::shared_ptr<task> what)
{
    while (!what->done)
        co_await yield();
}

} // namespace

TEST_CASE("a cancelled call frees its caller at once and the connection stays usable")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        auto const slow = spawn(executor, conn.execute("SELECT pg_sleep(0.3)"));
        co_await yield();
        auto const start = std::chrono::steady_clock::now();
        slow->signal.emit(asio::cancellation_type::terminal);
        co_await until_done(slow);
        CHECK(slow->aborted());
        CHECK(std::chrono::steady_clock::now() - start < 200ms);
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("a call that was not written is withdrawn: its statement never runs")
{
    run([]() -> awaitable<void> {
        auto conn = co_await pg::connect(shared_options().pipeline_depth(1));
        auto const executor = co_await asio::this_coro::executor;
        co_await conn.execute("CREATE TEMP TABLE withdrawn (n int)");
        auto const type = GENERATE(asio::cancellation_type::terminal,
            asio::cancellation_type::partial, asio::cancellation_type::total);
        auto const first = spawn(executor, conn.execute("SELECT pg_sleep(0.1)"));
        auto never = [&]() -> awaitable<void> {
            co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
            co_await conn.execute("INSERT INTO withdrawn VALUES ($1)", 1);
        };
        auto const second = spawn(executor, never());
        auto const third = spawn(executor, conn.execute("INSERT INTO withdrawn VALUES (2)"));
        co_await yield();
        second->signal.emit(type);
        co_await until_done(second);
        CHECK(second->aborted());
        co_await until_done(third);
        CHECK_FALSE(third->error);
        auto const rows = co_await conn.fetch<int>("SELECT n FROM withdrawn");
        CHECK(rows.rows() == std::vector{2});
    });
}

TEST_CASE("total cancellation leaves a call that was written alone")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        auto patient = [&]() -> awaitable<int> {
            co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
            co_return co_await conn.fetch_value<int>("SELECT 1 FROM pg_sleep(0.1)");
        };
        auto const call = spawn(executor, patient());
        co_await yield();
        call->signal.emit(asio::cancellation_type::total);
        co_await until_done(call);
        CHECK_FALSE(call->error);
    });
}

TEST_CASE("a cancelled transaction is rolled back, and the connection usable at once")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        co_await conn.execute("CREATE TEMP TABLE kept (n int)");
        auto body = conn.transaction([](pg::transaction& tx) -> awaitable<void> {
            co_await tx.execute("INSERT INTO kept VALUES (1)");
            co_await tx.execute("SELECT pg_sleep(0.2)");
        });
        auto const call = spawn(executor, std::move(body));
        for (int i = 0; i < 50; ++i)
            co_await yield();
        call->signal.emit(asio::cancellation_type::terminal);
        co_await until_done(call);
        CHECK(call->aborted());
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM kept"), 0);
    });
}

TEST_CASE("a BEGIN whose caller has gone leaves no transaction behind")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        for (int wait = 0; wait < 5; ++wait) {
            auto const call = spawn(executor, conn.begin());
            for (int i = 0; i < wait; ++i)
                co_await yield();
            call->signal.emit(asio::cancellation_type::terminal);
            co_await until_done(call);
            auto tx = co_await conn.begin(); // throws if one is still open
            co_await tx.rollback();
        }
    });
}

TEST_CASE("a COMMIT whose caller has gone is carried out")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        co_await conn.execute("CREATE TEMP TABLE committed (n int)");
        auto tx = co_await conn.begin();
        co_await tx.execute("INSERT INTO committed VALUES (1)");
        auto const call = spawn(executor, tx.commit());
        co_await yield();
        call->signal.emit(asio::cancellation_type::terminal);
        co_await until_done(call);
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM committed"), 1);
    });
}

TEST_CASE("cancellation at any moment never gives a reply to the wrong call")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        std::mt19937 random{7};
        int wrong = 0;
        int answered = 0;
        int cancelled = 0;
        for (int round = 0; round < 300; ++round) {
            std::vector<std::shared_ptr<task>> tasks;
            for (int i = 0; i < 8; ++i) {
                auto call = [](pg::connection& on, int n, int kind, int& bad,
                                int& good) -> awaitable<void> {
                    int got = 0;
                    if (kind == 0)
                        got = co_await on.fetch_value<int>("SELECT $1::int", n);
                    else if (kind == 1)
                        got = (co_await on.fetch("SELECT $1::int AS n, 'x'", n))[0]["n"].as<int>();
                    else
                        got = co_await on.fetch_value<int>("SELECT $1::int + " +
                                                               std::to_string(n % 50) + " - " +
                                                               std::to_string(n % 50),
                            n);
                    (got == n ? good : bad) += 1;
                };
                tasks.push_back(spawn(executor,
                    call(conn, round * 10 + i, static_cast<int>(random() % 3), wrong, answered)));
            }
            for (auto const& each : tasks) {
                if (random() % 3 == 0)
                    co_await yield();
                if (random() % 2 == 0)
                    each->signal.emit(asio::cancellation_type::terminal);
            }
            for (auto const& each : tasks) {
                co_await until_done(each);
                cancelled += each->aborted() ? 1 : 0;
                CHECK((!each->error || each->aborted()));
            }
        }
        CHECK(wrong == 0);
        CHECK(answered > 0);
        CHECK(cancelled > 0);
        CHECK(answered + cancelled == 2400);
    });
}

TEST_CASE("gather passes a cancellation on to all its children")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        auto const both = spawn(executor,
            pg::gather(conn.execute("SELECT pg_sleep(0.2)"), conn.fetch_value<int>("SELECT 1")));
        co_await yield();
        co_await yield();
        both->signal.emit(asio::cancellation_type::terminal);
        co_await until_done(both);
        CHECK(both->aborted());
        check_equal(co_await conn.fetch_value<int>("SELECT 2"), 2);
    });
}

TEST_CASE("waiting for a stream's next batch can be cancelled, and the stream goes on")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        auto const sql = "SELECT 7 FROM pg_sleep($1)";
        co_await conn.execute(sql, 0.0); // from now on the columns are known
        auto rows = co_await conn.stream<int>(sql, 0.2);
        auto const next = spawn(executor, rows.next());
        co_await yield();
        next->signal.emit(asio::cancellation_type::terminal);
        co_await until_done(next);
        CHECK(next->aborted());
        auto const batch = co_await rows.next();
        REQUIRE(batch);
        CHECK((*batch)[0] == 7);
    });
}

TEST_CASE("a close that waits can be cancelled, and then closes at once")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        auto const slow = spawn(executor, conn.execute("SELECT pg_sleep(100)"));
        co_await yield();
        auto const closing = spawn(executor, conn.close());
        co_await yield();
        closing->signal.emit(asio::cancellation_type::terminal);
        co_await until_done(closing);
        CHECK(closing->aborted());
        co_await until_done(slow);
        CHECK_THROWS_AS(std::rethrow_exception(slow->error), pg::connection_lost);
        CHECK_FALSE(conn.is_open());
    });
}

TEST_CASE("a close within a limit waits for no longer")
{
    run([]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        auto conn = co_await pg::connect(shared_options());
        auto const slow = spawn(executor, conn.execute("SELECT pg_sleep(100)"));
        co_await yield();
        co_await error_of<pg::timeout_error>(conn.close(20ms));
        co_await until_done(slow);
        CHECK_THROWS_AS(std::rethrow_exception(slow->error), pg::connection_lost);
        CHECK_FALSE(conn.is_open());
        co_await conn.close(20ms);
        conn = co_await pg::connect(shared_options());
        auto const short_one = spawn(executor, conn.execute("SELECT 1"));
        co_await yield();
        co_await conn.close(1h);
        CHECK_FALSE(short_one->error);
    });
}

TEST_CASE("a begin that is cancelled or refused leaves a transaction begun by hand alone")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        co_await conn.execute("CREATE TEMP TABLE by_hand (n int)");
        co_await conn.execute("BEGIN");
        co_await conn.execute("INSERT INTO by_hand VALUES (1)");
        auto const call = spawn(executor, conn.begin());
        call->signal.emit(asio::cancellation_type::terminal);
        co_await until_done(call);
        co_await conn.execute("COMMIT");
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM by_hand"), 1);
    });
}

TEST_CASE("a statement whose caller has gone is cancelled at the server")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        auto const start = std::chrono::steady_clock::now();
        for (int i = 0; i < 20; ++i) {
            auto const slow = spawn(executor, conn.execute("SELECT pg_sleep(100)"));
            co_await yield();
            slow->signal.emit(asio::cancellation_type::terminal);
            co_await until_done(slow);
            CHECK(slow->aborted());
            check_equal(co_await conn.fetch_value<int>("SELECT $1::int", i), i);
        }
        CHECK(std::chrono::steady_clock::now() - start < 50s);
    });
}

TEST_CASE("nothing is cancelled at the server while others' calls are in flight behind")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        auto const slow = spawn(executor, conn.execute("SELECT pg_sleep(0.3)"));
        auto const innocent = spawn(executor, conn.execute("SELECT pg_sleep(0.3)"));
        for (int i = 0; i < 10; ++i)
            co_await yield();
        slow->signal.emit(asio::cancellation_type::terminal);
        co_await until_done(slow);
        CHECK(slow->aborted());
        co_await until_done(innocent);
        CHECK_FALSE(innocent->error);
    });
}

TEST_CASE("a stream that was left before it was open is cancelled at the server")
{
    run([]() -> awaitable<void> {
        auto conn = co_await pg::connect(shared_options().cancel_timeout(20s));
        auto const begin = std::chrono::steady_clock::now();
        co_await error_of<pg::timeout_error>(
            pg::within(50ms, conn.stream<std::string>("SELECT pg_sleep(100)::text")));
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
        pg::copy_query const slow{"SELECT pg_sleep(100)"};
        co_await error_of<pg::timeout_error>(pg::within(50ms, conn.copy_out(slow)));
        check_equal(co_await conn.fetch_value<int>("SELECT 2"), 2);
        CHECK(std::chrono::steady_clock::now() - begin < 15s);
    });
}

namespace {

/// Runs `body` while another connection holds the lock that `lock` takes on the table `fed`, and
/// gives it back only when the connection that `body` used has answered again.
void while_locked(std::string const& lock, std::function<awaitable<void>(pg::connection&)> body,
    pg::options const& server = shared_options())
{
    run([&]() -> awaitable<void> {
        auto other = co_await pg::connect(server);
        co_await other.execute("DROP TABLE IF EXISTS fed");
        co_await other.execute("CREATE TABLE fed (n int PRIMARY KEY, t text)");
        co_await other.execute("INSERT INTO fed VALUES (0, 'as it was')");
        auto conn = co_await pg::connect(pg::options{server}.cancel_timeout(20s));
        auto tx = co_await other.begin();
        co_await tx.execute(lock);
        auto const start = std::chrono::steady_clock::now();
        co_await body(conn);
        // Calls that begin at once behind it are not hit.
        for (int i = 0; i < 5; ++i)
            check_equal(co_await conn.fetch_value<int>("SELECT $1::int", i), i);
        CHECK(std::chrono::steady_clock::now() - start < 15s);
        co_await tx.rollback();
        check_equal(co_await conn.fetch_value<std::string>("SELECT string_agg(t, ',') FROM fed"),
            std::string{"as it was"});
        co_await other.execute("DROP TABLE fed");
    });
}

} // namespace

TEST_CASE("a COPY that waits for a lock is cancelled at the server")
{
    while_locked(
        "LOCK TABLE fed IN ACCESS EXCLUSIVE MODE", [](pg::connection& conn) -> awaitable<void> {
            co_await error_of<pg::timeout_error>(pg::within(50ms, conn.open_copy_in("fed")));
        });
    // Here the COPY itself waits; above, perhaps the question for the columns.
    while_locked("LOCK TABLE fed IN SHARE MODE", [](pg::connection& conn) -> awaitable<void> {
        std::vector<std::pair<int, std::string>> const rows{{1, "copied"}};
        co_await error_of<pg::timeout_error>(pg::within(50ms, conn.copy_in("fed", rows)));
    });
}

TEST_CASE("a COPY that waits for another's row is cancelled at the server, however much is sent")
{
    for (int const count : {1, 400'000}) { // more than the sockets hold
        while_locked("INSERT INTO fed VALUES (1, 'theirs')",
            [count](pg::connection& conn) -> awaitable<void> {
                std::vector<std::pair<int, std::string>> rows;
                for (int i = 1; i <= count; ++i)
                    rows.push_back({i, "copied"});
                co_await error_of<pg::timeout_error>(pg::within(50ms, conn.copy_in("fed", rows)));
            });
    }
}

TEST_CASE("a COPY that is given up in the middle is cancelled though calls follow at once")
{
    while_locked(
        "INSERT INTO fed VALUES (1, 'theirs')", [](pg::connection& conn) -> awaitable<void> {
            std::string rows;
            for (int i = 1; i < 3000; ++i) // more than the server gathers before it begins
                rows += std::to_string(i) + "\tcopied\n";
            auto to = co_await conn.open_copy_in("fed");
            co_await to.write(rows);
        });
}

TEST_CASE("execute_many that waits for a row is cancelled at the server, however much is sent")
{
    auto const updates = [](int count) {
        return [count](pg::connection& conn) -> awaitable<void> {
            std::vector<std::tuple<std::string>> const rows(
                static_cast<std::size_t>(count), std::tuple<std::string>{"changed"});
            co_await error_of<pg::timeout_error>(
                pg::within(50ms, conn.execute_many("UPDATE fed SET t = $1 WHERE n = 0", rows)));
        };
    };
    int const many = 400'000; // more than the sockets hold
    for (int const count : {1, 2, many})
        while_locked("UPDATE fed SET t = 'theirs'", updates(count));
    auto encrypted = pg::options{shared_tls_server().connection_string()};
    encrypted.password("correct").tls(pg::tls_options{pg::ssl_mode::require});
    while_locked("UPDATE fed SET t = 'theirs'", updates(many), encrypted);
}

TEST_CASE("what runs on for longer than cancel_timeout costs the connection, and all are told")
{
    run([]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        auto conn = co_await pg::connect(shared_options().cancel_timeout(100ms));
        auto const slow = spawn(executor, conn.execute("SELECT pg_sleep(100)"));
        auto behind = [&]() -> awaitable<void> {
            check_that(co_await error_of<pg::connection_lost>(conn.execute("SELECT 1")),
                Catch::Matchers::ContainsSubstring("cancel_timeout"));
        };
        auto const follower = spawn(executor, behind());
        for (int i = 0; i < 10; ++i)
            co_await yield();
        slow->signal.emit(asio::cancellation_type::terminal);
        co_await until_done(follower);
        CHECK_FALSE(follower->error);
        CHECK(slow->aborted());
        CHECK_FALSE(conn.is_open());
    });
}
