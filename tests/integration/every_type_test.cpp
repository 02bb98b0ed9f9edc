#include "type_checks.hpp"

#include <pgcoro/types/all.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <set>

// All types that the server has, found in its catalog: one that is not in the table fails.

using namespace type_checks;
namespace chrono = std::chrono;
using local_microseconds = chrono::local_time<chrono::microseconds>;
using sys_microseconds = chrono::sys_time<chrono::microseconds>;

namespace {

using engine = std::mt19937_64;

struct table_row
{
    type_case type;
    type_checks::probe probe;
};

template <class T>
table_row row_of(std::string name, std::vector<std::string> literals)
{
    return {{std::move(name), std::move(literals)}, probe_of<T>()};
}

/// The same, and random ones: a C++ value, as we print it.
template <class T, class Make>
table_row row_of(std::string name, std::vector<std::string> literals, Make make)
{
    return row_of<T>(std::move(name), std::move(literals) + random_values(40, [&](engine& random) {
        return printed(T{make(random)});
    }));
}

template <class T>
T any_integer(engine& random)
{
    return static_cast<T>(static_cast<T>(random()) >> (random() % (sizeof(T) * 8)));
}

/// Any bits but those of NaN, of which there are many, and one text.
template <class Float, class Bits>
Float any_float(engine& random)
{
    Float value{};
    do
        value = std::bit_cast<Float>(static_cast<Bits>(random()));
    while (std::isnan(value));
    return value;
}

std::string any_text(engine& random)
{
    static constexpr std::string_view pieces[] = {"a", "\"", "\\", "'", "{}", ",", " ", "\n",
        "NULL", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\x01", "<&>"};
    std::string text;
    for (auto count = random() % 12; count != 0; --count)
        text += pieces[random() % std::size(pieces)];
    return text;
}

std::vector<std::byte> any_bytes(engine& random)
{
    std::vector<std::byte> bytes(random() % 40);
    for (std::byte& each : bytes)
        each = static_cast<std::byte>(random());
    return bytes;
}

template <class Time>
Time any_time(engine& random)
{
    constexpr std::uint64_t span = std::uint64_t{290'000} * 365 * 86'400 * 1'000'000;
    return Time{chrono::microseconds{static_cast<std::int64_t>(random() % span)}};
}

/// They came with version 14.
table_row infinite_numerics()
{
    bool const has_them = shared_server().version_number() >= 140000;
    return row_of<pg::numeric>("numeric", has_them
                                              ? std::vector<std::string>{"Infinity", "-Infinity"}
                                              : std::vector<std::string>{"1"});
}

std::vector<table_row> numbers()
{
    return {
        row_of<bool>("bool", {"t", "f"}),
        row_of<std::int16_t>("int2", {"0", "-32768", "32767"}, any_integer<std::int16_t>),
        row_of<std::int32_t>("int4", {"0", "-2147483648", "2147483647"}, any_integer<std::int32_t>),
        row_of<std::int64_t>("int8", {"0", "-9223372036854775808", "9223372036854775807"},
            any_integer<std::int64_t>),
        row_of<std::int64_t>("int2", {"-32768"}),
        row_of<std::int64_t>("oid", {"4294967295"}),
        row_of<float>("float4",
            {"0", "-0", "NaN", "Infinity", "-Infinity", "1e-45", "3.4028235e+38", "0.1", "1e+06"},
            any_float<float, std::uint32_t>),
        row_of<double>("float8",
            {"0", "-0", "NaN", "Infinity", "-Infinity", "5e-324", "1.7976931348623157e+308", "0.1",
                "1e+15", "1e+23"},
            any_float<double, std::uint64_t>),
        row_of<pg::oid>("oid", {"0", "1", "4294967295"}),
        row_of<pg::xid>("xid", {"0", "3", "4294967295"}),
        row_of<pg::cid>("cid", {"0", "4294967295"}),
        row_of<pg::xid8>("xid8", {"0", "18446744073709551615"}),
        row_of<pg::uuid>(
            "uuid", {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
                        "A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11"}),
        row_of<pg::numeric>("numeric",
            {"0", "0.00", "-0.1", "NaN", "9999", "10000", "1e-16383", "1.5e131071",
                "12345678901234567890.123456789", "-100000000.00010000"},
            [](engine& random) {
                return pg::numeric::scaled(
                    any_integer<std::int64_t>(random), static_cast<unsigned>(random() % 30));
            }),
        infinite_numerics(),
        row_of<pg::money>("money", {"0", "-92233720368547758.08", "92233720368547758.07", "0.05"}),
        row_of<pg::lsn>("pg_lsn", {"0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF"}),
        row_of<pg::tid>("tid", {"(0,0)", "(4294967295,65535)"}),
        row_of<pg::snapshot>("pg_snapshot", {"1:1:", "10:20:10,14,15"}),
        row_of<std::string>("txid_snapshot", {"1:1:", "10:20:10,14,15"}),
        row_of<pg::bits>("bit", {"", "0", "1", "101", "00000000", "111111111"}),
        row_of<pg::bits>("varbit", {"", "0", "1", "101", "00000000", "111111111"}),
    };
}

std::vector<table_row> characters()
{
    std::string const longest(63, 'x');
    std::vector<std::string> const words{"", " ", "NULL", "null", "a\"b\\c", "{}", "\xc3\xa4 '"};
    return {
        row_of<std::string>("text", words, any_text),
        row_of<std::string>("varchar", words, any_text),
        row_of<std::string>("bpchar", {"", "a", "a\"b ", "\xc3\xa4"}),
        row_of<std::string>("name", {"", "a b", longest}),
        row_of<char>("char", {"a", "~", "\"", "\\"}),
        row_of<std::vector<std::byte>>("bytea", {"", "\\x00", "\\xff00ff", "abc"}, any_bytes),
        row_of<std::string>("json", {"null", "0", "{\"a\" : [1, \"\\u00e4\"]}", "\"\""}),
        row_of<std::string>("jsonb", {"null", "0", "{\"a\" : [1, \"\\u00e4\"]}", "\"\"", "1e300"}),
        row_of<std::string>("jsonpath", {"$", "$.a[*] ? (@ > 1)", "lax $.\"b c\""}),
        row_of<std::string>("xml", {"", "text", "<a b=\"c\">\xc3\xa4</a>"}),
        row_of<std::string>("refcursor", {"", "a b"}),
        row_of<std::string>("int2vector", {"", "1 -2 3"}),
        row_of<std::string>("oidvector", {"", "1 4294967295"}),
        row_of<pg::tsvector>("tsvector", {"", "a:1A,2 b", "'c d':16383C"}),
        row_of<pg::tsquery>("tsquery", {"a", "a & !(b | c:*AB)", "a <-> (b <2> c)"}),
    };
}

std::vector<table_row> times()
{
    std::vector<std::string> const days{"2000-01-01", "1999-12-31", "1970-01-01", "2024-02-29",
        "0001-01-01", "0001-12-31 BC", "4714-11-24 BC"};
    std::vector<std::string> const forever{"infinity", "-infinity", "5874897-12-31"};
    std::vector<std::string> const instants{"2000-01-01 00:00:00", "1999-12-31 23:59:59.999999",
        "2024-02-29 12:34:56.789", "0001-12-31 00:00:00.000001 BC", "4714-11-24 00:00:00 BC",
        "294247-01-10 04:00:54.775807"};
    std::vector<std::string> const endless{"infinity", "-infinity"};
    std::vector<std::string> const last{
        "294276-12-31 23:59:59.999999"}; // too late for microseconds
    auto const any_day = [](engine& random) {
        return chrono::sys_days{chrono::days{static_cast<int>(random() % 2'000'000) - 1'000'000}};
    };
    return {
        row_of<pg::infinity_or<chrono::sys_days>>("date", days + forever),
        row_of<chrono::sys_days>("date", days + std::vector<std::string>{"5874897-12-31"}, any_day),
        row_of<chrono::local_days>("date", days),
        row_of<chrono::year_month_day>("date", days + std::vector<std::string>{"32767-12-31"}),
        row_of<pg::time_of_day>("time", {"00:00:00", "24:00:00", "23:59:59.999999", "12:34:56.7"}),
        row_of<pg::time_with_offset>(
            "timetz", {"00:00:00+00", "24:00:00-15:59:59", "12:34:56.7+15:59", "01:02:03+05:30"}),
        row_of<pg::infinity_or<local_microseconds>>("timestamp", instants + endless),
        row_of<local_microseconds>("timestamp", instants, any_time<local_microseconds>),
        row_of<pg::infinity_or<sys_microseconds>>("timestamptz", instants + endless),
        row_of<sys_microseconds>("timestamptz", instants, any_time<sys_microseconds>),
        row_of<std::string>("timestamp", last),
        row_of<chrono::local_seconds>("timestamp", {"294276-12-31 23:59:59"}),
        row_of<chrono::sys_seconds>("timestamptz", {"294276-12-31 23:59:59+00"}),
        row_of<std::string>("timestamptz", {"294276-12-31 23:59:59.999999+00"}),
        row_of<pg::interval>(
            "interval", {"0", "178000000 years", "-178000000 years", "1 mon -1 day 00:00:00.000001",
                            "-00:00:00.000001", "2147483647 days",
                            "1 year 2 mons 3 days 04:05:06.7", "-1 mon +1 day -01:02:03"}),
    };
}

std::vector<table_row> places()
{
    return {
        row_of<pg::inet>("inet", {"0.0.0.0/0", "10.1.2.3/8", "::", "::ffff:1.2.3.4"}),
        row_of<pg::cidr>("cidr", {"0.0.0.0/0", "10/8", "::/0", "2001:db8::/32"}),
        row_of<pg::inet>("cidr", {"10.0.0.0/8"}), // but 1.2.3.4/32 is printed without the /32
        row_of<pg::macaddr>("macaddr", {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"}),
        row_of<pg::macaddr8>("macaddr8", {"00:00:00:00:00:00:00:00", "08002b:0102030405"}),
        row_of<pg::point>("point", {"(0,0)", "(-0,1e+300)", "(NaN,Infinity)"}),
        row_of<pg::line>("line", {"{1,0,0}", "{0,-1,0.5}"}),
        row_of<pg::lseg>("lseg", {"[(0,0),(0,0)]", "[(1,2),(3,4)]"}),
        row_of<pg::box>("box", {"(0,0),(0,0)", "(1,2),(3,4)"}),
        row_of<pg::path>("path", {"((0,0))", "[(1,2),(3,4)]"}),
        row_of<pg::polygon>("polygon", {"((0,0))", "((1,2),(3,4),(5,6))"}),
        row_of<pg::circle>("circle", {"<(0,0),0>", "<(1,2),3.5>"}),
    };
}

std::vector<table_row> ranges()
{
    using days = pg::range<chrono::sys_days>;
    using many_days = pg::multirange<chrono::sys_days>;
    std::string const day = "[2000-01-01,2000-01-02)";
    std::string const instant = "[\"2000-01-01 00:00:00\",\"2000-01-02 00:00:00.5\"]";
    return {
        row_of<pg::range<std::int32_t>>("int4range", {"empty", "(,)", "[1,10)", "[-5,)", "(,7)"}),
        row_of<pg::range<std::int64_t>>("int8range", {"empty", "(,)", "[1,10)", "[-5,)", "(,7)"}),
        row_of<pg::range<pg::numeric>>("numrange", {"empty", "(,)", "(0.50,1]", "[-5,)", "(,7.0)"}),
        row_of<days>("daterange", {"empty", "(,)", day}),
        row_of<pg::range<local_microseconds>>("tsrange", {"empty", "(,)", instant}),
        row_of<pg::range<sys_microseconds>>("tstzrange", {"empty", "(,)", instant}),
        row_of<pg::multirange<std::int32_t>>("int4multirange", {"{}", "{(,)}", "{[1,2),[3,4)}"}),
        row_of<pg::multirange<std::int64_t>>("int8multirange", {"{}", "{(,)}", "{[1,2),[3,4)}"}),
        row_of<pg::multirange<pg::numeric>>("nummultirange", {"{}", "{(,)}", "{[1,2.0),(3.5,4]}"}),
        row_of<many_days>("datemultirange", {"{}", "{(,)}", '{' + day + '}'}),
        row_of<pg::multirange<local_microseconds>>("tsmultirange", {"{}", '{' + instant + '}'}),
        row_of<pg::multirange<sys_microseconds>>("tstzmultirange", {"{}", '{' + instant + '}'}),
    };
}

/// What only the server can make sense of is a string.
std::vector<table_row> catalog(std::string const& role)
{
    return {
        row_of<std::string>("aclitem", {"=r/" + role, role + "=arwdDxt/" + role}),
        row_of<std::string>("regproc", {"-", "now", "99999999"}),
        row_of<std::string>("regprocedure", {"-", "abs(integer)"}),
        row_of<std::string>("regoper", {"0", "||/"}),
        row_of<std::string>("regoperator", {"0", "+(integer,integer)"}),
        row_of<std::string>("regclass", {"pg_class"}),
        row_of<std::string>("regcollation", {"-", "\"C\""}),
        row_of<std::string>("regtype", {"-", "integer", "timestamp with time zone"}),
        row_of<std::string>("regconfig", {"-", "english"}),
        row_of<std::string>("regdictionary", {"-", "simple"}),
        row_of<std::string>("regnamespace", {"-", "pg_catalog"}),
        row_of<std::string>("regrole", {"-", role}),
    };
}

/// Types of values that the server makes, but doesn't take: nothing can be sent as one of them, so
/// there is nothing to compare. They arrive as text.
std::set<std::string> const output_only{"gtsvector", "pg_brin_bloom_summary",
    "pg_brin_minmax_multi_summary", "pg_dependencies", "pg_mcv_list", "pg_ndistinct",
    "pg_node_tree"};

awaitable<void> check_rows(pg::connection& conn, std::vector<table_row> rows)
{
    co_await settle(conn);
    for (table_row const& each : rows) {
        auto const exists =
            co_await conn.fetch_value<bool>("SELECT to_regtype($1) IS NOT NULL", each.type.sql());
        if (exists) // else it is of a later version of the server
            co_await check_type(conn, each.type, each.probe);
    }
}

} // namespace

TEST_CASE("every number and string of bits is what the server says it is")
{
    with_connection([](pg::connection& conn) { return check_rows(conn, numbers()); });
}

TEST_CASE("all characters, bytes and documents are what the server says they are")
{
    with_connection([](pg::connection& conn) { return check_rows(conn, characters()); });
}

TEST_CASE("every date, time and interval is what the server says it is")
{
    with_connection([](pg::connection& conn) { return check_rows(conn, times()); });
}

TEST_CASE("every address and geometric value is what the server says it is")
{
    with_connection([](pg::connection& conn) { return check_rows(conn, places()); });
}

TEST_CASE("every range is what the server says it is")
{
    with_connection([](pg::connection& conn) { return check_rows(conn, ranges()); });
}

TEST_CASE("every name of the catalog is what the server says it is")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const role = co_await conn.fetch_value<std::string>("SELECT current_user");
        co_await check_rows(conn, catalog(role));
    });
}

TEST_CASE("no type that the server has is left out")
{
    std::set<std::string> checked = output_only;
    for (auto const& rows :
        {numbers(), characters(), times(), places(), ranges(), catalog("somebody")})
        for (table_row const& each : rows)
            checked.insert(each.type.name);
    with_connection([&](pg::connection& conn) -> awaitable<void> {
        // base types, ranges and multiranges, but for the arrays of them
        auto const rows = co_await conn.fetch<std::string>(
            "SELECT typname FROM pg_type t WHERE typtype IN ('b', 'r', 'm') AND typnamespace = "
            "'pg_catalog'::regnamespace AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = "
            "t.oid) ORDER BY 1");
        check(rows.size() > 70);
        for (std::string const& name : rows) {
            INFO("type " << name);
            CHECK(checked.contains(name));
        }
        std::set<std::string> const there(rows.begin(), rows.end());
        for (std::string const& name : output_only) {
            if (!there.contains(name))
                continue; // of another version of the server
            INFO("type " << name);
            co_await error_of<pg::feature_not_supported>(
                conn.execute("SELECT 'a'::pg_catalog." + name));
            auto const none = co_await conn.fetch_value<std::optional<std::string>>(
                "SELECT NULL::pg_catalog." + name);
            CHECK_FALSE(none);
        }
        // where there are values of such a type, they can be read as text
        co_await conn.execute("CREATE TEMP TABLE t AS SELECT 1 AS a, 2 AS b;"
                              "CREATE STATISTICS pg_temp.s ON a, b FROM t; ANALYZE t");
        auto const read = co_await conn.fetch_one<std::tuple<std::string, std::string>>(
            "SELECT stxdndistinct, stxddependencies FROM pg_statistic_ext_data");
        check(!std::get<0>(read).empty());
    });
}
