#include "run.hpp"

#include <pgcoro/core/error_text.hpp>

#include <optional>
#include <string>
#include <vector>

TEST_CASE("names become quoted text, values parameters")
{
    int const n = 7;
    CHECK(pg::sql("SELECT 1").text() == "SELECT 1");
    CHECK(pg::sql("{}", n).text() == "$1");
    CHECK(pg::sql("SELECT {} FROM {} WHERE {} = {}", pg::identifier("a"),
              pg::identifier("my schema", "Table\""), pg::identifier("b"), "x")
              .text() == R"(SELECT "a" FROM "my schema"."Table""" WHERE "b" = $1)");
    CHECK(pg::sql("'{{\"a\": {}}}'", n).text() == R"('{"a": $1}')");
    auto const part = pg::sql("x = {} OR y = {}", 1, 2);
    CHECK(pg::sql("a = {} AND ({}) AND b = {}", 0, part, 3).text() ==
          "a = $1 AND (x = $2 OR y = $3) AND b = $4");
    CHECK((part + pg::sql(" LIMIT {}", 4)).text() == "x = $1 OR y = $2 LIMIT $3");
}

TEST_CASE("texts that do not fit their arguments are refused")
{
    CHECK_THROWS_AS(pg::sql("{}"), pg::encode_error);
    CHECK_THROWS_AS(pg::sql("x", 1), pg::encode_error);
    CHECK_THROWS_AS(pg::sql("{} {}", 1), pg::encode_error);
    CHECK_THROWS_AS(pg::sql("{", 1), pg::encode_error);
    CHECK_THROWS_AS(pg::sql("a } b"), pg::encode_error);
    CHECK_THROWS_AS(pg::sql("{0}", 1), pg::encode_error);
}

TEST_CASE("SQL that was put together runs with its values")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute(R"(CREATE TEMP TABLE "Made up" (id int, "na""me" text))");
        pg::identifier const table{"Made up"};
        pg::identifier const column{"na\"me"};
        std::string const evil = "'; DROP TABLE x; --";
        check_equal(co_await conn.execute(pg::sql("INSERT INTO {} VALUES ({}, {}), ({}, {})", table,
                        1, evil, 2, std::optional<std::string>{})),
            "INSERT 0 2");
        auto query = pg::sql("SELECT {} FROM {} WHERE id = {}", column, table, 1);
        check_equal(co_await conn.fetch_value<std::string>(query), evil);
        query += pg::sql(" OR id = ANY({})", std::vector{2, 3});
        auto const rows = co_await conn.fetch<std::optional<std::string>>(query);
        REQUIRE(rows.size() == 2);
        CHECK_FALSE(rows[1]);
        auto const row = co_await conn.fetch_row(pg::sql("SELECT {}::int8 AS n", 5));
        REQUIRE(row);
        CHECK((*row)["n"].as<std::int64_t>() == 5);
        check_equal(co_await conn.fetch_one<int>(pg::sql("SELECT 6")), 6);
        auto stream = co_await conn.stream<int>(pg::sql("SELECT generate_series(1, {})", 3));
        auto const batch = co_await stream.next();
        REQUIRE(batch);
        CHECK(batch->rows() == std::vector{1, 2, 3});
        stream = {};
        auto cursor = co_await conn.cursor<int>(pg::sql("SELECT generate_series({}, 9)", 8));
        auto const both = co_await cursor.fetch_all();
        CHECK(both.rows() == std::vector{8, 9});
        co_await conn.transaction([&](pg::transaction& tx) -> awaitable<void> {
            check_equal(
                co_await tx.with(pg::timeout(10s)).fetch_value<int>(pg::sql("SELECT {}::int", 7)),
                7);
        });
    });
}

TEST_CASE("an error of the server is shown with its line")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::string const sql = "SELECT 'Zürich',\n  nonsense(1)";
        std::string shown;
        try {
            co_await conn.execute(sql);
        } catch (pg::server_error const& error) {
            shown = pg::describe(error, sql);
        }
        check_that(
            shown, Catch::Matchers::StartsWith("ERROR:  function nonsense(integer) does not exist\n"
                                               "LINE 2:   nonsense(1)\n"
                                               "          ^\n"
                                               "HINT:  "));
    });
}

TEST_CASE("ping asks for nothing, reset makes a session new")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.ping();
        co_await conn.execute("SET timezone = 'Europe/Vienna'");
        auto cursor = co_await conn.cursor<int>("SELECT 1");
        check_equal((co_await cursor.fetch(1))[0], 1);
        auto const lock = co_await conn.advisory_lock(123);
        co_await conn.reset();
        CHECK(conn.parameter("TimeZone") == "UTC");
        co_await error_of<pg::invalid_cursor_name>(cursor.fetch(1));
        check_equal(co_await conn.fetch_value<std::int64_t>(
                        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = "
                        "pg_backend_pid()"),
            0);
        conn.terminate();
        co_await error_of<pg::connection_lost>(conn.ping());
    });
}
