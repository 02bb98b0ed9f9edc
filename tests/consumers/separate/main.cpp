// One file of a program of several: it uses what another one compiles.

#include <pgcoro/pgcoro.hpp>
#include <pgcoro/testing/temporary_server.hpp>

#include <asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace pg = pgcoro;

struct sum
{
    int a;
    std::string b;
};

template <class Pool>
asio::awaitable<void> share(std::string where)
{
    auto const executor = co_await asio::this_coro::executor;
    Pool pool{executor, where};
    auto const row = co_await pool.template fetch_row<sum>("SELECT 41 + $1 AS a, 'x' AS b", 1);
    {
        auto lease = co_await pool.acquire();
        co_await lease->execute("SELECT $1", row->b);
    }
    co_await pool.close();
}

template <class Connection>
asio::awaitable<void> query(std::string where)
{
    auto conn = co_await pg::connect<Connection>(where);
    std::cout << "PostgreSQL " << conn.server_version() << " says ";
    auto tx = co_await conn.begin();
    for (auto const& each : co_await tx.fetch("SELECT 41 + $1", 1))
        std::cout << each << '\n';
    co_await tx.commit();
    {
        auto undone = co_await conn.begin();
    }
    co_await conn.close();
}

asio::awaitable<void> run(std::string where)
{
    co_await query<pg::connection>(where);
    co_await query<pg::thread_safe_connection>(where);
    co_await share<pg::pool>(where);
    co_await share<pg::thread_safe_pool>(where);
}

int main()
{
    try {
        pg::temporary_server server;
        asio::io_context context;
        asio::co_spawn(context, run(server.connection_string()), [](std::exception_ptr error) {
            if (error)
                std::rethrow_exception(error);
        });
        context.run();
        return 0;
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
