// Giving up: by a time limit for one call, for a piece of work, or because something else was
// faster. The statement is cancelled at the server, and the connection stays usable. PGHOST,
// PGPORT, PGUSER, PGPASSWORD and PGDATABASE say where the server is.

#include <pgcoro/pgcoro.hpp>

#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <string>

namespace pg = pgcoro;
using asio::awaitable;
using namespace std::chrono_literals;

awaitable<void> sleep(std::chrono::milliseconds time)
{
    asio::steady_timer timer{co_await asio::this_coro::executor};
    timer.expires_after(time);
    co_await timer.async_wait(asio::use_awaitable);
}

awaitable<void> one_call(pg::connection& conn)
{
    try {
        co_await conn.with(pg::timeout(50ms)).execute("SELECT pg_sleep(60)");
    } catch (pg::timeout_error const& error) {
        std::cout << error.what() << '\n'; // timed out after 50 ms: SELECT pg_sleep(60)
    }
}

awaitable<void> work(pg::connection& conn)
{
    co_await conn.transaction([](pg::transaction& tx) -> awaitable<void> {
        co_await tx.execute("SELECT 1");
        co_await tx.execute("SELECT pg_sleep(60)");
    });
}

awaitable<void> a_piece_of_work(pg::connection& conn)
{
    try {
        co_await pg::within(50ms, work(conn)); // the transaction is rolled back
    } catch (pg::timeout_error const& error) {
        std::cout << error.what() << '\n'; // timed out after 50 ms
    }
}

awaitable<void> whichever_is_faster(pg::connection& conn)
{
    using namespace asio::experimental::awaitable_operators;
    auto const first = co_await (conn.execute("SELECT pg_sleep(60)") || sleep(50ms));
    std::cout << (first.index() == 0 ? "the query" : "the clock") << " was faster\n";
}

awaitable<void> run()
{
    auto conn = co_await pg::connect(pg::options::from_environment());
    co_await one_call(conn);
    co_await a_piece_of_work(conn);
    co_await whichever_is_faster(conn);
    std::cout << co_await conn.fetch_value<std::string>("SELECT 'the same connection, usable'")
              << '\n';
    co_await conn.close();
}

int main()
{
    asio::io_context context{1};
    int status = 0;
    asio::co_spawn(context, run(), [&](std::exception_ptr error) {
        try {
            if (error)
                std::rethrow_exception(error);
        } catch (std::exception const& what) {
            std::cerr << what.what() << '\n';
            status = 1;
        }
    });
    context.run();
    return status;
}
