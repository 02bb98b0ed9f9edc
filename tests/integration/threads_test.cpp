#include "run.hpp"

#include <asio/detached.hpp>

#include <atomic>
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
