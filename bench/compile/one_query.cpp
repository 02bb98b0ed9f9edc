// Connects and runs one query. Further ones are generated from what stands between the two marks.

#include <pgcoro/pgcoro.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <iostream>
#include <string>

// begin
struct row_1
{
    int id;
    std::string name;
    std::int64_t balance_1;
};

asio::awaitable<void> query_1(pgcoro::connection& connection)
{
    auto const rows =
        co_await connection.fetch<row_1>("SELECT id, name, balance_1 FROM t WHERE id = $1", 1);
    for (auto const& row : rows)
        std::cout << row.id << row.name << row.balance_1;
}
// end

asio::awaitable<void> run(std::string uri)
{
    auto connection = co_await pgcoro::connect(uri);
    co_await query_1(connection);
    co_await connection.close();
}

int main(int, char** argv)
{
    asio::io_context context{1};
    asio::co_spawn(context, run(argv[1]), asio::detached);
    context.run();
}
