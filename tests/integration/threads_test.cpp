#include "run.hpp"

#include <asio/detached.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

/// Runs coroutines on an io_context with four threads until all is done.
void run_on_four(std::function<void(asio::io_context&)> start)
{
    asio::io_context context{4};
    start(context);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] { context.run_for(60s); });
    for (auto& each : threads)
        each.join();
    CHECK(context.stopped());
}

/// Ten thousand coroutines at once, each with two calls of the pool's own and every eighth with a
/// transaction on a connection of its own. Gives how many were right.
template <class Pool>
int serve_ten_thousand(pg::pool_options const& limits)
{
    constexpr int callers = 10'000;
    std::atomic<int> right{0};
    run_on_four([&](asio::io_context& context) {
        auto main = [](std::atomic<int>& good, pg::pool_options how) -> awaitable<void> {
            Pool pool{co_await asio::this_coro::executor, shared_options(), how};
            auto user = [](Pool& on, int n, std::atomic<int>& count) -> awaitable<void> {
                int mine = co_await on.template fetch_value<int>("SELECT $1::int", n);
                mine += co_await on.template fetch_value<int>("SELECT $1 + 1", n);
                if (n % 8 == 0) {
                    auto lease = co_await on.acquire();
                    auto tx = co_await lease->begin();
                    mine += co_await tx.template fetch_value<int>("SELECT $1 + 2", n);
                    if (n % 16 == 0)
                        co_await tx.commit();
                }
                count += mine == (n % 8 == 0 ? 3 * n + 3 : 2 * n + 1);
            };
            std::vector<awaitable<void>> users;
            for (int i = 0; i < callers; ++i)
                users.push_back(user(pool, i, good));
            co_await pg::gather(std::move(users));
            co_await pool.close();
        };
        asio::co_spawn(context, main(right, limits), asio::detached);
    });
    return right;
}

} // namespace

TEST_CASE("a thread-safe connection serves coroutines on four threads")
{
    std::atomic<int> right{0};
    std::atomic<int> failed{0};
    run_on_four([&](asio::io_context& context) {
        auto main = [](std::atomic<int>& good, std::atomic<int>& bad) -> awaitable<void> {
            auto const executor = co_await asio::this_coro::executor;
            auto conn = co_await pg::connect<pg::thread_safe_connection>(shared_options());
            auto user = [](pg::thread_safe_connection& on, int n,
                            std::atomic<int>& count) -> awaitable<void> {
                for (int i = 0; i < 20; ++i) {
                    if (co_await on.fetch_value<int>("SELECT $1::int", n + i) == n + i)
                        ++count;
                    auto const row = co_await on.fetch_row("SELECT $1::int AS a, 'x' AS b", i);
                    if (row->get<int>("a") == i)
                        ++count;
                }
            };
            std::vector<awaitable<void>> users;
            for (int i = 0; i < 50; ++i)
                users.push_back(user(conn, i * 100, good));
            try {
                co_await pg::gather(std::move(users));
            } catch (std::exception const&) {
                ++bad;
            }
            co_await conn.close();
        };
        asio::co_spawn(context, main(right, failed), asio::detached);
    });
    CHECK(failed == 0);
    CHECK(right == 50 * 20 * 2);
}

TEST_CASE("pieces of parameters are waited for on four threads, and given up with their calls")
{
    std::atomic<int> right{0};
    std::atomic<int> late{0};
    std::atomic<int> failed{0};
    run_on_four([&](asio::io_context& context) {
        auto user = [](std::atomic<int>& good, std::atomic<int>& timed_out,
                        std::atomic<int>& bad) -> awaitable<void> {
            auto const sql = "SELECT length($1::bytea)";
            for (int i = 0; i < 10; ++i) {
                try {
                    auto conn = co_await pg::connect<pg::thread_safe_connection>(shared_options());
                    auto pieces = [left = 20]() mutable -> awaitable<std::optional<std::string>> {
                        asio::steady_timer soon{co_await asio::this_coro::executor, 100us};
                        co_await soon.async_wait(asio::use_awaitable);
                        co_return --left < 0 ? std::nullopt
                                             : std::optional{std::string(10'000, 'x')};
                    };
                    if (co_await conn.fetch_value<int>(sql, pg::chunks(200'000, pieces)) == 200'000)
                        ++good;
                    // The limit passes somewhere among the pieces.
                    co_await conn.with(pg::timeout(std::chrono::microseconds{300 * i}))
                        .execute(sql, pg::chunks(200'000, pieces));
                } catch (pg::timeout_error const&) {
                    ++timed_out;
                } catch (std::exception const&) {
                    ++bad;
                }
            }
        };
        for (int i = 0; i < 8; ++i)
            asio::co_spawn(context, user(right, late, failed), asio::detached);
    });
    CHECK(failed == 0);
    CHECK(right == 80);
    CHECK(late > 0);
}

TEST_CASE("a thread-safe pool serves coroutines on four threads")
{
    std::atomic<int> right{0};
    std::atomic<int> failed{0};
    run_on_four([&](asio::io_context& context) {
        auto main = [](std::atomic<int>& good, std::atomic<int>& bad) -> awaitable<void> {
            auto const executor = co_await asio::this_coro::executor;
            pg::thread_safe_pool pool{executor, shared_options(), {.min_size = 2, .max_size = 4}};
            auto user = [](pg::thread_safe_pool& on, int n,
                            std::atomic<int>& count) -> awaitable<void> {
                for (int i = 0; i < 10; ++i) {
                    if (co_await on.fetch_value<int>("SELECT $1::int", n) == n)
                        ++count;
                    auto lease = co_await on.acquire();
                    auto tx = co_await lease->begin();
                    if (co_await tx.fetch_value<int>("SELECT $1::int", i) == i)
                        ++count;
                    if (i % 2 == 0)
                        co_await tx.commit();
                }
            };
            std::vector<awaitable<void>> users;
            for (int i = 0; i < 50; ++i)
                users.push_back(user(pool, i, good));
            try {
                co_await pg::gather(std::move(users));
            } catch (std::exception const&) {
                ++bad;
            }
            co_await pool.close();
        };
        asio::co_spawn(context, main(right, failed), asio::detached);
    });
    CHECK(failed == 0);
    CHECK(right == 50 * 10 * 2);
}

TEST_CASE("thread-safe pools serve ten thousand coroutines on four threads")
{
    auto const limits = pg::pool_options{.max_size = 4, .acquire_timeout = 60s};
    CHECK(serve_ten_thousand<pg::thread_safe_pool>(limits) == 10'000);
    CHECK(serve_ten_thousand<pg::thread_safe_multiplexed_pool>(limits) == 10'000);
}

TEST_CASE("coroutines on four threads share a pool, and some give up waiting")
{
    constexpr int users = 2'000;
    std::atomic<int> right{0};
    std::atomic<int> late{0};
    std::atomic<int> failed{0};
    pg::pool_stats stats;
    auto main = [&]() -> awaitable<void> {
        pg::thread_safe_pool pool{co_await asio::this_coro::executor, shared_options(),
            {.min_size = 2, .max_size = 4, .acquire_timeout = 60s}};
        auto verb = [&](int n) -> awaitable<void> {
            right += co_await pool.fetch_value<int>("SELECT $1::int", n) == n;
        };
        auto lease = [&](int n) -> awaitable<void> {
            auto mine = co_await pool.acquire();
            co_await mine->execute(n % 2 == 0 ? "BEGIN" : "SELECT 1");
            right += co_await mine->fetch_value<int>("SELECT $1::int", n) == n;
        };
        auto hasty = [&](int) -> awaitable<void> {
            try {
                auto mine = co_await pool.acquire(1ms);
                ++right;
            } catch (pg::timeout_error const&) {
                ++late;
            }
        };
        std::vector<awaitable<void>> all;
        for (int n = 0; n < users; ++n)
            all.push_back(n % 10 == 0 ? hasty(n) : n % 10 == 1 ? lease(n) : verb(n));
        try {
            co_await pg::gather(std::move(all));
        } catch (std::exception const&) {
            ++failed;
        }
        stats = pool.stats();
        co_await pool.close();
    };
    run_on_four(
        [&](asio::io_context& context) { asio::co_spawn(context, main(), asio::detached); });
    CHECK(failed == 0);
    CHECK(right + late == users);
    CHECK(stats.acquired == static_cast<std::uint64_t>(right.load()));
    CHECK(stats.timed_out == static_cast<std::uint64_t>(late.load()));
    CHECK(stats.created <= 4);
    CHECK(stats.waiting == 0);
}

TEST_CASE("user code never runs on a connection's strand")
{
    std::atomic<bool> overlapped{false};
    run_on_four([&](asio::io_context& context) {
        auto main = [](std::atomic<bool>& seen) -> awaitable<void> {
            auto conn = co_await pg::connect<pg::thread_safe_connection>(shared_options());
            std::atomic<bool> inside{false};
            auto blocking = [&]() -> awaitable<void> {
                co_await conn.fetch_value<int>("SELECT 1");
                inside = true;
                // Were this the strand, the other's reply could not be read meanwhile.
                for (int i = 0; i < 20'000 && !seen; ++i)
                    std::this_thread::sleep_for(1ms);
                inside = false;
            };
            auto other = [&]() -> awaitable<void> {
                while (!inside)
                    co_await conn.fetch_value<int>("SELECT 2");
                co_await conn.fetch_value<int>("SELECT 3");
                if (inside)
                    seen = true;
            };
            co_await pg::gather(blocking(), other());
            co_await conn.close();
        };
        asio::co_spawn(context, main(overlapped), asio::detached);
    });
    CHECK(overlapped);
}

TEST_CASE("a thread-safe connection may be destroyed on another thread, with calls under way")
{
    std::atomic<int> lost{0};
    run_on_four([&](asio::io_context& context) {
        for (int n = 0; n < 10; ++n) {
            auto main = [](std::atomic<int>& count) -> awaitable<void> {
                auto const executor = co_await asio::this_coro::executor;
                auto conn = std::make_shared<pg::thread_safe_connection>(
                    co_await pg::connect<pg::thread_safe_connection>(shared_options()));
                auto user = [](std::shared_ptr<pg::thread_safe_connection> on,
                                std::atomic<int>& counted) -> awaitable<void> {
                    auto call = on->execute("SELECT pg_sleep(30)");
                    on.reset();
                    try {
                        co_await std::move(call);
                    } catch (pg::connection_lost const&) {
                        ++counted;
                    }
                };
                for (int i = 0; i < 5; ++i)
                    asio::co_spawn(executor, user(conn, count), asio::detached);
                conn.reset();
                co_return;
            };
            asio::co_spawn(context, main(lost), asio::detached);
        }
    });
    CHECK(lost == 50);
}

TEST_CASE("listeners, locks, cursors, limits, notices and a tracer work on four threads")
{
    std::atomic<int> right{0};
    std::atomic<int> notices{0};
    std::atomic<int> failed{0};
    run_on_four([&](asio::io_context& context) {
        auto user = [](pg::thread_safe_connection& on, int n, int& count) -> awaitable<void> {
            for (int i = 0; i < 10; ++i) {
                auto events = co_await on.listen("four" + std::to_string(n));
                auto lock = co_await on.advisory_lock(n);
                auto cursor = co_await on.cursor<int>("SELECT generate_series($1::int, $2)", i, 99);
                co_await on.execute("DO $$ BEGIN RAISE NOTICE 'one'; END $$");
                co_await on.notify("four" + std::to_string(n), std::to_string(i));
                auto const first = co_await cursor.fetch(1);
                co_await on.with(pg::timeout(30s)).execute("SELECT 1");
                auto const event = co_await events.next();
                if (event.payload == std::to_string(i) && first.size() == 1 && first[0] == i)
                    ++count;
                if (i % 2 == 0)
                    co_await lock.unlock();
            }
        };
        auto main = [user](std::atomic<int>& good, std::atomic<int>& heard,
                        std::atomic<int>& bad) -> awaitable<void> {
            struct counting_tracer : pg::tracer
            {
                void ended(pg::traced_call const&, pg::traced_end const&) override { ++calls; }
                std::atomic<int> calls{0};
            };
            auto const traced = std::make_shared<counting_tracer>();
            auto conn = co_await pg::connect<pg::thread_safe_connection>(
                shared_options().trace(traced).command_timeout(50s));
            conn.on_notice([&heard](pg::server_message const&) { ++heard; });
            std::vector<int> counts(8);
            std::vector<awaitable<void>> users;
            for (int i = 0; i < 8; ++i)
                users.push_back(user(conn, i, counts[static_cast<std::size_t>(i)]));
            try {
                co_await pg::gather(std::move(users));
            } catch (std::exception const&) {
                ++bad;
            }
            for (int const each : counts)
                good += each;
            auto const locks = co_await conn.fetch_value<std::int64_t>(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = "
                "pg_backend_pid()");
            auto const channels = co_await conn.fetch_value<std::int64_t>(
                "SELECT count(*) FROM pg_listening_channels()");
            auto const cursors = co_await conn.fetch_value<std::int64_t>(
                "SELECT count(*) FROM pg_cursors WHERE is_holdable");
            if (locks + channels + cursors != 0 || traced->calls < 8 * 10 * 8)
                ++bad;
            co_await conn.close();
        };
        asio::co_spawn(context, main(right, notices, failed), asio::detached);
    });
    CHECK(failed == 0);
    CHECK(right == 8 * 10);
    CHECK(notices == 8 * 10);
}

TEST_CASE("a pool may go as soon as its close() is through, on whatever thread")
{
    std::atomic<int> closed{0};
    auto one = [&]() -> awaitable<void> {
        for (int i = 0; i < 500; ++i) {
            auto const pool = std::make_unique<pg::thread_safe_pool>(
                co_await asio::this_coro::executor, shared_options());
            co_await pool->close();
            ++closed;
        }
    };
    run_on_four([&](asio::io_context& context) {
        for (int i = 0; i < 8; ++i)
            asio::co_spawn(context, one(), asio::detached);
    });
    CHECK(closed == 8 * 500);
}
