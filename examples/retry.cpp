// A transaction that is run again when it collides with another: two tellers move money between
// the same accounts, serializably. PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE say where the
// server is.

#include <pgcoro/pgcoro.hpp>

#include <asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>

namespace pg = pgcoro;
using asio::awaitable;
using namespace std::chrono_literals;

awaitable<void> teller(pg::connection& conn, int from, int to, int& tries)
{
    for (int i = 0; i < 20; ++i) {
        // Run again from its beginning: so it must not do what can't be done twice.
        auto move_one = [&](pg::transaction& tx) -> awaitable<void> {
            ++tries;
            auto const sum =
                co_await tx.fetch_value<std::int64_t>("SELECT sum(balance) FROM accounts");
            if (sum != 200)
                throw std::runtime_error{"money has come or gone"};
            co_await tx.execute("UPDATE accounts SET balance = balance - 1 WHERE id = $1", from);
            co_await tx.execute("UPDATE accounts SET balance = balance + 1 WHERE id = $1", to);
        };
        co_await conn.transaction(
            pg::retry(100, pg::isolation::serializable).backoff(1ms, 50ms), move_one);
    }
}

awaitable<void> run()
{
    auto conn = co_await pg::connect(pg::options::from_environment());
    co_await conn.execute("CREATE TABLE accounts (id int PRIMARY KEY, balance int)");
    co_await conn.execute("INSERT INTO accounts VALUES (1, 100), (2, 100)");
    auto other = co_await pg::connect(pg::options::from_environment());
    int tries = 0;
    co_await pg::gather(teller(conn, 1, 2, tries), teller(other, 2, 1, tries));
    std::cout << "40 transactions" << (tries > 40 ? ", some of which had to be tried again" : "")
              << '\n';
    for (auto const& row : co_await conn.fetch("SELECT * FROM accounts ORDER BY id"))
        std::cout << row << '\n';
    co_await conn.execute("DROP TABLE accounts");
    co_await pg::gather(conn.close(), other.close());
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
