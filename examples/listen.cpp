// Notifications: one coroutine listens on an idle connection, another one sends; then a listener
// whose connection is lost makes another one. PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE say
// where the server is.

#include <pgcoro/client/listener.hpp>
#include <pgcoro/pgcoro.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

namespace pg = pgcoro;
using asio::awaitable;

awaitable<void> listen(pg::connection& conn)
{
    auto orders = co_await conn.listen("orders");
    std::cout << "listening\n";
    for (;;) {
        auto const event = co_await orders.next(); // no thread, no polling
        std::cout << event.channel << ": " << event.payload << '\n';
        if (event.payload == "the last one")
            co_return; // the listener's end is the UNLISTEN
    }
}

awaitable<void> send(pg::connection& conn)
{
    for (int id = 1; id <= 3; ++id)
        co_await conn.notify("orders", "order " + std::to_string(id));
    co_await conn.transaction([](pg::transaction& tx) -> awaitable<void> {
        co_await tx.notify("orders", "the last one"); // sent with the COMMIT
    });
}

awaitable<void> survive(pg::connection& conn)
{
    pg::listener events{co_await asio::this_coro::executor, pg::options::from_environment()};
    co_await events.listen("orders");
    auto const victim = events.connection().server_pid();
    co_await conn.execute("SELECT pg_terminate_backend($1::int)", victim);
    while ((co_await events.next()).missed == nullptr) {
    }
    std::cout << "there was a gap: what orders say must be read anew\n";
    co_await conn.notify("orders", "after the gap");
    auto const event = co_await events.next();
    std::cout << event.message.channel << ": " << event.message.payload << '\n';
    co_await events.close();
}

awaitable<void> run()
{
    auto listening = co_await pg::connect(pg::options::from_environment());
    auto sending = co_await pg::connect(pg::options::from_environment());
    listening.on_notice([](pg::server_message const& notice) {
        std::cout << notice.severity << ": " << notice.message << '\n';
    });
    co_await listening.execute("DO $$ BEGIN RAISE NOTICE 'a notice arrives, too'; END $$");
    auto send_when_ready = [&]() -> awaitable<void> {
        while (co_await listening.fetch_value<std::int64_t>(
                   "SELECT count(*) FROM pg_listening_channels()") == 0) {
        }
        co_await send(sending);
    };
    co_await pg::gather(listen(listening), send_when_ready());
    co_await survive(sending);
    co_await pg::gather(listening.close(), sending.close());
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
