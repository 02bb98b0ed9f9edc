// A program of somebody else's, that only has the library's headers.

#include <pgcoro/pgcoro.hpp>
#include <pgcoro/testing/temporary_server.hpp>

#include <asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace pg = pgcoro;

asio::awaitable<void> query(std::string where)
{
    auto conn = co_await pg::connect(where);
    std::cout << "PostgreSQL " << conn.server_version() << " says "
              << co_await conn.fetch_value<int>("SELECT 41 + $1", 1) << '\n';
    co_await conn.close();
}

int main()
{
    try {
        pg::temporary_server server;
        asio::io_context context;
        asio::co_spawn(context, query(server.connection_string()), [](std::exception_ptr error) {
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
