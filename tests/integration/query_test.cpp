#include "run.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace {

struct person
{
    int id;
    std::string name;
    std::optional<double> score;
};

template <class T>
std::string printed(T const& value)
{
    std::ostringstream out;
    out << value;
    return out.str();
}

} // namespace

TEST_CASE("execute gives the command tag")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        check_equal(
            co_await conn.execute("CREATE TEMP TABLE t (id int, name text)"), "CREATE TABLE");
        auto const inserted =
            co_await conn.execute("INSERT INTO t VALUES ($1, $2), (2, 'b')", 1, "a");
        CHECK(inserted == "INSERT 0 2");
        CHECK(inserted.rows_affected() == 2);
        check_equal((co_await conn.execute("UPDATE t SET name = $1", "c")).rows_affected(), 2);
        check_equal(co_await conn.execute("SELECT * FROM t"), "SELECT 2");
        check_equal(co_await conn.execute(""), "");
        check_equal(
            co_await conn.execute("SELECT 1; DELETE FROM t WHERE id = 1; SELECT 2"), "SELECT 1");
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM t"), 1);
    });
}

TEST_CASE("the server's version and process are known")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        CHECK(printed(conn.server_version()) == shared_server().version());
        CHECK(conn.server_version().major == shared_server().version_number() / 10000);
        CHECK(conn.server_version().micro == shared_server().version_number() % 10000);
        CHECK(conn.server_version().release_level == "final");
        auto const pid = co_await conn.fetch_value<int>("SELECT pg_backend_pid()");
        CHECK(static_cast<std::uint32_t>(pid) == conn.server_pid());
    });
}

TEST_CASE("server versions are read as asyncpg reads them")
{
    auto const nine = pg::server_version::parse("9.6.24");
    CHECK((nine.major == 9 && nine.minor == 6 && nine.micro == 24));
    auto const debian = pg::server_version::parse("15.20 (Debian 15.20-0+deb12u1)");
    CHECK((debian.major == 15 && debian.minor == 0 && debian.micro == 20));
    CHECK(printed(debian) == "15.20");
    auto const beta = pg::server_version::parse("18beta2");
    CHECK((beta.major == 18 && beta.release_level == "beta" && beta.serial == 2));
    CHECK(printed(beta) == "18beta2");
    CHECK(printed(pg::server_version::parse("19devel")) == "19devel");
    CHECK(pg::server_version::parse("").major == 0);
    CHECK(debian > nine);
}

TEST_CASE("rows come as records, tuples, aggregates and scalars")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const sql = "SELECT * FROM (VALUES (1, 'a'::text, 1.5::float8), (2, 'b', NULL)) "
                         "AS v (id, name, score)";
        for (int again = 0; again < 3; ++again) { // parsed, cached, cached
            auto const records = co_await conn.fetch(sql);
            REQUIRE(records.size() == 2);
            CHECK(printed(records[0]) == "1 a 1.5");
            CHECK(printed(records[1]) == "2 b NULL");
            CHECK(records[0]["name"].as<std::string>() == "a");
            CHECK(records[1].as<person>().score == std::nullopt);

            auto const people = co_await conn.fetch<person>(sql);
            REQUIRE(people.size() == 2);
            CHECK((people[0].id == 1 && people[0].name == "a" && people[0].score == 1.5));
            CHECK((people[1].id == 2 && people[1].name == "b" && !people[1].score));

            auto const tuples =
                co_await conn.fetch<std::tuple<std::int64_t, std::string, std::optional<double>>>(
                    sql);
            CHECK(tuples[1] == std::tuple{std::int64_t{2}, std::string{"b"}, std::nullopt});

            auto const views =
                co_await conn.fetch<std::tuple<int, std::string_view, std::optional<double>>>(sql);
            CHECK(std::get<1>(views[1]) == "b");
        }
        auto const numbers = co_await conn.fetch<int>("SELECT generate_series(1, 5)");
        CHECK(numbers.rows() == std::vector{1, 2, 3, 4, 5});
        check_equal((co_await conn.fetch_row<person>(sql))->name, "a");
        check(!((co_await conn.fetch_row<person>(
            "SELECT 1 AS id, '' AS name, NULL::float8 AS score WHERE false"))));
        check(!((co_await conn.fetch_row("SELECT 1 WHERE false"))));
        check_equal(printed(*co_await conn.fetch_row(sql)), "1 a 1.5");
        check((co_await conn.fetch("SELECT 1 WHERE false")).empty());
        check((co_await conn.fetch("CREATE TEMP TABLE nothing_back ()")).empty());
    });
}

TEST_CASE("arguments of every built-in kind arrive as they are")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::vector<std::byte> const bytes{std::byte{0}, std::byte{255}, std::byte{'\\'}};
        auto const row = co_await conn.fetch_one<
            std::tuple<bool, std::int16_t, std::int32_t, std::int64_t, float, double, std::string,
                std::vector<std::byte>, std::optional<int>, std::optional<std::string>>>(
            "SELECT $1::bool, $2::int2, $3::int4, $4::int8, $5::float4, $6::float8, $7::text, "
            "$8::bytea, $9::int4, $10::text",
            true, std::int16_t{-5}, 1 << 30, std::int64_t{1} << 60, 1.5f, -2.25, "grüße", bytes,
            std::nullopt, std::optional<std::string>{"x"});
        CHECK(row == std::tuple{true, std::int16_t{-5}, 1 << 30, std::int64_t{1} << 60, 1.5f, -2.25,
                         std::string{"grüße"}, bytes, std::optional<int>{},
                         std::optional<std::string>{"x"}});
        check_equal(
            co_await conn.fetch_value<std::int64_t>("SELECT $1 + 1", 4000000000u), 4000000001);
    });
}

TEST_CASE("arguments may go as soon as the verb has returned")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto make = [&conn] {
            std::string const sql = "SELECT $1::text || ' and ' || $2::text";
            std::string const first(1000, 'a');
            return conn.fetch_value<std::string>(sql, first, std::string{"b"});
        };
        auto call = make();
        check_equal(co_await std::move(call), std::string(1000, 'a') + " and b");
    });
}

TEST_CASE("a call that is never awaited does nothing")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE untouched (id int)");
        {
            auto const never = conn.execute("INSERT INTO untouched VALUES (1)");
        }
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM untouched"), 0);
    });
}

TEST_CASE("the wrong number of rows is an error of its own")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        check_that(co_await error_of<pg::no_rows>(conn.fetch_value<int>("SELECT 1 WHERE false")),
            Catch::Matchers::ContainsSubstring("SELECT 1 WHERE false"));
        co_await error_of<pg::no_rows>(conn.fetch_one("SELECT 1 WHERE false"));
        check_that(co_await error_of<pg::too_many_rows>(
                       conn.fetch_one<int>("SELECT generate_series(1, 3)")),
            Catch::Matchers::ContainsSubstring("3 rows"));
        check_equal(co_await conn.fetch_value<int>("SELECT generate_series(1, 3)"), 1);
    });
}

TEST_CASE("what the server reports is thrown as its own type, with all its fields")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE keys (id int PRIMARY KEY, n int NOT NULL)");
        co_await conn.execute("INSERT INTO keys VALUES (1, 1)");
        try {
            co_await conn.execute("INSERT INTO keys VALUES ($1, 2)", 1);
            FAIL("nothing was thrown");
        } catch (pg::unique_violation const& error) {
            CHECK(std::string{error.what()} ==
                  "duplicate key value violates unique constraint \"keys_pkey\"\n"
                  "DETAIL:  Key (id)=(1) already exists.");
            CHECK(error.constraint() == "keys_pkey");
            CHECK(error.table() == "keys");
            CHECK(error.state() == pg::sqlstate{"23505"});
        }
        co_await error_of<pg::integrity_constraint_violation>(
            conn.execute("INSERT INTO keys VALUES ($1, $2)", 2, std::nullopt));
        check_that(co_await error_of<pg::syntax_error>(conn.fetch("SELEC 1")),
            Catch::Matchers::ContainsSubstring("SELEC"));
        co_await error_of<pg::undefined_table>(conn.fetch<int>("SELECT * FROM no_such_table"));
        co_await error_of<pg::division_by_zero>(conn.fetch<int>("SELECT 1 / $1", 0));
        co_await error_of<pg::invalid_text_representation>(
            conn.fetch<int>("SELECT $1::int", "abc"));
        check_that(co_await error_of<pg::indeterminate_datatype>(
                       conn.fetch<std::string>("SELECT $1 IS NULL AND $1 IS NULL", std::nullopt)),
            Catch::Matchers::ContainsSubstring("::text"));
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("arguments that do not fit are refused with what is wrong")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const sql = "SELECT $1::int + $2::int";
        for (int again = 0; again < 2; ++again) {
            check_that(co_await error_of<pg::encode_error>(conn.fetch<int>(sql, 1)),
                Catch::Matchers::ContainsSubstring("takes 2 parameters but 1 argument was given"));
            check_that(co_await error_of<pg::encode_error>(conn.execute(sql, 1, 2, 3)),
                Catch::Matchers::ContainsSubstring("takes 2 parameters but 3 arguments were"));
            check_equal(co_await conn.fetch_value<int>(sql, 1, 2), 3);
        }
        co_await error_of<pg::encode_error>(conn.execute(std::string_view{"SELECT\0 1", 9}));
        co_await error_of<pg::encode_error>(conn.fetch(std::string_view{"SELECT\0 1", 9}));
        co_await error_of<pg::character_not_in_repertoire>(
            conn.fetch_value<std::string>("SELECT $1::text", std::string_view{"a\0b", 3}));
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("rows that do not fit their type are refused with all that is wrong")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        for (int again = 0; again < 2; ++again) {
            auto const text = co_await error_of<pg::row_mismatch>(
                conn.fetch<person>("SELECT 1::int8 AS id, 2.5::float8 AS score"));
            CHECK_THAT(text, Catch::Matchers::ContainsSubstring("id"));
            CHECK_THAT(text, Catch::Matchers::ContainsSubstring("narrow"));
            CHECK_THAT(text, Catch::Matchers::ContainsSubstring("column \"name\" is missing"));
            co_await error_of<pg::row_mismatch>(conn.fetch<int>("SELECT 1, 2"));
            co_await error_of<pg::row_mismatch>(conn.fetch<std::tuple<int, int>>("SELECT 1"));
            check_that(
                co_await error_of<pg::decode_error>(conn.fetch<int>("SELECT NULL::int AS gap")),
                Catch::Matchers::ContainsSubstring("gap"));
        }
        co_await error_of<pg::row_mismatch>(conn.fetch<int>("SET LOCAL work_mem = '1MB'"));
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("a statement whose result changed its shape is parsed anew")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE changing (a int)");
        co_await conn.execute("INSERT INTO changing VALUES (1)");
        check_equal((co_await conn.fetch("SELECT * FROM changing"))[0].size(), 1);
        co_await conn.execute("ALTER TABLE changing ADD b text");
        check_equal((co_await conn.fetch("SELECT * FROM changing"))[0].size(), 2);
        co_await conn.execute("DEALLOCATE ALL");
        check_equal((co_await conn.fetch("SELECT * FROM changing"))[0].size(), 2);
    });
}

TEST_CASE("a small cache forgets statements and closes them on the server")
{
    run([]() -> awaitable<void> {
        auto conn = co_await pg::connect(shared_options().statement_cache_size(3));
        for (int round = 0; round < 3; ++round)
            for (int i = 0; i < 10; ++i)
                check_equal(co_await conn.fetch_value<int>("SELECT " + std::to_string(i)), i);
        check(co_await conn.fetch_value<std::int64_t>(
                  "SELECT count(*) FROM pg_prepared_statements") <= 4);
        auto uncached = co_await pg::connect(shared_options().statement_cache_size(0));
        for (int i = 0; i < 3; ++i)
            check_equal((co_await uncached.fetch("SELECT 1, 'x'"))[0]["?column?"].as<int>(), 1);
        check_equal(co_await uncached.fetch_value<std::int64_t>(
                        "SELECT count(*) FROM pg_prepared_statements"),
            0);
    });
}

TEST_CASE("large values and large results come whole")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::string const large(20'000'000, 'x');
        check_equal(co_await conn.fetch_value<int>("SELECT length($1::text)", large), 20'000'000);
        check_equal(co_await conn.fetch_value<std::string>("SELECT $1::text", large), large);
        auto const views = co_await conn.fetch<std::tuple<int, std::string_view>>(
            "SELECT g, repeat(chr(65 + g % 26), g % 300) FROM generate_series(1, 50000) g");
        REQUIRE(views.size() == 50'000);
        bool right = true;
        for (auto const& [g, text] : views)
            right = right && text == std::string(static_cast<std::size_t>(g % 300),
                                         static_cast<char>('A' + g % 26));
        CHECK(right);
        auto moved = co_await conn.fetch<std::string_view>("SELECT 'short'::text");
        auto const elsewhere = std::move(moved);
        CHECK(elsewhere[0] == "short");
    });
}

TEST_CASE("COPY that nobody asked for is refused and the connection goes on")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE copied (id int)");
        check_that(co_await error_of<pg::copy_refused>(conn.execute("COPY copied FROM STDIN")),
            Catch::Matchers::ContainsSubstring("copy_in"));
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
        check_that(co_await error_of<pg::copy_refused>(conn.fetch("COPY copied FROM STDIN")),
            Catch::Matchers::ContainsSubstring("copy_in"));
        check_equal(co_await conn.fetch_value<int>("SELECT 2"), 2);
        co_await conn.execute("INSERT INTO copied SELECT generate_series(1, 1000)");
        check_that(co_await error_of<pg::copy_refused>(conn.execute("COPY copied TO STDOUT")),
            Catch::Matchers::ContainsSubstring("copy_out"));
        co_await error_of<pg::copy_refused>(conn.fetch("COPY copied TO STDOUT"));
        check_equal(co_await conn.fetch_value<int>("SELECT 3"), 3);
    });
}

TEST_CASE("notices, settings and notifications may come at any time")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute(
            "DO $$ BEGIN FOR i IN 1..100 LOOP RAISE NOTICE 'n %', i; END LOOP; END $$");
        co_await conn.execute("LISTEN here");
        co_await conn.execute("NOTIFY here, 'x'");
        co_await conn.execute("SET application_name = 'changed'");
        check_equal(co_await conn.fetch_value<std::string>("SHOW application_name"), "changed");
    });
}

TEST_CASE("a text of several statements gives what each of them does")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const all = co_await conn.fetch_results(
            "CREATE TEMP TABLE things (id int, name text); "
            "INSERT INTO things VALUES (1, 'one'), (2, NULL); "
            "SELECT * FROM things ORDER BY id;; SELECT id FROM things WHERE false; "
            "SELECT 1.5::float8 AS x, true AS y, '{1,2}'::int[] AS z");
        REQUIRE(all.size() == 5);
        CHECK(all[0].tag == "CREATE TABLE");
        CHECK(all[0].rows.empty());
        CHECK(all[0].rows.description() == nullptr);
        CHECK(all[1].tag == "INSERT 0 2");
        CHECK(all[2].tag == "SELECT 2");
        REQUIRE(all[2].rows.size() == 2);
        CHECK(all[2].rows[0].get<int>("id") == 1);
        CHECK(all[2].rows[0].get<std::string>("name") == "one");
        CHECK(all[2].rows[1].get<std::optional<std::string>>("name") == std::nullopt);
        CHECK(all[3].tag == "SELECT 0");
        CHECK(all[3].rows.description()->columns.at(0).name == "id");
        CHECK(all[4].rows[0].get<double>("x") == 1.5);
        CHECK(all[4].rows[0].get<bool>("y"));
        CHECK(all[4].rows[0].get<std::vector<int>>("z") == std::vector{1, 2});
        check_equal((co_await conn.fetch_results("")).size(), 0);

        check_that(co_await error_of<pg::division_by_zero>(conn.fetch_results(
                       "INSERT INTO things VALUES (3); SELECT 1; SELECT 1 / 0; SELECT 2")),
            Catch::Matchers::ContainsSubstring("(statement 2 of the text, from 0)"));
        co_await error_of<pg::syntax_error>(conn.fetch_results("SELECT 1; SELEC 2"));
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM things"), 2);
    });
}
