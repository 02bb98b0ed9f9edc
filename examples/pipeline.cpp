// Statements of different kinds in one round trip: all or nothing, or each for itself. PGHOST,
// PGPORT, PGUSER, PGPASSWORD and PGDATABASE say where the server is.

#include <pgcoro/pgcoro.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

namespace pg = pgcoro;
using asio::awaitable;

struct item
{
    int id;
    std::string name;
};

awaitable<void> run()
{
    auto conn = co_await pg::connect(pg::options::from_environment());
    co_await conn.execute("CREATE TEMP TABLE items (id int PRIMARY KEY, name text)");

    // One Sync, one transaction.
    auto [tag, count, items] = co_await conn.run(
        pg::pipeline{}
            .execute("INSERT INTO items VALUES ($1, $2), ($3, $4)", 1, "a pen", 2, "a cup")
            .fetch_value<std::int64_t>("SELECT count(*) FROM items")
            .fetch<item>("SELECT * FROM items WHERE id > $1", 1));
    std::cout << tag << ", " << count << " items, the last one is " << items.back().name << '\n';

    try {
        co_await conn.run(pg::pipeline{}
                              .execute("DELETE FROM items")
                              .execute("INSERT INTO items VALUES ($1, $2)", 3, "a lamp")
                              .execute("SELECT 1 / $1", 0));
    } catch (pg::division_by_zero const& error) {
        std::cout << error.what() << '\n'; // which statement it was; nothing is deleted
    }

    // A Sync each: what fails, fails alone.
    auto [again, lamp] =
        co_await conn.run_each(pg::pipeline{}
                                   .execute("INSERT INTO items VALUES ($1, $2)", 1, "a pen")
                                   .execute("INSERT INTO items VALUES ($1, $2)", 3, "a lamp"));
    std::cout << (again ? "a second pen" : "no second pen") << ", "
              << (lamp ? "but a lamp" : "and no lamp") << '\n';

    // As many as there are.
    pg::batch renames;
    for (int id = 1; id <= 3; ++id)
        renames.add("UPDATE items SET name = upper(name) WHERE id = $1", id);
    co_await conn.run(std::move(renames));
    for (auto const& row : co_await conn.fetch("SELECT * FROM items ORDER BY id"))
        std::cout << row << '\n';
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
