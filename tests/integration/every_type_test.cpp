#include "random_literals.hpp"
#include "type_checks.hpp"

#include <pgcoro/types/all.hpp>

#include <algorithm>
#include <chrono>
#include <set>

// All types that the server has, found in its catalog: one that is not in the table fails.

using namespace random_literals;
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

/// The same, and a thousand random ones: literals, or C++ values as we print them.
template <class T, class Make>
table_row row_of(std::string name, std::vector<std::string> literals, Make make)
{
    return row_of<T>(
        std::move(name), std::move(literals) + random_values(1000, [&](engine& random) {
            if constexpr (std::is_convertible_v<decltype(make(random)), std::string>)
                return std::string{make(random)};
            else
                return printed(T{make(random)});
        }));
}

/// Out of the bounds that `make` gives.
template <class T, class Make>
auto any_range(Make make)
{
    return [make](engine& random) -> pg::range<T> {
        T const a{make(random)};
        T const b{make(random)};
        switch (random() % 8) {
        case 0:
            return {};
        case 1:
            return {pg::unbounded, pg::inclusive{a}};
        case 2:
            return {pg::exclusive{a}, pg::unbounded};
        case 3:
            return pg::range<T>::all();
        case 4:
            return {pg::inclusive{a}, pg::inclusive{a}};
        default:
            return a < b ? pg::range<T>{pg::exclusive{a}, pg::inclusive{b}} : pg::range<T>{b, a};
        }
    };
}

template <class T, class Make>
auto any_multirange(Make make)
{
    return [make](engine& random) {
        std::vector<pg::range<T>> ranges;
        for (auto count = random() % 5; count != 0; --count)
            ranges.push_back(any_range<T>(make)(random));
        return pg::multirange<T>{ranges};
    };
}

pg::numeric any_numeric(engine& random)
{
    return pg::numeric::scaled(
        any_integer<std::int64_t>(random), static_cast<unsigned>(random() % 30));
}

std::chrono::sys_days any_day(engine& random)
{
    return chrono::sys_days{chrono::days{static_cast<int>(random() % 2'000'000) - 1'000'000}};
}

template <class Id, class Number>
Id any_id(engine& random)
{
    return Id{any_integer<Number>(random)};
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
        row_of<bool>("bool", {"t", "f"}, [](engine& random) { return random() % 2 == 0; }),
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
        row_of<pg::oid>("oid", {"0", "1", "4294967295"}, any_id<pg::oid, std::uint32_t>),
        row_of<pg::xid>("xid", {"0", "3", "4294967295"}, any_id<pg::xid, std::uint32_t>),
        row_of<pg::cid>("cid", {"0", "4294967295"}, any_id<pg::cid, std::uint32_t>),
        row_of<pg::xid8>("xid8", {"0", "18446744073709551615"}, any_id<pg::xid8, std::uint64_t>),
        row_of<pg::uuid>("uuid",
            {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
                "A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11"},
            [](engine& random) { return random_hex(random, 16); }),
        row_of<pg::numeric>("numeric",
            {"0", "0.00", "-0.1", "NaN", "9999", "10000", "1e-16383", "1.5e131071",
                "12345678901234567890.123456789", "-100000000.00010000"},
            any_numeric),
        infinite_numerics(),
        row_of<pg::money>("money", {"0", "-92233720368547758.08", "92233720368547758.07", "0.05"},
            any_id<pg::money, std::int64_t>),
        row_of<pg::lsn>(
            "pg_lsn", {"0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF"}, any_id<pg::lsn, std::uint64_t>),
        row_of<pg::tid>("tid", {"(0,0)", "(4294967295,65535)"},
            [](engine& random) {
                return pg::tid{
                    any_integer<std::uint32_t>(random), any_integer<std::uint16_t>(random)};
            }),
        row_of<pg::snapshot>("pg_snapshot", {"1:1:", "10:20:10,14,15"}, random_snapshot),
        row_of<std::string>("txid_snapshot", {"1:1:", "10:20:10,14,15"}, random_snapshot),
        row_of<pg::bits>("bit", {"", "0", "1", "101", "00000000", "111111111"}, random_bits),
        row_of<pg::bits>("varbit", {"", "0", "1", "101", "00000000", "111111111"}, random_bits),
    };
}

std::vector<table_row> characters()
{
    std::string const longest(63, 'x');
    std::vector<std::string> const words{"", " ", "NULL", "null", "a\"b\\c", "{}", "\xc3\xa4 '"};
    return {
        row_of<std::string>("text", words, any_text),
        row_of<std::string>("varchar", words, any_text),
        row_of<std::string>("bpchar", {"", "a", "a\"b ", "\xc3\xa4"}, any_text),
        row_of<std::string>("name", {"", "a b", longest}, any_text),
        row_of<char>("char", {"a", "~", "\"", "\\"},
            [](engine& random) { return static_cast<char>(1 + random() % 127); }),
        row_of<std::vector<std::byte>>("bytea", {"", "\\x00", "\\xff00ff", "abc"}, any_bytes),
        row_of<std::string>("json", {"null", "0", "{\"a\" : [1, \"\\u00e4\"]}", "\"\""},
            [](engine& random) { return random_document(random); }),
        row_of<std::string>("jsonb", {"null", "0", "{\"a\" : [1, \"\\u00e4\"]}", "\"\"", "1e300"},
            [](engine& random) { return random_document(random); }),
        row_of<std::string>("jsonpath", {"$", "$.a[*] ? (@ > 1)", "lax $.\"b c\""}, random_path),
        row_of<std::string>("xml", {"", "text", "<a b=\"c\">\xc3\xa4</a>"}, random_xml),
        row_of<std::string>("refcursor", {"", "a b"}, any_text),
        row_of<std::string>("int2vector", {"", "1 -2 3"}, random_numbers<std::int16_t>),
        row_of<std::string>("oidvector", {"", "1 4294967295"}, random_numbers<std::uint32_t>),
        row_of<pg::tsvector>("tsvector", {"", "a:1A,2 b", "'c d':16383C"}, random_vector),
        row_of<pg::tsquery>("tsquery", {"a", "a & !(b | c:*AB)", "a <-> (b <2> c)"},
            [](engine& random) { return random_query(random, 4); }),
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
    auto const any_local_day = [](engine& random) {
        return chrono::local_days{any_day(random).time_since_epoch()};
    };
    auto const any_clock = [](engine& random) {
        return pg::time_of_day{chrono::microseconds{random() % 86'400'000'001}};
    };
    auto const any_offset_clock = [any_clock](engine& random) {
        chrono::seconds const offset{static_cast<int>(random() % 115'199) - 57'599};
        return pg::time_with_offset{any_clock(random), offset};
    };
    auto const any_interval = [](engine& random) {
        return pg::interval{any_integer<std::int32_t>(random) / 16,
            any_integer<std::int32_t>(random), any_integer<std::int64_t>(random) / 2};
    };
    return {
        row_of<pg::infinity_or<chrono::sys_days>>("date", days + forever, any_day),
        row_of<chrono::sys_days>("date", days + std::vector<std::string>{"5874897-12-31"}, any_day),
        row_of<chrono::local_days>("date", days, any_local_day),
        row_of<chrono::year_month_day>(
            "date", days + std::vector<std::string>{"32767-12-31"}, any_day),
        row_of<pg::time_of_day>(
            "time", {"00:00:00", "24:00:00", "23:59:59.999999", "12:34:56.7"}, any_clock),
        row_of<pg::time_with_offset>("timetz",
            {"00:00:00+00", "24:00:00-15:59:59", "12:34:56.7+15:59", "01:02:03+05:30"},
            any_offset_clock),
        row_of<pg::infinity_or<local_microseconds>>(
            "timestamp", instants + endless, any_time<local_microseconds>),
        row_of<local_microseconds>("timestamp", instants, any_time<local_microseconds>),
        row_of<pg::infinity_or<sys_microseconds>>(
            "timestamptz", instants + endless, any_time<sys_microseconds>),
        row_of<sys_microseconds>("timestamptz", instants, any_time<sys_microseconds>),
        row_of<std::string>("timestamp", last),
        row_of<chrono::local_seconds>("timestamp", {"294276-12-31 23:59:59"}),
        row_of<chrono::sys_seconds>("timestamptz", {"294276-12-31 23:59:59+00"}),
        row_of<std::string>("timestamptz", {"294276-12-31 23:59:59.999999+00"}),
        row_of<pg::interval>("interval",
            {"0", "178000000 years", "-178000000 years", "1 mon -1 day 00:00:00.000001",
                "-00:00:00.000001", "2147483647 days", "1 year 2 mons 3 days 04:05:06.7",
                "-1 mon +1 day -01:02:03"},
            any_interval),
    };
}

std::vector<table_row> places()
{
    return {
        row_of<pg::inet>(
            "inet", {"0.0.0.0/0", "10.1.2.3/8", "::", "::ffff:1.2.3.4"}, random_address),
        row_of<pg::cidr>("cidr", {"0.0.0.0/0", "10/8", "::/0", "2001:db8::/32"}, random_network),
        row_of<pg::inet>("cidr", {"10.0.0.0/8"}), // but 1.2.3.4/32 is printed without the /32
        row_of<pg::macaddr>("macaddr", {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"},
            [](engine& random) { return random_hex(random, 6); }),
        row_of<pg::macaddr8>("macaddr8", {"00:00:00:00:00:00:00:00", "08002b:0102030405"},
            [](engine& random) { return random_hex(random, 8); }),
        row_of<pg::point>("point", {"(0,0)", "(-0,1e+300)", "(NaN,Infinity)"}, random_point),
        row_of<pg::line>("line", {"{1,0,0}", "{0,-1,0.5}"},
            [](engine& random) {
                return "{1," + random_number(random) + ',' + random_number(random) + '}';
            }),
        row_of<pg::lseg>("lseg", {"[(0,0),(0,0)]", "[(1,2),(3,4)]"},
            [](engine& random) { return random_points(random, 2); }),
        row_of<pg::box>("box", {"(0,0),(0,0)", "(1,2),(3,4)"},
            [](engine& random) { return random_points(random, 2); }),
        row_of<pg::path>("path", {"((0,0))", "[(1,2),(3,4)]"},
            [](engine& random) {
                return random() % 2 == 0 ? '[' + random_points(random, 3) + ']'
                                         : '(' + random_points(random, 7) + ')';
            }),
        row_of<pg::polygon>("polygon", {"((0,0))", "((1,2),(3,4),(5,6))"},
            [](engine& random) { return '(' + random_points(random, 1 + random() % 9) + ')'; }),
        row_of<pg::circle>("circle", {"<(0,0),0>", "<(1,2),3.5>"},
            [](engine& random) {
                return '<' + random_point(random) + ',' + std::to_string(random() % 99) + '>';
            }),
    };
}

std::vector<table_row> ranges()
{
    using days = pg::range<chrono::sys_days>;
    using many_days = pg::multirange<chrono::sys_days>;
    std::string const day = "[2000-01-01,2000-01-02)";
    std::string const instant = "[\"2000-01-01 00:00:00\",\"2000-01-02 00:00:00.5\"]";
    return {
        row_of<pg::range<std::int32_t>>("int4range", {"empty", "(,)", "[1,10)", "[-5,)", "(,7)"},
            any_range<std::int32_t>(any_integer<std::int32_t>)),
        row_of<pg::range<std::int64_t>>("int8range", {"empty", "(,)", "[1,10)", "[-5,)", "(,7)"},
            any_range<std::int64_t>(any_integer<std::int64_t>)),
        row_of<pg::range<pg::numeric>>("numrange", {"empty", "(,)", "(0.50,1]", "[-5,)", "(,7.0)"},
            any_range<pg::numeric>(any_numeric)),
        row_of<days>("daterange", {"empty", "(,)", day}, any_range<chrono::sys_days>(any_day)),
        row_of<pg::range<local_microseconds>>("tsrange", {"empty", "(,)", instant},
            any_range<local_microseconds>(any_time<local_microseconds>)),
        row_of<pg::range<sys_microseconds>>("tstzrange", {"empty", "(,)", instant},
            any_range<sys_microseconds>(any_time<sys_microseconds>)),
        row_of<pg::multirange<std::int32_t>>("int4multirange", {"{}", "{(,)}", "{[1,2),[3,4)}"},
            any_multirange<std::int32_t>(any_integer<std::int32_t>)),
        row_of<pg::multirange<std::int64_t>>("int8multirange", {"{}", "{(,)}", "{[1,2),[3,4)}"},
            any_multirange<std::int64_t>(any_integer<std::int64_t>)),
        row_of<pg::multirange<pg::numeric>>("nummultirange", {"{}", "{(,)}", "{[1,2.0),(3.5,4]}"},
            any_multirange<pg::numeric>(any_numeric)),
        row_of<many_days>("datemultirange", {"{}", "{(,)}", '{' + day + '}'},
            any_multirange<chrono::sys_days>(any_day)),
        row_of<pg::multirange<local_microseconds>>("tsmultirange", {"{}", '{' + instant + '}'},
            any_multirange<local_microseconds>(any_time<local_microseconds>)),
        row_of<pg::multirange<sys_microseconds>>("tstzmultirange", {"{}", '{' + instant + '}'},
            any_multirange<sys_microseconds>(any_time<sys_microseconds>)),
    };
}

/// What only the server can make sense of is a string.
std::vector<table_row> catalog(std::string const& role)
{
    return {
        row_of<std::string>("aclitem", {"=r/" + role, role + "=arwdDxt/" + role},
            [&role](engine& random) { return random_privileges(random, role); }),
        row_of<std::string>("regproc", {"-", "now", "99999999"}, random_unknown),
        row_of<std::string>("regprocedure", {"-", "abs(integer)"}, random_unknown),
        row_of<std::string>("regoper", {"0", "||/"}, random_unknown),
        row_of<std::string>("regoperator", {"0", "+(integer,integer)"}, random_unknown),
        row_of<std::string>("regclass", {"pg_class"}),
        row_of<std::string>("regcollation", {"-", "\"C\""}, random_unknown),
        row_of<std::string>(
            "regtype", {"-", "integer", "timestamp with time zone"}, random_unknown),
        row_of<std::string>("regconfig", {"-", "english"}, random_unknown),
        row_of<std::string>("regdictionary", {"-", "simple"}, random_unknown),
        row_of<std::string>("regnamespace", {"-", "pg_catalog"}, random_unknown),
        row_of<std::string>("regrole", {"-", role}, random_unknown),
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
