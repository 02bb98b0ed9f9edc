// Nine small programs against one server: connect, create, insert, fetch, two queries at once on
// one connection, a pool, transactions that commit and fail, typed rows. One function is one
// program; they run one after the other. PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE say
// where the server is.

#include <pgcoro/pgcoro.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <tuple>

namespace pg = pgcoro;
using asio::awaitable;

std::string variable(char const* name, char const* otherwise)
{
    char const* const value = std::getenv(name);
    return value != nullptr ? value : otherwise;
}

pg::options server()
{
    return pg::options{}
        .host(variable("PGHOST", "localhost"))
        .port(static_cast<std::uint16_t>(std::stoi(variable("PGPORT", "5432"))))
        .user(variable("PGUSER", "postgres"))
        .database(variable("PGDATABASE", "postgres"))
        .password(variable("PGPASSWORD", ""));
}

awaitable<void> connect()
{
    auto conn = co_await pg::connect(server());
    std::cout << "Connected! Postgres version is " << conn.server_version() << '\n';
    co_await conn.close();
}

awaitable<void> create_table()
{
    auto conn = co_await pg::connect(server());
    std::cout << co_await conn.execute("CREATE TABLE IF NOT EXISTS users ("
                                       "user_id SERIAL PRIMARY KEY, "
                                       "first_name TEXT NOT NULL, "
                                       "last_name TEXT NOT NULL)")
              << '\n';
    co_await conn.close();
}

awaitable<void> insert()
{
    auto conn = co_await pg::connect(server());
    auto const sql = "INSERT INTO users VALUES (DEFAULT, $1, $2)";
    std::cout << co_await conn.execute(sql, "Tomas", "Svojanovsky") << '\n';
    std::cout << co_await conn.execute(sql, "John", "Doe") << '\n';
    co_await conn.close();
}

awaitable<void> fetch()
{
    auto conn = co_await pg::connect(server());
    for (auto const& row :
        co_await conn.fetch("SELECT user_id, first_name, last_name FROM users ORDER BY user_id"))
        std::cout << row << '\n';
    co_await conn.close();
}

awaitable<void> two_at_once_on_one_connection()
{
    auto conn = co_await pg::connect(server());
    auto const sql = "SELECT user_id, first_name, last_name FROM users WHERE user_id = $1";
    auto const [first, second] =
        co_await pg::gather(conn.fetch_row(sql, 1), conn.fetch_row(sql, 2));
    std::cout << *first << '\n' << *second << '\n';

    // While somebody owns the connection, calls that don't go through the owner are refused.
    auto rows = co_await conn.stream<std::tuple<int>>("SELECT generate_series(1, 1000)");
    try {
        co_await conn.fetch_row(sql, 1);
    } catch (pg::operation_in_progress const& error) {
        std::cout << error.what() << '\n';
    }
    std::size_t count = 0;
    while (auto const batch = co_await rows.next())
        count += batch->size();
    std::cout << "the stream went on to its end: " << count << " rows\n";

    {
        auto tx = co_await conn.begin();
        try {
            co_await conn.fetch_row(sql, 1);
        } catch (pg::operation_in_progress const& error) {
            std::cout << error.what() << '\n';
        }
        std::cout << "the transaction went on: " << *co_await tx.fetch_row(sql, 1) << '\n';
        co_await tx.commit();
    }
    co_await conn.close();
}

awaitable<void> pool()
{
    pg::pool pool{co_await asio::this_coro::executor, server(), {.min_size = 10, .max_size = 10}};
    auto const sql =
        "SELECT user_id, first_name, last_name, pg_backend_pid() FROM users WHERE user_id = $1";
    auto const [first, second] =
        co_await pg::gather(pool.fetch_row(sql, 1), pool.fetch_row(sql, 2));
    for (auto const* row : {&*first, &*second})
        std::cout << (*row)[0] << ' ' << (*row)[1] << ' ' << (*row)[2] << '\n';
    bool const own = first->get<int>("pg_backend_pid") != second->get<int>("pg_backend_pid");
    std::cout << (own ? "each on its own connection" : "both on one connection") << '\n';
    co_await pool.close();
}

awaitable<void> transaction_that_commits()
{
    auto conn = co_await pg::connect(server());
    co_await conn.transaction([](pg::transaction& tx) -> awaitable<void> {
        co_await tx.execute("INSERT INTO users VALUES (DEFAULT, 'Ada', 'Lovelace')");
        co_await tx.execute("INSERT INTO users VALUES (DEFAULT, 'Grace', 'Hopper')");
    });
    for (auto const& row : co_await conn.fetch("SELECT * FROM users ORDER BY user_id"))
        std::cout << row << '\n';
    co_await conn.close();
}

awaitable<void> transaction_that_fails()
{
    auto conn = co_await pg::connect(server());
    try {
        co_await conn.transaction([](pg::transaction& tx) -> awaitable<void> {
            co_await tx.execute("INSERT INTO users VALUES (9, 'Not', 'Kept')");
            co_await tx.execute("INSERT INTO users VALUES (1, 'Tomas', 'Svojanovsky')");
        });
    } catch (pg::unique_violation const& error) {
        std::cout << error.what() << '\n';
    }
    auto const kept =
        co_await conn.fetch_value<bool>("SELECT EXISTS (SELECT FROM users WHERE user_id = 9)");
    std::cout << (kept ? "the row was kept" : "the row is not there, the connection works") << '\n';
    co_await conn.close();
}

struct user
{
    int user_id;
    std::string first_name;
    std::string last_name;
};

awaitable<void> typed_rows()
{
    auto conn = co_await pg::connect(server());
    auto const sql = "SELECT user_id, first_name, last_name FROM users ORDER BY user_id";
    for (auto const& each : co_await conn.fetch<user>(sql))
        std::cout << each.user_id << ' ' << each.first_name << ' ' << each.last_name << '\n';
    for (auto const& [id, first, last] :
        co_await conn.fetch<std::tuple<int, std::string, std::string>>(sql))
        std::cout << id << ' ' << first << ' ' << last << '\n';
    std::cout << co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM users") << '\n';
    co_await conn.close();
}

awaitable<void> all()
{
    int number = 0;
    for (auto const program : {connect, create_table, insert, fetch, two_at_once_on_one_connection,
             pool, transaction_that_commits, transaction_that_fails, typed_rows}) {
        std::cout << "-- " << ++number << '\n';
        co_await program();
    }
}

int main()
{
    asio::io_context context{1};
    int status = 0;
    asio::co_spawn(context, all(), [&](std::exception_ptr error) {
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
