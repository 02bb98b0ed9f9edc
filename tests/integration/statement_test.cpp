#include "run.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

struct user
{
    int user_id;
    std::string name;
};

awaitable<void> make_users(pg::connection& conn)
{
    co_await conn.execute(
        "CREATE TEMP TABLE users (user_id bigint PRIMARY KEY, name text NOT NULL);"
        "INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cid')");
}

/// How many statements the server keeps under names of ours, but for the one that asks: without
/// arguments it is not prepared.
awaitable<std::int64_t> kept_statements(pg::connection& conn)
{
    co_return co_await conn.fetch_value<std::int64_t>(
        "SELECT count(*) - 1 FROM pg_prepared_statements WHERE name LIKE 'pgcoro%'");
}

struct small_user
{
    std::int64_t user_id;
    std::string name;
};

} // namespace

TEST_CASE("a prepared statement says what it takes and gives")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_users(conn);
        pg::statement const find =
            co_await conn.prepare("SELECT user_id, name, 1.5 AS n FROM users WHERE user_id = $1");
        check_equal(find.parameters().size(), 1);
        check(find.parameters()[0] == pg::oids::int8);
        check_equal(find.columns().size(), 3);
        check_equal(find.columns()[0].name, "user_id");
        check_equal(pg::type_name(find.columns()[1].type), "text");
        check(find.columns()[1].table_column == 2);
        check(find.columns()[2].table == pg::oid{});
        check(find.sql().starts_with("SELECT user_id"));
        check(bool(find));

        pg::statement const insert = co_await conn.prepare("INSERT INTO users VALUES ($1, $2)");
        check_equal(insert.parameters().size(), 2);
        check(insert.columns().empty());
    });
}

TEST_CASE("a prepared statement has every verb")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_users(conn);
        auto const from =
            co_await conn.prepare("SELECT * FROM users WHERE user_id >= $1 ORDER BY user_id");
        auto const users = co_await from.fetch<small_user>(2);
        check_equal(users.size(), 2);
        check_equal(users[1].name, "Cid");
        check_equal((co_await from.fetch(1)).size(), 3);
        auto const first = co_await from.fetch_row<small_user>(2);
        check_equal(first.value().name, "Bob");
        check(!(co_await from.fetch_row<small_user>(4)));
        check_equal((co_await from.fetch_one<small_user>(3)).name, "Cid");
        check_that(co_await error_of<pg::too_many_rows>(from.fetch_one<small_user>(1)),
            Catch::Matchers::ContainsSubstring("2 rows") ||
                Catch::Matchers::ContainsSubstring("3 rows"));
        check_equal(co_await from.fetch_one<std::tuple<std::int64_t, std::string>>(3),
            std::tuple{std::int64_t{3}, std::string{"Cid"}});

        auto const name = co_await conn.prepare("SELECT name FROM users WHERE user_id = $1");
        check_equal(co_await name.fetch_value<std::string>(1), "Ann");
        (void)co_await error_of<pg::no_rows>(name.fetch_value<std::string>(9));

        auto const add = co_await conn.prepare("INSERT INTO users VALUES ($1, $2)");
        check_equal(co_await add.execute(4, "Dan"), "INSERT 0 1");
        std::vector<user> const more{{5, "Eve"}, {6, "Fay"}};
        check_equal(co_await add.execute_many(more), 2);
        check_equal(co_await add.execute_many(std::vector<user>{}), 0);
        std::vector<int> const ids{6, 4};
        auto const names = co_await name.fetch_many<std::string>(ids);
        check_equal(names.size(), 2);
        check_equal(names[0], "Fay");

        auto rows = co_await from.stream<small_user>(3);
        std::size_t streamed = 0;
        while (auto batch = co_await rows.next())
            streamed += batch->size();
        check_equal(streamed, 4);

        pg::query_plan const plan = co_await from.explain(1);
        check(!plan.root().node_type.empty() && !plan.root().was_executed);
        check(plan.root().total_cost > 0);
        check_that(plan.raw(), Catch::Matchers::ContainsSubstring("\"Plan\""));
        pg::query_plan const taken = co_await name.explain_analyze(1);
        check(taken.root().was_executed && taken.execution_time().has_value());
        check_that(taken.to_string(), Catch::Matchers::ContainsSubstring("(actual time="));
    });
}

TEST_CASE("arguments go as the prepared statement's own types")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const numbers = co_await conn.prepare(
            "SELECT $1::int2::text || $2::int8::text || $3::float8::text || $4::numeric::text");
        check_equal(
            co_await numbers.fetch_value<std::string>(std::int64_t{1}, 2, 3, 4.5), "1234.5");
        check_equal(co_await numbers.fetch_value<std::string>("1", 2, "3", 4), "1234");
        check_equal(
            co_await numbers.fetch_value<std::optional<std::string>>(std::optional<int>{}, 2, 3, 4),
            std::optional<std::string>{});
        // The server's to refuse: as text nothing is cut off.
        (void)co_await error_of<pg::numeric_value_out_of_range>(
            numbers.fetch_value<std::string>(70'000, 2, 3, 4));
        (void)co_await error_of<pg::invalid_text_representation>(
            numbers.fetch_value<std::string>(1, 2.5, 3, 4));

        auto const any = co_await conn.prepare("SELECT 7 = ANY ($1::bigint[])");
        std::vector<int> const some{1, 7};
        check(co_await any.fetch_value<bool>(some));

        auto const at = co_await conn.prepare("SELECT $1::timestamp");
        std::chrono::sys_seconds const now{std::chrono::seconds{1'000'000'000}};
        check_that(co_await error_of<pg::encode_error>(at.execute(now)),
            Catch::Matchers::ContainsSubstring(
                "parameter $1: the statement takes timestamp, the argument would be "
                "timestamptz"));
        check_that(co_await error_of<pg::encode_error>(at.execute(true)),
            Catch::Matchers::ContainsSubstring("bool"));
        check_that(co_await error_of<pg::encode_error>(at.execute(pg::as_oid(pg::oids::int4, 1))),
            Catch::Matchers::ContainsSubstring("int4"));
        auto const day = std::chrono::sys_days{std::chrono::year{2024} / 2 / 29};
        check_equal(co_await conn.fetch_value<std::string>("SELECT '2024-02-29 00:00:00'"),
            co_await (co_await conn.prepare("SELECT $1::timestamp::text"))
                .fetch_value<std::string>(day));

        check_that(co_await error_of<pg::encode_error>(at.execute()),
            Catch::Matchers::ContainsSubstring("takes 1 parameter but 0 arguments were given"));
        check_that(co_await error_of<pg::encode_error>(at.execute("a", "b")),
            Catch::Matchers::ContainsSubstring("takes 1 parameter but 2 arguments were given"));
        std::vector<bool> const wrong{true};
        check_that(co_await error_of<pg::encode_error>(at.execute_many(wrong)),
            Catch::Matchers::ContainsSubstring("bool"));
    });
}

TEST_CASE("a prepared statement is closed when its last handle has gone")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        pg::statement kept;
        {
            auto const one = co_await conn.prepare("SELECT 1");
            auto const two = co_await conn.prepare("SELECT 1"); // a statement of its own
            kept = two;
            check_equal(co_await kept_statements(conn), 2);
        }
        check_equal(co_await kept_statements(conn), 1);
        check_equal(co_await kept.fetch_value<int>(), 1);
        auto late = kept.fetch_value<int>();
        kept = {};
        check_equal(co_await kept_statements(conn), 0);
        // Runs all the same, and leaves nothing behind.
        check_equal(co_await std::move(late), 1);
        check_equal(co_await kept_statements(conn), 0);
        (void)co_await error_of<pg::connection_lost>(kept.execute());
        check_that(co_await error_of<pg::syntax_error>(conn.prepare("SELEC 1")),
            Catch::Matchers::ContainsSubstring("SELEC"));
        check_equal(co_await kept_statements(conn), 0);
    });
}

TEST_CASE("a prepared statement outlives its connection quietly")
{
    run([]() -> awaitable<void> {
        pg::statement kept;
        {
            auto conn = co_await pg::connect(shared_options());
            kept = co_await conn.prepare("SELECT 1");
            co_await conn.close();
        }
        (void)co_await error_of<pg::connection_lost>(kept.execute());
    });
}

TEST_CASE("a prepared statement keeps to the connection's owner")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const outside = co_await conn.prepare("SELECT 1");
        pg::statement inside;
        {
            auto tx = co_await conn.begin();
            check_that(co_await error_of<pg::operation_in_progress>(outside.execute()),
                Catch::Matchers::ContainsSubstring("transaction"));
            check_equal(co_await outside.on(tx).fetch_value<int>(), 1);
            inside = co_await tx.prepare("SELECT 2");
            check_equal(co_await inside.fetch_value<int>(), 2);
            (void)co_await error_of<pg::operation_in_progress>(conn.prepare("SELECT 3"));
            co_await tx.commit();
        }
        check_that(co_await error_of<pg::transaction_lost>(inside.execute()),
            Catch::Matchers::ContainsSubstring("has ended"));
        check_equal(co_await inside.on(conn).fetch_value<int>(), 2);
        auto other = co_await pg::connect(shared_options());
        CHECK_THROWS_AS(inside.on(other), std::invalid_argument);
    });
}

TEST_CASE("a prepared statement may be used from any thread with a thread-safe connection")
{
    run([]() -> awaitable<void> {
        auto conn = co_await pg::connect<pg::thread_safe_connection>(shared_options());
        auto const twice = co_await conn.prepare("SELECT 2 * $1::int");
        check_equal(co_await twice.fetch_value<int>(21), 42);
    });
}

namespace {

struct pair_row
{
    int a;
    std::string b;
};

} // namespace

TEST_CASE("a statement whose table was changed by another session runs all the same")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto other = co_await pg::connect(shared_options());
        co_await conn.execute("CREATE TABLE changing (a int, b text); "
                              "INSERT INTO changing VALUES (1, 'one')");
        auto const sql = "SELECT * FROM changing WHERE a = $1";
        check_equal((co_await conn.fetch_one<pair_row>(sql, 1)).b, "one");
        auto const prepared = co_await conn.prepare(sql);

        co_await other.execute(
            "ALTER TABLE changing RENAME b TO c; ALTER TABLE changing ADD b text");
        check_equal((co_await conn.fetch(sql, 1)).description()->columns.size(), 3);
        check_equal((co_await prepared.fetch(1)).description()->columns.size(), 3);
        // What the caller expects of the columns is judged anew.
        co_await other.execute("ALTER TABLE changing DROP b");
        check_that(co_await error_of<pg::row_mismatch>(conn.fetch<pair_row>(sql, 1)),
            Catch::Matchers::ContainsSubstring("\"b\" is missing"));

        co_await other.execute("ALTER TABLE changing ALTER a TYPE bigint");
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT a FROM changing"), 1);
        auto rows = co_await prepared.stream(1);
        std::size_t streamed = 0;
        while (auto batch = co_await rows.next())
            streamed += batch->size();
        check_equal(streamed, 1);

        co_await other.execute("DROP TABLE changing");
        (void)co_await error_of<pg::undefined_table>(conn.fetch(sql, 1));
        (void)co_await error_of<pg::undefined_table>(prepared.fetch(1));
    });
}

TEST_CASE("a statement with a type that was made anew runs all the same")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto other = co_await pg::connect(shared_options());
        auto make = "CREATE TYPE remade AS ENUM ('x', 'y'); CREATE TABLE of_remade (v remade)";
        co_await conn.execute(make);
        auto const sql = "INSERT INTO of_remade VALUES ($1) RETURNING v::text";
        check_equal(co_await conn.fetch_value<std::string>(sql, "x"), "x");
        auto const prepared = co_await conn.prepare(sql);
        check_equal(co_await prepared.fetch_value<std::string>("x"), "x");
        co_await other.execute("DROP TABLE of_remade; DROP TYPE remade");
        co_await other.execute(make);
        check_equal(co_await conn.fetch_value<std::string>(sql, "y"), "y");
        check_equal(co_await prepared.fetch_value<std::string>("y"), "y");
        co_await other.execute("DROP TABLE of_remade; DROP TYPE remade");
    });
}

TEST_CASE("statements that were dropped behind the library's back are parsed again")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const sql = "SELECT $1::int + 1";
        auto const prepared = co_await conn.prepare(sql);
        for (std::string const drop :
            {"DISCARD ALL", "DEALLOCATE ALL", "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$"}) {
            check_equal(co_await conn.fetch_value<int>(sql, 1), 2);
            check_equal(co_await prepared.fetch_value<int>(1), 2);
            co_await conn.execute(drop);
            check_equal(co_await conn.fetch_value<int>(sql, 1), 2);
            check_equal(co_await prepared.fetch_value<int>(1), 2);
        }
        // Within a transaction the error stays, and says so; the next run is well.
        co_await conn.execute("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$");
        {
            auto tx = co_await conn.begin();
            check_that(
                co_await error_of<pg::invalid_sql_statement_name>(tx.fetch_value<int>(sql, 1)),
                Catch::Matchers::ContainsSubstring("it was part of a transaction"));
            co_await tx.rollback();
        }
        auto tx = co_await conn.begin();
        check_equal(co_await tx.fetch_value<int>(sql, 1), 2);
        co_await tx.commit();
    });
}

TEST_CASE("with(uncached) leaves nothing in the cache")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        check_equal(co_await conn.with(pg::uncached).fetch_value<int>("SELECT $1::int", 5), 5);
        auto const row =
            co_await conn.with(pg::uncached).fetch_one<pair_row>("SELECT 1 AS a, 'x' AS b");
        check_equal(row.b, "x");
        check_equal(co_await kept_statements(conn), 0);
        {
            auto tx = co_await conn.begin();
            check_equal(co_await tx.with(pg::uncached).fetch_value<int>("SELECT $1::int", 6), 6);
            co_await tx.commit();
        }
        check_equal(co_await kept_statements(conn), 0);
    });
}

TEST_CASE("another client_encoding ends the connection with a clear error")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        check_that(
            co_await error_of<pg::connection_lost>(conn.execute("SET client_encoding = 'LATIN1'")),
            Catch::Matchers::ContainsSubstring("client_encoding was set to LATIN1"));
        check(!conn.is_open());
    });
}

TEST_CASE("a prepared statement takes a time limit")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const sleep = co_await conn.prepare("SELECT pg_sleep($1)");
        check_that(co_await error_of<pg::timeout_error>(sleep.with(pg::timeout(20ms)).execute(30)),
            Catch::Matchers::ContainsSubstring("20 ms"));
        check_equal(co_await sleep.execute(0), "SELECT 1");
    });
}
