#include "false_server.hpp"
#include "run.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

// An io_context may be destroyed with calls parked in any state. Their coroutines hold the very
// connection in which they are parked: unless somebody breaks that circle they leak (which
// AddressSanitizer's leak checker reports), and none may be resumed.

namespace {

/// Runs coroutines until `ready` says so, then destroys the io_context under them.
void destroy_when(std::function<bool()> ready, std::function<void(asio::io_context&)> start)
{
    auto context = std::make_unique<asio::io_context>(1);
    start(*context);
    auto const deadline = std::chrono::steady_clock::now() + 30s;
    bool is_ready = false;
    while (!(is_ready = ready()) && std::chrono::steady_clock::now() < deadline)
        context->run_one_for(1s);
    CHECK(is_ready);
    context.reset();
}

void spawn(asio::io_context& context, awaitable<void> task)
{
    asio::co_spawn(context, std::move(task), [](std::exception_ptr error) {
        if (error)
            std::rethrow_exception(error);
    });
}

} // namespace

TEST_CASE("an io_context may be destroyed while a call waits for its reply")
{
    bool parked = false;
    destroy_when([&] { return parked; },
        [&](asio::io_context& context) {
            spawn(context, [](bool& ready) -> awaitable<void> {
                auto conn = co_await pg::connect(shared_options());
                ready = true;
                co_await conn.execute("SELECT pg_sleep(100)");
                FAIL("resumed");
            }(parked));
        });
}

TEST_CASE("an io_context may be destroyed while calls wait for their turn")
{
    bool parked = false;
    destroy_when([&] { return parked; },
        [&](asio::io_context& context) {
            spawn(context, [](bool& ready) -> awaitable<void> {
                auto conn = co_await pg::connect(shared_options().pipeline_depth(1));
                ready = true;
                co_await pg::gather(conn.execute("SELECT pg_sleep(100)"), conn.fetch("SELECT 1"),
                    conn.fetch("SELECT 1"), conn.fetch_value<int>("SELECT 2"));
                FAIL("resumed");
            }(parked));
        });
}

TEST_CASE("an io_context may be destroyed while a connection is being made")
{
    false_server silent{[](int peer) { false_server::wait_for_end(peer); }};
    int turns = 0;
    auto const stop_after = GENERATE(0, 1, 2, 3);
    destroy_when([&] { return turns++ == stop_after; },
        [&](asio::io_context& context) {
            spawn(context, [](std::uint16_t port) -> awaitable<void> {
                co_await pg::connect(pg::options{}.host("localhost").port(port).user("x"));
                FAIL("resumed");
            }(silent.port()));
        });
}

TEST_CASE("an io_context may be destroyed within a transaction and a stream")
{
    bool parked = false;
    destroy_when([&] { return parked; },
        [&](asio::io_context& context) {
            spawn(context, [](bool& ready) -> awaitable<void> {
                auto conn = co_await pg::connect(shared_options());
                co_await conn.transaction([&](pg::transaction& tx) -> awaitable<void> {
                    auto nested = co_await tx.begin();
                    auto rows = co_await nested.stream<int>(
                        "SELECT CASE WHEN g = 100000 THEN length(pg_sleep(100)::text) ELSE g END "
                        "FROM generate_series(1, 100000) g");
                    co_await rows.next();
                    ready = true;
                    while (co_await rows.next())
                        ;
                    FAIL("resumed");
                });
            }(parked));
        });
}

TEST_CASE("an io_context may be destroyed while a call waits for a piece of an argument")
{
    // Waiting for the piece; and, when its call was given up, for the source's end.
    bool const given_up = GENERATE(false, true);
    bool parked = false;
    asio::cancellation_signal stop;
    destroy_when([&] { return parked; },
        [&](asio::io_context& context) {
            auto const source = [&parked, &stop,
                                    given_up]() -> awaitable<std::optional<std::string>> {
                co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
                if (given_up)
                    stop.emit(asio::cancellation_type::terminal);
                asio::steady_timer soon{co_await asio::this_coro::executor, 100ms};
                co_await soon.async_wait(asio::use_awaitable);
                parked = true;
                soon.expires_after(100s);
                co_await soon.async_wait(asio::use_awaitable);
                co_return std::nullopt;
            };
            auto caller = [](auto from) -> awaitable<void> {
                auto conn = co_await pg::connect(shared_options());
                co_await conn.execute("SELECT $1::bytea", pg::chunks(10, from));
                FAIL("resumed");
            };
            asio::co_spawn(context, caller(source),
                asio::bind_cancellation_slot(
                    stop.slot(), [](std::exception_ptr) { FAIL("resumed"); }));
        });
}

TEST_CASE("an io_context may be destroyed with a stream that is paused")
{
    bool parked = false;
    destroy_when([&] { return parked; },
        [&](asio::io_context& context) {
            spawn(context, [](bool& ready) -> awaitable<void> {
                auto conn = co_await pg::connect(shared_options());
                auto rows = co_await conn.stream<std::string_view>(
                    "SELECT repeat('x', 1000) FROM generate_series(1, 100000)");
                asio::steady_timer timer{co_await asio::this_coro::executor, 200ms};
                co_await timer.async_wait(asio::use_awaitable);
                ready = true;
                timer.expires_after(100s);
                co_await timer.async_wait(asio::use_awaitable);
            }(parked));
        });
}

TEST_CASE("an io_context may be destroyed with a connection that is closing")
{
    bool parked = false;
    destroy_when([&] { return parked; },
        [&](asio::io_context& context) {
            spawn(context, [](bool& ready) -> awaitable<void> {
                auto conn = co_await pg::connect(shared_options());
                ready = true;
                co_await pg::gather(conn.execute("SELECT pg_sleep(100)"), conn.close());
            }(parked));
        });
}

TEMPLATE_TEST_CASE("an io_context may be destroyed with callers waiting for a pool", "", pg::pool,
    pg::thread_safe_pool)
{
    bool parked = false;
    destroy_when([&] { return parked; },
        [&](asio::io_context& context) {
            spawn(context, [](bool& ready) -> awaitable<void> {
                TestType pool{co_await asio::this_coro::executor, shared_options(),
                    {.min_size = 0, .max_size = 1}};
                auto lease = co_await pool.acquire(); // given back while others are dropped
                ready = true;
                co_await pg::gather(pool.acquire(), pool.fetch("SELECT 1"), pool.close());
                FAIL("resumed");
            }(parked));
        });
}

TEST_CASE("an io_context may be destroyed with finished calls that nobody was told of")
{
    // Every turn of the loop is a place to stop.
    for (int stop_after = 0; stop_after < 40; ++stop_after) {
        int turns = 0;
        destroy_when([&] { return turns++ == stop_after; },
            [&](asio::io_context& context) {
                spawn(context, []() -> awaitable<void> {
                    auto conn = co_await pg::connect(shared_options());
                    for (;;) {
                        co_await pg::gather(conn.fetch("SELECT 1"), conn.execute("SELECT 2"));
                        auto tx = co_await conn.begin();
                        co_await tx.execute("SELECT 3");
                    }
                }());
            });
    }
}

TEST_CASE("an io_context may be destroyed while listeners, locks, cursors and limits are there")
{
    bool parked = false;
    destroy_when([&] { return parked; },
        [&](asio::io_context& context) {
            spawn(context, [](bool& ready) -> awaitable<void> {
                auto conn = co_await pg::connect(shared_options().command_timeout(100s));
                conn.on_notice([](pg::server_message const&) {});
                conn.trace(std::make_shared<pg::tracer>());
                auto events = co_await conn.listen("destroyed");
                auto const lock = co_await conn.advisory_lock(4711);
                auto const cursor = co_await conn.cursor<int>("SELECT 1");
                auto const listen = [&]() -> awaitable<void> { (void)co_await events.next(); };
                auto const retry = [&]() -> awaitable<void> {
                    auto other = co_await pg::connect(shared_options());
                    auto const fails = [](pg::transaction& tx) -> awaitable<void> {
                        co_await tx.execute("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$");
                    };
                    co_await other.transaction(pg::retry(9).backoff(100s, 100s), fails);
                };
                auto const call = [&]() -> awaitable<void> {
                    co_await conn.execute("SELECT pg_sleep(0.05)"); // until the retry waits
                    ready = true;
                    co_await pg::within(100s, conn.execute("SELECT pg_sleep(100)"));
                };
                co_await pg::gather(listen(), retry(), call());
                FAIL("resumed");
            }(parked));
        });
}

TEST_CASE("a connection outside of its coroutine may go before its io_context")
{
    auto context = std::make_unique<asio::io_context>(1);
    std::optional<pg::connection> conn;
    spawn(*context, [](std::optional<pg::connection>& out) -> awaitable<void> {
        out.emplace(co_await pg::connect(shared_options()));
        co_await out->execute("SELECT pg_sleep(100)");
    }(conn));
    while (!conn)
        context->run_one();
    context->poll();
    conn.reset();
    CHECK_THROWS_AS(context->run(), pg::connection_lost);
}
