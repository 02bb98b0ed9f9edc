#include "run.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

// Arrays, ranges, enums and composites against the server: what it makes of them, in its own text
// and by its own comparison.

namespace {

using ints = std::vector<int>;
using int_range = pg::range<int>;

enum class mood
{
    sad,
    ok,
    happy
};

enum class colour
{
    red,
    light_blue
};

struct person
{
    std::string name;
    mood now;
    std::vector<mood> before;
    std::optional<mood> wanted;
};

struct address
{
    std::string street;
    std::optional<int> number;
    friend bool operator==(address const&, address const&) = default;
};

struct customer
{
    int id;
    address home;
    std::vector<address> others;
    std::optional<address> work;
    friend bool operator==(customer const&, customer const&) = default;
};

struct domains
{
    int one;
    std::vector<int> many;
    std::vector<std::vector<std::string>> words;
};

struct place
{
    int id;
    address where;
};

/// Sends a value, and compares what the server says of it and gives back.
template <class T>
awaitable<void> round_trip(pg::connection& conn, std::string type, T sent, std::string text,
    std::source_location where = std::source_location::current())
{
    INFO(type << " from line " << where.line());
    std::string const sql = "SELECT $1::" + type + ", ($1::" + type + ")::text, $1::" + type +
                            " IS NOT DISTINCT FROM $2::text::" + type;
    auto const row = co_await conn.fetch_one<std::tuple<T, std::string, bool>>(sql, sent, text);
    bool const back = std::get<0>(row) == sent;
    CHECK(back);
    CHECK(std::get<1>(row) == text);
    CHECK(std::get<2>(row));

    std::string const in_text = "SELECT $1::text::" + type + ", $1::text::" + type;
    auto const dynamic = co_await conn.fetch_one(in_text, text);
    bool const by_record = dynamic.template get<T>(0) == sent;
    CHECK(by_record);
    CHECK(pg::to_string(dynamic) == text + ' ' + text);
}

} // namespace

template <>
inline constexpr pgcoro::column_name pgcoro::column_names<place>[] = {{"id", "place id"}};
template <>
inline constexpr bool pgcoro::is_sql_enum<mood> = true;
template <>
inline constexpr pgcoro::enum_label<colour> pgcoro::enum_labels<colour>[] = {
    {colour::red, "red"}, {colour::light_blue, "light blue"}};

TEST_CASE("arrays of every shape go to the server and back")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        ints const plain{1, -2, 3};
        co_await round_trip(conn, "int[]", plain, "{1,-2,3}");
        co_await round_trip(conn, "int[]", ints{}, "{}");
        std::vector<ints> const square{{1, 2}, {3, 4}, {5, 6}};
        co_await round_trip(conn, "int[]", square, "{{1,2},{3,4},{5,6}}");
        std::vector<std::vector<std::optional<std::string>>> const words{
            {"a b", "NULL"}, {std::nullopt, ""}, {"\"", "\\"}, {"{", ","}};
        co_await round_trip(
            conn, "text[]", words, R"({{"a b","NULL"},{NULL,""},{"\"","\\"},{"{",","}})");
        std::array<double, 3> const fixed{0.5, -1, 1e300};
        co_await round_trip(conn, "float8[]", fixed, "{0.5,-1,1e+300}");
        pg::array<int> const bounded{{{2, 0}, {2, -3}}, {1, 2, 3, 4}};
        co_await round_trip(conn, "int[]", bounded, "[0:1][-3:-2]={{1,2},{3,4}}");
        std::vector<bool> const flags{true, false};
        co_await round_trip(conn, "bool[]", flags, "{t,f}");
        std::vector<std::vector<std::byte>> const raw{{std::byte{1}, std::byte{0xff}}, {}};
        co_await round_trip(conn, "bytea[]", raw, R"({"\\x01ff","\\x"})");
        std::vector<std::vector<std::vector<std::vector<std::vector<ints>>>>> const deep{
            {{{{{7}}}}}};
        co_await round_trip(conn, "int[]", deep, "{{{{{{7}}}}}}");
        std::vector<std::optional<std::int64_t>> const with_null{1, std::nullopt};
        co_await round_trip(conn, "int8[]", with_null, "{1,NULL}");
    });
}

TEST_CASE("any range is an argument for = ANY")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const sql = "SELECT count(*) FROM generate_series(1, 10) AS i WHERE i = ANY($1)";
        int const plain[] = {1, 2, 3};
        std::set<int> const set{4, 5};
        std::list<short> const list{6};
        check_equal(co_await conn.fetch_value<std::int64_t>(sql, plain), 3);
        check_equal(co_await conn.fetch_value<std::int64_t>(sql, std::span<int const>{plain}), 3);
        check_equal(co_await conn.fetch_value<std::int64_t>(sql, set), 2);
        auto const by_text = "SELECT $1::text = ANY($2), '00000000-0000-0000-0000-000000000001' "
                             "= ANY($3::uuid[])";
        std::set<std::string> const names{"a", "b"};
        std::vector<std::string> const ids{"00000000-0000-0000-0000-000000000001"};
        auto const found =
            co_await conn.fetch_one<std::tuple<bool, bool>>(by_text, "b", names, ids);
        check_equal(found, std::tuple{true, true});
        auto const summed = "SELECT sum(i) FROM unnest($1::int2[]) AS i";
        check_equal(co_await conn.fetch_value<std::int64_t>(summed, list), 6);
    });
}

TEST_CASE("a record's array takes the same way as a row's")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const sql = "SELECT array_agg(i) AS a FROM generate_series(1, 100) AS i";
        auto const row = co_await conn.fetch_one(sql);
        check(row["a"].column().format == pg::format::binary);
        check_equal(row.get<ints>("a").size(), std::size_t{100});
    });
}

TEST_CASE("ranges go to the server and back")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await round_trip(conn, "int4range", int_range{1, 10}, "[1,10)");
        co_await round_trip(
            conn, "int4range", int_range{pg::exclusive{1}, pg::inclusive{10}}, "[2,11)");
        co_await round_trip(conn, "int4range", int_range{}, "empty");
        co_await round_trip(conn, "int4range", int_range::all(), "(,)");
        pg::range<std::int64_t> const from_five{5, pg::unbounded};
        co_await round_trip(conn, "int8range", from_five, "[5,)");
        pg::range<std::string> const numbers{std::string{"1.50"}, pg::inclusive{std::string{"2"}}};
        co_await round_trip(conn, "numrange", numbers, "[1.50,2]");
        std::vector<int_range> const several{{1, 2}, {}, {pg::unbounded, 5}};
        co_await round_trip(conn, "int4range[]", several, "{\"[1,2)\",empty,\"(,5)\"}");

        using namespace std::chrono;
        auto const leap = sys_days{2024y / 2 / 29};
        pg::range<sys_days> const days{leap, pg::inclusive{leap + std::chrono::days{1}}};
        co_await round_trip(conn, "daterange", days, "[2024-02-29,2024-03-02)");
        co_await conn.execute("SET TimeZone = 'UTC'");
        pg::range<sys_time<microseconds>> const instants{leap, pg::inclusive{leap + 1h}};
        co_await round_trip(
            conn, "tstzrange", instants, "[\"2024-02-29 00:00:00+00\",\"2024-02-29 01:00:00+00\"]");
        pg::range<local_time<microseconds>> const local{local_days{2024y / 2 / 29}, pg::unbounded};
        co_await round_trip(conn, "tsrange", local, "[\"2024-02-29 00:00:00\",)");

        pg::range<pg::numeric> const exact{
            pg::exclusive{pg::numeric{1}}, pg::inclusive{pg::numeric::parse("2.50").value()}};
        co_await round_trip(conn, "numrange", exact, "(1,2.50]");
        std::vector<std::optional<pg::range<sys_days>>> const spans{days, std::nullopt};
        co_await round_trip(conn, "daterange[]", spans, "{\"[2024-02-29,2024-03-02)\",NULL}");

        co_await conn.execute("CREATE TYPE pg_temp.reals AS RANGE (subtype = float8);"
                              "CREATE TYPE pg_temp.words AS RANGE (subtype = text)");
        pg::range<double> const reals{pg::exclusive{0.5}, 2.0};
        co_await round_trip(conn, "pg_temp.reals", reals, "(0.5,2)");
        pg::range<std::string> const words{std::string{"a\"b, \\"}, std::string{"c)]"}};
        co_await round_trip(conn, "pg_temp.words", words, R"(["a""b, \\","c)]"))");
        double const nan = std::numeric_limits<double>::quiet_NaN();
        pg::range<double> const up_to_nan{1.5, nan};
        co_await round_trip(conn, "pg_temp.reals", up_to_nan, "[1.5,NaN)");
    });
}

TEST_CASE("a range is empty where the server says so, whatever order we would have")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TYPE pg_temp.mood AS ENUM ('happy', 'ok', 'sad');"
                              "CREATE TYPE pg_temp.moods AS RANGE (subtype = pg_temp.mood)");
        // the server's order is the other way round
        pg::range<mood> const moods{mood::happy, mood::sad};
        co_await round_trip(conn, "pg_temp.moods", moods, "[happy,sad)");
        auto const english = co_await conn.fetch<std::string>(
            "SELECT collname FROM pg_collation WHERE collname IN ('en-x-icu', 'en_US.utf8', "
            "'unicode') AND collnamespace = 'pg_catalog'::regnamespace");
        if (english.empty())
            co_return;
        co_await conn.execute("CREATE TYPE pg_temp.words AS RANGE (subtype = text, collation = \"" +
                              english.front() + "\")");
        pg::range<std::string> const words{std::string{"a"}, std::string{"B"}};
        co_await round_trip(conn, "pg_temp.words", words, "[a,B)");
    });
}

TEST_CASE("a user's ranges of a type that has built-in ones, too")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TYPE pg_temp.ports AS RANGE (subtype = int4)");
        struct row
        {
            int_range ports;
        };
        // it goes as int4range unless the server is to infer its type
        int_range const some{80, pg::inclusive{90}};
        auto const sql = "SELECT $1::pg_temp.ports AS ports";
        auto const back = co_await conn.fetch_one<row>(sql, pg::as_oid(pg::unspecified_oid, some));
        check(back.ports == some);
        auto const record = co_await conn.fetch_one("SELECT '[80,90]'::pg_temp.ports AS ports");
        check(record.get<int_range>("ports") == some);
        check_equal(to_string(record), "[80,90]");
        check_that(co_await error_of<pg::row_mismatch>(
                       conn.fetch_value<int_range>("SELECT '[80,90]'::pg_temp.ports")),
            Catch::Matchers::EndsWith("; take it by name"));
    });
}

TEST_CASE("multiranges go to the server and back")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        if (conn.server_version().major < 14) {
            skip("PostgreSQL 13 has no multiranges");
            co_return;
        }
        pg::multirange<int> const value{
            {int_range{20, 30}, int_range{1, 3}, int_range{3, 5}, int_range{}}};
        co_await round_trip(conn, "int4multirange", value, "{[1,5),[20,30)}");
        co_await round_trip(conn, "int4multirange", pg::multirange<int>{}, "{}");
        using number = pg::range<pg::numeric>;
        pg::multirange<pg::numeric> const numbers{
            {number{pg::numeric{1}, pg::numeric{2}}, number{pg::numeric{5}, pg::unbounded}}};
        co_await round_trip(conn, "nummultirange", numbers, "{[1,2),[5,)}");
        using instant = std::chrono::sys_time<std::chrono::microseconds>;
        co_await conn.execute("SET TimeZone = 'UTC'");
        pg::multirange<instant> const instants{{pg::range<instant>{instant{}, pg::unbounded}}};
        co_await round_trip(conn, "tstzmultirange", instants, "{[\"1970-01-01 00:00:00+00\",)}");
        std::vector<pg::multirange<int>> const several{value, {}};
        co_await round_trip(conn, "int4multirange[]", several, "{\"{[1,5),[20,30)}\",\"{}\"}");
    });
}

TEST_CASE("our ranges agree with the server's operators")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::vector<int_range> const ranges{{}, {1, 3}, {2, 5}, {3, 4}, {pg::unbounded, 3},
            {3, pg::unbounded}, int_range::all(), {4, pg::inclusive{4}}};
        auto const sql = "SELECT $1 @> $2, $1 && $2, $1 <@ $2, $1 = $2, $1 @> 3";
        for (int_range const& a : ranges)
            for (int_range const& b : ranges) {
                auto const theirs =
                    co_await conn.fetch_one<std::tuple<bool, bool, bool, bool, bool>>(sql, a, b);
                std::tuple const ours{
                    a.contains(b), a.overlaps(b), a.is_subset_of(b), a == b, a.contains(3)};
                check(theirs == ours);
            }
    });
}

TEST_CASE("enums go to the server and back, alone, in arrays and in rows")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TYPE pg_temp.mood AS ENUM ('sad', 'ok', 'happy', 'angry');"
                              "CREATE TYPE pg_temp.colour AS ENUM ('red', 'light blue');"
                              "CREATE TEMPORARY TABLE person (name text, now pg_temp.mood, before "
                              "pg_temp.mood[], wanted pg_temp.mood)");
        co_await round_trip(conn, "pg_temp.mood", mood::happy, "happy");
        co_await round_trip(conn, "pg_temp.colour", colour::light_blue, "light blue");
        std::vector<mood> const before{mood::sad, mood::ok};
        co_await round_trip(conn, "pg_temp.mood[]", before, "{sad,ok}");
        std::vector<std::vector<colour>> const colours{{colour::red}, {colour::light_blue}};
        co_await round_trip(conn, "pg_temp.colour[]", colours, "{{red},{\"light blue\"}}");

        co_await conn.execute("INSERT INTO person VALUES ($1, $2, $3, $4)", "Tomas", mood::happy,
            before, std::nullopt);
        auto const tomas = co_await conn.fetch_one<person>("SELECT * FROM person");
        check_equal(tomas.now, mood::happy);
        check(tomas.before == before);
        check(!tomas.wanted);
        check_equal(co_await conn.fetch_value<bool>(
                        "SELECT now = ANY($1) FROM person WHERE now = $2", before, mood::happy),
            false);
        co_await conn.execute("UPDATE person SET now = 'angry'");
        check_that(co_await error_of<pg::decode_error>(conn.fetch<person>("SELECT * FROM person")),
            Catch::Matchers::StartsWith("column \"now\"") &&
                Catch::Matchers::ContainsSubstring("'angry' is no value for member person::now"));
    });
}

TEST_CASE("composites go to the server and back, in rows, in arrays and in each other")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute(
            "CREATE TYPE pg_temp.address AS (street text, number int);"
            "CREATE TYPE pg_temp.pair AS (home pg_temp.address, scores int[], at date);"
            "CREATE TEMPORARY TABLE customer (id int, home pg_temp.address, others "
            "pg_temp.address[], work pg_temp.address)");
        std::tuple<address> const plain{{"Main \"St\", (old) \\", 12}};
        auto const back = co_await conn.fetch_one<std::tuple<address, std::string>>(
            "SELECT $1::pg_temp.address, $1::pg_temp.address::text", std::get<0>(plain));
        check(std::get<0>(back) == std::get<0>(plain));
        check_equal(std::get<1>(back), R"x(("Main ""St"", (old) \\",12))x");

        using nested = std::tuple<address, std::vector<std::optional<int>>, std::string>;
        nested const deep{{"", std::nullopt}, {1, std::nullopt}, "2024-02-29"};
        auto const deep_back = co_await conn.fetch_one<std::tuple<nested, std::string>>(
            "SELECT $1::pg_temp.pair, $1::pg_temp.pair::text", deep);
        check(std::get<0>(deep_back) == deep);
        check_equal(std::get<1>(deep_back), R"x(("("""",)","{1,NULL}",2024-02-29))x");
        std::vector<std::vector<address>> const square{{{"a", 1}}, {{"b,", 2}}};
        co_await round_trip(conn, "pg_temp.address[]", square, R"x({{"(a,1)"},{"(\"b,\",2)"}})x");

        customer const tomas{7, {"Main St", 12}, {{"a", std::nullopt}, {"\"", 0}}, std::nullopt};
        auto const insert = "INSERT INTO customer VALUES ($1, $2, $3, $4)";
        co_await conn.execute(insert, tomas.id, tomas.home, tomas.others, tomas.work);
        for (int i = 0; i < 2; ++i)
            check(co_await conn.fetch_one<customer>("SELECT * FROM customer") == tomas);
        auto const row = co_await conn.fetch_one("SELECT * FROM customer");
        check(row.get<address>("home") == tomas.home);
        check(row.get<std::optional<address>>("work") == tomas.work);
        check(row.as<customer>() == tomas);
        // the table's own row type
        check(std::get<0>(co_await conn.fetch_one<std::tuple<customer>>(
                  "SELECT customer FROM customer")) == tomas);
        check_equal(
            co_await conn.fetch_value<std::int64_t>(
                "SELECT count(*) FROM customer WHERE home = $1::pg_temp.address", tomas.home),
            1);
        using narrow = std::tuple<std::tuple<std::string>>;
        check_that(
            co_await error_of<pg::decode_error>(conn.fetch<narrow>("SELECT home FROM customer")),
            Catch::Matchers::EndsWith("it has 2 columns, not 1"));
    });
}

TEST_CASE("what a composite's text says under other settings is an error that names them")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        using day = std::tuple<std::tuple<std::chrono::sys_days>>;
        auto const sql = "SELECT ROW('2024-02-03'::date)";
        auto const iso = co_await conn.fetch_one<day>(sql);
        co_await conn.execute("SET DateStyle = 'SQL, DMY'"); // 03/02/2024
        check_that(co_await error_of<pg::decode_error>(conn.fetch_one<day>(sql)),
            Catch::Matchers::EndsWith("its column 1 does not fit; within a composite it needs "
                                      "DateStyle = ISO"));
        auto const alone = "SELECT '2024-02-03'::date"; // is read in binary
        check(co_await conn.fetch_value<std::chrono::sys_days>(alone) ==
              std::get<0>(std::get<0>(iso)));
    });
}

TEST_CASE("anonymous records are read by position")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        using row = std::tuple<std::tuple<int, std::string, std::optional<bool>>>;
        auto const [value] = co_await conn.fetch_one<row>("SELECT (1, 'a \"b\"', NULL::bool)");
        check(value == std::tuple{1, std::string{"a \"b\""}, std::optional<bool>{}});
        using rows = std::tuple<std::vector<std::pair<int, std::string>>>;
        auto const [values] = co_await conn.fetch_one<rows>(
            "SELECT array_agg(ROW(i, i::text) ORDER BY i) FROM generate_series(1, 3) AS i");
        check_equal(values.size(), 3);
        check_equal(values.back().second, std::string{"3"});
        auto const printed = co_await conn.fetch_one("SELECT ROW(1, 'a b', NULL)");
        check_equal(pg::to_string(printed), std::string{"(1,\"a b\",)"});
        // views into the row's bytes: in binary
        struct views
        {
            std::string_view name;
            int number;
        };
        auto const borrowed = co_await conn.fetch<std::tuple<views>>("SELECT ROW('ab'::text, 5)");
        check_equal(std::get<0>(borrowed.front()).name, std::string_view{"ab"});
    });
}

TEST_CASE("domains are read as what they are made of, at any depth")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE DOMAIN pg_temp.positive AS int CHECK (VALUE > 0);"
                              "CREATE DOMAIN pg_temp.small AS pg_temp.positive CHECK (VALUE < 9);"
                              "CREATE DOMAIN pg_temp.word AS text;"
                              "CREATE DOMAIN pg_temp.list AS int[];"
                              "CREATE TYPE pg_temp.pair AS (n pg_temp.small, w pg_temp.word);"
                              "CREATE DOMAIN pg_temp.good_pair AS pg_temp.pair");
        auto const sql = "SELECT 5::pg_temp.small AS one, ARRAY[1, 2]::pg_temp.small[] AS many, "
                         "ARRAY[['a b']]::pg_temp.word[] AS words";
        for (int i = 0; i < 2; ++i) {
            auto const row = co_await conn.fetch_one<domains>(sql);
            check_equal(row.one, 5);
            check(row.many == ints{1, 2});
            check(row.words == std::vector<std::vector<std::string>>{{"a b"}});
        }
        auto const row = co_await conn.fetch_one(sql);
        check(row.get<ints>("many") == ints{1, 2});
        check_equal(co_await conn.fetch_value<int>("SELECT 5::pg_temp.small"), 5);
        ints const three_four{3, 4};
        check_equal(co_await conn.fetch_value<ints>("SELECT '{3,4}'::pg_temp.list"), three_four);
        using pairs =
            std::tuple<std::pair<int, std::string>, std::vector<std::pair<int, std::string>>>;
        auto const [one, many] = co_await conn.fetch_one<pairs>(
            "SELECT ROW(5, 'a')::pg_temp.good_pair, ARRAY[ROW(6, 'b')::pg_temp.pair]");
        check(one == std::pair<int, std::string>{5, "a"});
        check_equal(many.front().first, 6);
        // by position the format is chosen before the type is known
        check_that(co_await error_of<pg::row_mismatch>(
                       conn.fetch_value<ints>("SELECT ARRAY[1]::pg_temp.small[]")),
            Catch::Matchers::EndsWith(
                "in binary format, the type asked for is std::vector<int>; cast it to int4[], or "
                "take it by name"));
        check_equal(
            co_await conn.fetch_value<ints>("SELECT '{3,4}'::pg_temp.small[]::int[]"), three_four);
        co_await conn.execute(
            "CREATE TEMPORARY TABLE numbers (n pg_temp.small, m pg_temp.small[])");
        co_await conn.execute("INSERT INTO numbers VALUES ($1, $2)", 4, three_four);
        check_equal(co_await conn.fetch_value<int>("SELECT n + m[2] FROM numbers"), 8);
    });
}

TEST_CASE("rows by position, and by other names than their members'")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const positional =
            co_await conn.fetch_one<pg::by_position<place>>("SELECT 7, ROW('a', 1)");
        check_equal(positional.id, 7);
        check_equal(positional.where.street, std::string{"a"});
        auto const named =
            co_await conn.fetch_one<place>("SELECT ROW('b', 2) AS where, 8 AS \"place id\"");
        check_equal(named.id, 8);
        check_equal(named.where.number, std::optional<int>{2});
    });
}

TEST_CASE("a record's JSON is what the server makes of the row")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::string const columns =
            "SELECT 1 AS i, 2.50::numeric AS n, 'NaN'::numeric AS nan, 1e20::float8 AS f, "
            "'Infinity'::float4 AS inf, true AS b, NULL::int AS null, E'a\"b\\\\c\\n\\x01é' AS t, "
            "'{\"x\": [1, null]}'::jsonb AS j, ARRAY[[1, 2], [3, NULL]] AS a, "
            "ARRAY['a b', NULL, 'NULL', ''] AS w, '{}'::int[] AS none, 'x'::name AS \"k\"\"ey\", "
            "'2024-02-29'::date AS d, ARRAY[true, false] AS flags, ARRAY['{\"y\": 1}'::jsonb] AS "
            "js, '10.0.0.1'::inet AS ip, ARRAY['10.0.0.1'::inet] AS ips";
        auto const row = co_await conn.fetch_one(columns);
        auto const compared = "SELECT to_jsonb(r) = $1::jsonb FROM (" + columns + ") AS r";
        std::string const ours = pg::to_json(row);
        INFO(ours);
        check(co_await conn.fetch_value<bool>(compared, ours));
    });
}

TEST_CASE("a type that was dropped and made anew is not misread")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const make = "CREATE TYPE pg_temp.spot AS (street text, number int);"
                          "CREATE TEMPORARY TABLE spots (spot pg_temp.spot, many pg_temp.spot[])";
        auto const insert = "INSERT INTO spots VALUES ($1, $2)";
        auto const select = "SELECT * FROM spots";
        using row = std::tuple<address, std::vector<address>>;
        address const here{"here", 1};
        std::vector<address> const several{here, {"there", 2}};
        co_await conn.execute(make);
        co_await conn.execute(insert, here, several);
        check(co_await conn.fetch_one<row>(select) == row{here, several});
        co_await conn.execute("DROP TABLE spots; DROP TYPE pg_temp.spot");
        co_await conn.execute("CREATE TYPE pg_temp.other AS (street text, number int)");
        co_await conn.execute(make);                  // under other OIDs
        co_await conn.execute(insert, here, several); // the server notices; it is parsed anew
        check(co_await conn.fetch_one<row>(select) == row{here, several});
        // and with its members changed
        co_await conn.execute("DROP TABLE spots; DROP TYPE pg_temp.spot;"
                              "CREATE TYPE pg_temp.spot AS (number int, street text);"
                              "CREATE TEMPORARY TABLE spots (spot pg_temp.spot, many "
                              "pg_temp.spot[]);"
                              "INSERT INTO spots VALUES (ROW(1, 'here'), '{}')");
        check_that(co_await error_of<pg::decode_error>(conn.fetch_one<row>(select)),
            Catch::Matchers::EndsWith("'(1,here)' is no value for element 0 of the tuple, which is "
                                      "address: its column 2 does not fit"));
    });
}
