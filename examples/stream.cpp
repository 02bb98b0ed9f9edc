// A result of any size in constant memory, and what becomes of the rest when enough has been seen.
// PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE say where the server is.

#include <pgcoro/pgcoro.hpp>

#include <asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string_view>

namespace pg = pgcoro;
using asio::awaitable;

struct reading
{
    std::int64_t n;
    std::string_view text; // points into the batch
};

awaitable<void> run()
{
    auto conn = co_await pg::connect(pg::options::from_environment());
    {
        std::size_t rows = 0;
        std::size_t bytes = 0;
        auto readings = co_await conn.stream<reading>(
            "SELECT n, repeat('x', 100) AS text FROM generate_series(1, $1) n", 1'000'000);
        while (auto batch = co_await readings.next())
            for (reading const& each : *batch) {
                ++rows;
                bytes += each.text.size();
            }
        std::cout << rows << " rows, " << bytes << " bytes\n";
    }
    {
        auto readings =
            co_await conn.stream<std::int64_t>("SELECT n FROM generate_series(1, 1000000) n");
        std::int64_t last = 0;
        while (auto batch = co_await readings.next()) {
            last = batch->back();
            if (last > 1000)
                break;
        }
        std::cout << "enough after " << (last < 1'000'000 ? "some of them" : "all") << '\n';
    } // The rest is read and dropped, or cancelled if it is long; the connection may be used at
      // once.
    std::cout << "and on: " << co_await conn.fetch_value<int>("SELECT 1 + 1") << '\n';
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
