#include "pooler.hpp"
#include "run.hpp"

#include <map>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;

namespace {

struct person
{
    int id;
    std::string name;
};

/// What everybody does with a connection, pipelined and in transactions. `table` must be new.
template <class Connection>
awaitable<void> use(Connection& conn, std::string const& table)
{
    co_await conn.execute("CREATE TABLE " + table + " (id int, name text)");
    std::string const insert = "INSERT INTO " + table + " VALUES ($1, $2)";
    for (int i = 0; i < 5; ++i)
        co_await conn.execute(insert, i, table + " name " + std::to_string(i));
    std::string const all = "SELECT id, name FROM " + table + " WHERE id < $1 ORDER BY id";
    for (int i = 0; i < 3; ++i) {
        auto const by_name = co_await conn.template fetch<person>(all, 4);
        check_equal(by_name.size(), 4U);
        check_equal(by_name[3].name, table + " name 3");
        auto const records = co_await conn.fetch(all, 2);
        check_equal(records.size(), 2U);
        auto const first = co_await conn.template fetch_row<std::tuple<int, std::string>>(all, 1);
        check_equal(std::get<1>(first.value()), table + " name 0");
        check_equal(co_await conn.template fetch_value<int>("SELECT $1::int + 1", i), i + 1);
    }
    auto const text = co_await error_of<pg::syntax_error>(conn.template fetch<person>("SELEC"));
    check(!text.empty());
    co_await error_of<pg::undefined_table>(conn.execute("SELECT FROM no_such_table"));
    auto [a, b, c] = co_await pg::gather(conn.template fetch<person>(all, 1),
        conn.template fetch_value<int>("SELECT 7"), conn.template fetch_one<person>(all, 1));
    check_equal(a.size(), 1U);
    check_equal(b, 7);
    check_equal(c.name, table + " name 0");
    std::vector<std::tuple<int, std::string>> const more{{10, "ten"}, {11, "eleven"}};
    co_await conn.execute_many(insert, more);
    std::vector<int> const limits{1, 2};
    auto const many = co_await conn.template fetch_many<person>(all, limits);
    check_equal(many.size(), 3U);
    co_await conn.execute("DELETE FROM " + table + " WHERE id >= 10");
    auto rows = co_await conn.template stream<person>(all, 4);
    std::size_t streamed = 0;
    while (auto batch = co_await rows.next())
        streamed += batch->size();
    check_equal(streamed, 4U);
    co_await conn.transaction([&](auto& tx) -> awaitable<void> {
        co_await tx.execute("UPDATE " + table + " SET name = 'x' WHERE id = $1", 0);
        auto const changed = co_await tx.template fetch_one<person>(all, 1);
        check_equal(changed.name, "x");
    });
    check_equal(co_await conn.template fetch_value<int>("SELECT count(*)::int FROM " + table), 5);
}

} // namespace

TEST_CASE("behind PgBouncer in session mode all works as without it")
{
    if (find_pooler("pgbouncer").empty())
        return skip("PgBouncer is not installed");
    pgbouncer const middle{shared_server(), "session"};
    run([&]() -> awaitable<void> {
        for (std::string const table : {"pooled_session_1", "pooled_session_2"}) {
            auto conn = co_await pg::connect(
                pg::options{}.host(middle.host()).user("postgres").application_name("pooled"));
            co_await use(conn, table);
            co_await conn.close();
        }
    });
}

TEST_CASE("behind PgBouncer in transaction mode transaction_pooler() lets connections share one")
{
    if (find_pooler("pgbouncer").empty())
        return skip("PgBouncer is not installed");
    pgbouncer const middle{shared_server(), "transaction"};
    auto const to = pg::options{}.host(middle.host()).user("postgres").transaction_pooler();
    run([&]() -> awaitable<void> {
        std::vector<pg::connection> all;
        for (int i = 0; i < 6; ++i)
            all.push_back(co_await pg::connect(to));
        // All at once over the one connection to the server, flight by flight.
        auto work = [&](int i) -> awaitable<void> {
            for (int round = 0; round < 2; ++round) {
                std::string const table =
                    "pooled_" + std::to_string(i) + '_' + std::to_string(round);
                co_await use(all[static_cast<std::size_t>(i)], table);
            }
        };
        std::vector<awaitable<void>> running;
        for (int i = 0; i < 6; ++i)
            running.push_back(work(i));
        co_await pg::gather(std::move(running));
        std::map<int, int> processes;
        for (auto& conn : all)
            ++processes[co_await conn.fetch_value<int>("SELECT pg_backend_pid()")];
        check_equal(processes.size(), 1U);
    });
}

TEST_CASE("what would need a session of its own is refused behind a pooler in transaction mode")
{
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(shared_options().transaction_pooler());
        check_that(co_await error_of<pg::options_error>(conn.prepare("SELECT 1")),
            ContainsSubstring("transaction_pooler()"));
        check_that(co_await error_of<pg::options_error>(conn.listen("news")),
            ContainsSubstring("LISTEN needs a session of its own"));
        check_that(co_await error_of<pg::options_error>(conn.advisory_lock(5)),
            ContainsSubstring("an advisory lock needs a session of its own"));
        check_that(co_await error_of<pg::options_error>(conn.try_advisory_lock(5)),
            ContainsSubstring("transaction_pooler()"));
        check(!co_await conn.fetch_value<bool>(
            "SELECT EXISTS(SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = "
            "pg_backend_pid())"));
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("who forgets transaction_pooler() is told of it")
{
    if (find_pooler("pgbouncer").empty())
        return skip("PgBouncer is not installed");
    pgbouncer const middle{shared_server(), "transaction"};
    auto const to = pg::options{}.host(middle.host()).user("postgres");
    run([&]() -> awaitable<void> {
        auto first = co_await pg::connect(to);
        auto second = co_await pg::connect(to);
        co_await first.fetch_value<int>("SELECT $1::int", 1);
        check_that(
            co_await error_of<pg::server_error>(second.fetch_value<int>("SELECT $1::int", 2)),
            ContainsSubstring("transaction_pooler()"));
    });
}

TEST_CASE("a pool works behind PgBouncer in transaction mode")
{
    if (find_pooler("pgbouncer").empty())
        return skip("PgBouncer is not installed");
    pgbouncer const middle{shared_server(), "transaction"};
    auto const to = pg::options{}.host(middle.host()).user("postgres").transaction_pooler();
    run([&]() -> awaitable<void> {
        pg::pool pool{co_await asio::this_coro::executor, to, {.min_size = 2, .max_size = 4}};
        auto one = [&](int i) -> awaitable<int> {
            auto const row =
                co_await pool.fetch_one<person>("SELECT $1::int AS id, 'n' AS name", i);
            co_return row.id;
        };
        std::vector<awaitable<int>> running;
        for (int i = 0; i < 50; ++i)
            running.push_back(one(i));
        auto const ids = co_await pg::gather(std::move(running));
        for (int i = 0; i < 50; ++i)
            check_equal(ids[static_cast<std::size_t>(i)], i);
        co_await pool.close();
    });
}

TEST_CASE("behind Pgpool-II all works as without it")
{
    if (find_pooler("pgpool").empty())
        return skip("Pgpool-II is not installed");
    pgpool const middle{shared_server()};
    run([&]() -> awaitable<void> {
        for (std::string const table : {"pgpooled_1", "pgpooled_2"}) {
            auto conn = co_await pg::connect(pg::options{}.host(middle.host()).user("postgres"));
            co_await use(conn, table);
            co_await conn.close();
        }
    });
}
