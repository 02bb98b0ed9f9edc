#pragma once

#include "run.hpp"

#include <pgcoro/types/builtin.hpp>
#include <pgcoro/types/printing.hpp>
#include <pgcoro/types/range_codec.hpp>
#include <pgcoro/types/to_text.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

/// \file
/// What is checked of a type with the server as the judge: each value is read in the C++ type's own
/// format and prints as the server prints it; so it is from text; sent back, it is the same value
/// for the server; all that as an array too, in composites, through domains and, where it has an
/// order, in ranges; and a record prints it like the server.

namespace type_checks {

/// A type of the server, by its name in the catalog, and values of it.
struct type_case
{
    std::string name;
    std::vector<std::string> literals;

    /// What SQL calls it; without a length, where `bit` alone would have one.
    [[nodiscard]] std::string sql() const
    {
        return name.find_first_of(".\"") == name.npos ? "pg_catalog.\"" + name + '"' : name;
    }
};

// What does not depend on the C++ type is not compiled for each: values come and go as bytes, and
// only to decode, print and encode them is there a function of the type. (Sixty types took 45 s.)

/// A value as it came, in the format `As`.
template <pg::format As>
struct received
{
    pg::oid type{};
    std::vector<std::byte> bytes;

    [[nodiscard]] pg::field field() const
    {
        return {bytes.data(), static_cast<std::int32_t>(bytes.size()), type, As};
    }
};

/// An argument as its codec wrote it.
struct argument
{
    pg::oid type{};
    pg::format as{};
    std::vector<std::byte> bytes;
};

inline pg::oid parameter_oid(argument const& value) noexcept
{
    return value.type;
}
inline pg::format parameter_format(argument const& value) noexcept
{
    return value.as;
}

using texts = std::vector<std::optional<std::string>>;

/// A range that was read: its bounds, and as its codec writes it.
struct printed_range
{
    std::optional<std::string> lower;
    std::optional<std::string> upper;
    bool in_order = true; ///< the lower bound is not the greater one, as far as C++ knows
    std::string text;
};

/// What has to be known of a C++ type.
struct probe
{
    pg::format wanted; ///< the format to ask for
    pg::format wanted_array;
    bool (*accepts)(pg::oid, pg::format);
    bool (*accepts_array)(pg::oid, pg::format);
    /// Decoded and printed; nothing for what the codec refuses.
    std::optional<std::string> (*print)(pg::field const&);
    std::optional<texts> (*print_array)(pg::field const&);
    /// Decoded, and encoded as an argument is.
    argument (*send)(pg::field const&);
    argument (*send_array)(pg::field const&);
    /// The same of a composite whose first column it is; the second is a 7.
    std::optional<std::string> (*print_member)(pg::field const&);
    argument (*send_composite)(pg::field const&);
    /// A range in text; null where C++ has no order for the type.
    std::optional<printed_range> (*print_range)(pg::field const&);
};

template <class T>
std::string printed(T const& value)
{
    std::string const text = pg::to_text(value);
    if constexpr (pg::prints_like_server<T>) {
        if (to_string(value) != text)
            CHECK(to_string(value) == text);
    }
    return text;
}

template <class T>
std::optional<T> read(pg::field const& from)
{
    T to{};
    if (!pg::accepts<T>(from.type, from.format) || !pg::decode_field(from, to))
        return std::nullopt;
    return to;
}

template <class T>
std::optional<T> read_text(std::string const& text, pg::oid type)
{
    return read<T>({reinterpret_cast<std::byte const*>(text.data()),
        static_cast<std::int32_t>(text.size()), type, pg::format::text});
}

template <class T>
argument as_argument(pg::field const& from)
{
    auto const value = read<T>(from);
    REQUIRE(value);
    pg::byte_writer to;
    pg::codec<T>::encode(*value, pg::parameter_format(*value), to);
    return {pg::parameter_oid(*value), pg::parameter_format(*value),
        {to.bytes().begin(), to.bytes().end()}};
}

template <class T>
std::optional<printed_range> print_range_of(pg::field const& from)
{
    auto const value = read<pg::range<T>>(from);
    if (!value)
        return std::nullopt;
    printed_range all;
    if (value->lower())
        all.lower = printed(*value->lower());
    if (value->upper())
        all.upper = printed(*value->upper());
    if (value->lower() && value->upper() && pg::is_ordered_by_server<T>)
        all.in_order = !pg::comes_before(*value->upper(), *value->lower());
    all.text = pg::to_text(*value);
    return all;
}

template <class T>
concept has_order = requires(T const& a)
{
    {
        a < a
        } -> std::convertible_to<bool>;
};

template <class T>
probe probe_of()
{
    using array = std::vector<std::optional<T>>;
    probe made{pg::result_format_of<T>(), pg::result_format_of<array>(), pg::accepts<T>,
        pg::accepts<array>, nullptr, nullptr, as_argument<T>, as_argument<array>, nullptr,
        as_argument<std::tuple<T, int>>, nullptr};
    if constexpr (has_order<T>)
        made.print_range = print_range_of<T>;
    made.print_member = [](pg::field const& from) -> std::optional<std::string> {
        auto const value = read<std::tuple<T, int>>(from);
        if (!value || std::get<1>(*value) != 7)
            return std::nullopt;
        return printed(std::get<0>(*value));
    };
    made.print = [](pg::field const& from) -> std::optional<std::string> {
        auto const value = read<T>(from);
        return value ? std::optional{printed(*value)} : std::nullopt;
    };
    made.print_array = [](pg::field const& from) -> std::optional<texts> {
        auto const values = read<array>(from);
        if (!values)
            return std::nullopt;
        texts all;
        for (std::optional<T> const& each : *values)
            all.push_back(each ? std::optional{printed(*each)} : std::nullopt);
        return all;
    };
    return made;
}

inline pg::field text_field(std::string const& text, pg::oid type)
{
    return {reinterpret_cast<std::byte const*>(text.data()), static_cast<std::int32_t>(text.size()),
        type, pg::format::text};
}

inline awaitable<void> settle(pg::connection& conn)
{
    co_await conn.execute("SET TimeZone = 'UTC'; SET DateStyle = ISO; SET IntervalStyle = postgres;"
                          "SET extra_float_digits = 1; SET bytea_output = hex;"
                          "SET lc_monetary = 'C'; SET xmloption = content");
}

} // namespace type_checks

template <pgcoro::format As>
struct pgcoro::codec<type_checks::received<As>>
{
    static constexpr format result_format = As;
    static constexpr bool accepts(oid, format) noexcept { return true; }
    static bool decode(field const& from, type_checks::received<As>& to)
    {
        to.type = from.type;
        to.bytes.assign(from.bytes().begin(), from.bytes().end());
        return from.format == As;
    }
};

template <>
struct pgcoro::codec<type_checks::argument>
{
    static void encode(type_checks::argument const& value, format, byte_writer& to)
    {
        to.put(std::span{value.bytes});
    }
};

namespace type_checks {

/// A CHECK of one of very many values; the value is what the server prints.
inline void expect(bool holds, std::string const& value,
    std::source_location where = std::source_location::current())
{
    if (!holds)
        FAIL_CHECK("line " << where.line() << ": the server prints " << value);
}

inline awaitable<bool> has_equality(pg::connection& conn, type_case const& each)
{
    if (each.name == "box" || each.name == "circle")
        co_return false; // it compares the areas, and those overflow
    co_return co_await conn.fetch_value<bool>(
        "SELECT EXISTS (SELECT FROM pg_operator WHERE oprname = '=' AND oprleft = oprright AND "
        "oprleft = $1::regtype)",
        each.sql());
}

/// Of many values so many go alone, too: the special ones, which stand in front.
inline constexpr std::size_t alone = 40;

template <pg::format As>
awaitable<void> check_values_as(pg::connection& conn, type_case const& each, probe const& type)
{
    auto const equality = co_await has_equality(conn, each);
    auto const all = "SELECT x::" + each.sql() + ", x::" + each.sql() +
                     " FROM unnest($1::text[]) WITH ORDINALITY AS u (x, n) ORDER BY n";
    auto const same = "SELECT $1::" + each.sql() + "::text IS NOT DISTINCT FROM $2::" + each.sql() +
                      "::text AND " +
                      (equality ? "$1 IS NOT DISTINCT FROM $2::" + each.sql() : "true");

    auto const rows =
        co_await conn.fetch<std::tuple<received<As>, std::string>>(all, each.literals);
    auto const records = co_await conn.fetch(all, each.literals);
    REQUIRE(rows.size() == each.literals.size());
    REQUIRE(records.size() == each.literals.size());
    for (std::size_t i = 0; i < each.literals.size(); ++i) {
        auto const& [value, text] = rows[i];
        expect(type.print(value.field()) == text, text);
        expect(type.print(text_field(text, value.type)) == text, text);
        if (i < alone) {
            auto const sent = type.send(value.field());
            auto const is_same = co_await conn.fetch_value<bool>(same, sent, each.literals[i]);
            expect(is_same, text);
        }

        // a record, whatever format it asks for
        expect(to_string(records[i]) == text + ' ' + text, text);
        auto const column = records[i][0].column();
        auto const bytes = records[i][0].bytes();
        if (type.wanted == pg::format::binary || column.format == pg::format::text) {
            expect(type.accepts(column.type, column.format), text);
            expect(type.print({bytes.data(), static_cast<std::int32_t>(bytes.size()), column.type,
                       column.format}) == text,
                text);
        }
    }
    auto const null = "SELECT $1::" + each.sql() + ", $1::" + each.sql() + " IS NULL";
    auto const back =
        co_await conn.fetch_one<std::tuple<std::optional<received<As>>, bool>>(null, std::nullopt);
    CHECK_FALSE(std::get<0>(back).has_value());
    CHECK(std::get<1>(back));
}

/// Values one by one.
inline awaitable<void> check_values(pg::connection& conn, type_case const& each, probe const& type)
{
    if (type.wanted == pg::format::binary)
        co_await check_values_as<pg::format::binary>(conn, each, type);
    else
        co_await check_values_as<pg::format::text>(conn, each, type);
}

template <pg::format As>
awaitable<void> check_array_as(pg::connection& conn, type_case const& each, probe const& type)
{
    auto const sql = "SELECT a, a, a FROM (SELECT $1::text[]::" + each.sql() + "[] AS a) s";
    texts literals{each.literals.begin(), each.literals.end()};
    literals.emplace_back();
    auto const row =
        co_await conn.fetch_one<std::tuple<received<As>, std::string, texts>>(sql, literals);
    auto const& [values, text, elements] = row;
    REQUIRE(elements.size() == literals.size());
    REQUIRE_FALSE(elements.back());
    CHECK((type.print_array(values.field()) == elements));
    CHECK((type.print_array(text_field(text, values.type)) == elements));
    auto const sent = type.send_array(values.field());
    auto const same = "SELECT $1::" + each.sql() + "[]::text = $2::" + each.sql() + "[]::text";
    auto const is_same = co_await conn.fetch_value<bool>(same, sent, text);
    expect(is_same, text);
    if (co_await has_equality(conn, each)) {
        auto const differing =
            "SELECT count(*) FROM unnest($1::" + each.sql() +
            "[], $2::text[]) AS u (x, y) WHERE x IS DISTINCT FROM y::" + each.sql();
        check_equal(co_await conn.fetch_value<std::int64_t>(differing, sent, literals), 0);
    }

    auto const record = co_await conn.fetch_one("SELECT $1::" + each.sql() + "[]", text);
    CHECK(to_string(record) == text);
    auto const& column = record[0].column();
    auto const bytes = record[0].bytes();
    if (type.wanted_array == pg::format::binary || column.format == pg::format::text) {
        CHECK(type.accepts_array(column.type, column.format));
        CHECK((type.print_array({bytes.data(), static_cast<std::int32_t>(bytes.size()), column.type,
                   column.format}) == elements));
    }
}

/// All of them, and a NULL, as one array.
inline awaitable<void> check_array(pg::connection& conn, type_case const& each, probe const& type)
{
    if (type.wanted_array == pg::format::binary)
        co_await check_array_as<pg::format::binary>(conn, each, type);
    else
        co_await check_array_as<pg::format::text>(conn, each, type);
}

inline std::string next_suffix()
{
    static int last = 0;
    return std::to_string(++last);
}

/// Within a composite, which is exchanged as text, and through a domain over a domain.
template <pg::format As>
awaitable<void> check_inside_as(pg::connection& conn, type_case const& each, probe const& type)
{
    std::string const suffix = next_suffix(); // a type of the server's may be many of C++
    std::string const composite = "pg_temp.composite_" + suffix;
    std::string const below = "pg_temp.below_" + suffix;
    std::string const domain = "pg_temp.domain_" + suffix;
    co_await conn.execute("CREATE TYPE " + composite + " AS (v " + each.sql() + ", n int)");
    co_await conn.execute("CREATE DOMAIN " + below + " AS " + each.sql());
    co_await conn.execute("CREATE DOMAIN " + domain + " AS " + below);
    auto const sql = "SELECT ROW(x::" + each.sql() + ", 7)::" + composite + ", x::" + domain +
                     ", x::" + each.sql() +
                     " FROM unnest($1::text[]) WITH ORDINALITY AS u (x, n) ORDER BY n";
    auto const same = "SELECT $1::" + composite + "::text = ROW($2::" + each.sql() +
                      ", 7)::" + composite + "::text AND $3::" + domain +
                      "::text IS NOT DISTINCT FROM $2::" + each.sql() + "::text";
    using row = std::tuple<received<pg::format::text>, received<As>, std::string>;
    auto const rows = co_await conn.fetch<row>(sql, each.literals);
    REQUIRE(rows.size() == each.literals.size());
    std::vector<std::string> composites;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto const& [inside, through, text] = rows[i];
        expect(type.print_member(inside.field()) == text, text);
        expect(type.print(through.field()) == text, text);
        auto const sent = type.send_composite(inside.field());
        composites.emplace_back(
            reinterpret_cast<char const*>(sent.bytes.data()), sent.bytes.size());
        if (i < alone) {
            auto const plain = type.send(through.field());
            auto const is_same =
                co_await conn.fetch_value<bool>(same, sent, each.literals[i], plain);
            expect(is_same, text);
        }
    }
    auto const differing = "SELECT count(*) FROM unnest($1::text[], $2::text[]) AS u (x, y) WHERE "
                           "x::" +
                           composite + "::text IS DISTINCT FROM ROW(y::" + each.sql() +
                           ", 7)::" + composite + "::text";
    check_equal(co_await conn.fetch_value<std::int64_t>(differing, composites, each.literals), 0);

    // in binary, as composites are read whose members are views
    if (!type.accepts(std::get<1>(rows[0]).type, pg::format::binary))
        co_return;
    auto const binary = "SELECT ROW(x::" + each.sql() + ", 7)::" + composite +
                        ", x::" + each.sql() +
                        " FROM unnest($1::text[]) WITH ORDINALITY AS u (x, n) ORDER BY n";
    using binary_row = std::tuple<received<pg::format::binary>, std::string>;
    for (auto const& [inside, text] : co_await conn.fetch<binary_row>(binary, each.literals))
        expect(type.print_member(inside.field()) == text, text);
}

inline awaitable<void> check_inside(pg::connection& conn, type_case const& each, probe const& type)
{
    if (type.wanted == pg::format::binary)
        co_await check_inside_as<pg::format::binary>(conn, each, type);
    else
        co_await check_inside_as<pg::format::text>(conn, each, type);
}

/// As the bounds of ranges, made of each value and the next.
inline awaitable<void> check_ranges(pg::connection& conn, type_case const& each, probe const& type)
{
    auto const ordered = co_await conn.fetch_value<bool>(
        "SELECT EXISTS (SELECT FROM pg_opclass o JOIN pg_am a ON a.oid = o.opcmethod WHERE "
        "opcdefault AND amname = 'btree' AND opcintype = $1::regtype)",
        each.sql());
    if (!ordered || type.print_range == nullptr)
        co_return;
    std::string const range = "pg_temp.range_" + next_suffix();
    co_await conn.execute("CREATE TYPE " + range + " AS RANGE (subtype = " + each.sql() + ")");
    auto const sql = "SELECT r, lower(r), upper(r), r FROM (SELECT n, " + range +
                     "(least(x, y), greatest(x, y)) AS r FROM (SELECT n, x::" + each.sql() +
                     ", lead(x) OVER (ORDER BY n)::" + each.sql() +
                     " AS y FROM unnest($1::text[]) WITH ORDINALITY AS u (x, n)) v) w ORDER BY n";
    using row = std::tuple<received<pg::format::text>, std::optional<std::string>,
        std::optional<std::string>, std::string>;
    auto const rows = co_await conn.fetch<row>(sql, each.literals);
    REQUIRE(rows.size() == each.literals.size());
    std::vector<std::string> sent;
    std::vector<std::string> theirs;
    for (auto const& [value, lower, upper, text] : rows) {
        auto const read = type.print_range(value.field());
        REQUIRE(read.has_value());
        expect(read->lower == lower, text);
        expect(read->upper == upper, text);
        expect(read->in_order, text);
        sent.push_back(read->text);
        theirs.push_back(text);
    }
    auto const differing = "SELECT count(*) FROM unnest($1::text[], $2::text[]) AS u (x, y) WHERE "
                           "x::" +
                           range + " IS DISTINCT FROM y::" + range;
    check_equal(co_await conn.fetch_value<std::int64_t>(differing, sent, theirs), 0);
}

inline awaitable<void> check_type(pg::connection& conn, type_case const& each, probe const& type)
{
    INFO("type " << each.name);
    co_await check_values(conn, each, type);
    co_await check_array(conn, each, type);
    co_await check_inside(conn, each, type);
    co_await check_ranges(conn, each, type);
}

/// The same, and as a program would have it.
template <class T>
awaitable<void> check_type(pg::connection& conn, type_case const& each)
{
    co_await check_type(conn, each, probe_of<T>());
    INFO("type " << each.name);
    auto const sql = "SELECT x::" + each.sql() +
                     " FROM unnest($1::text[]) WITH ORDINALITY AS u (x, n) ORDER BY n";
    auto const values = co_await conn.fetch<T>(sql, each.literals);
    auto const printed_by_server = co_await conn.fetch<std::string>(sql, each.literals);
    REQUIRE(values.size() == each.literals.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        CHECK(printed(values[i]) == printed_by_server[i]);
    auto const back = "SELECT $1::" + each.sql();
    auto const last = co_await conn.fetch_value<T>(back, values[values.size() - 1]);
    CHECK(printed(last) == printed_by_server[values.size() - 1]);
}

/// `count` values of a generator, the same ones in every run.
inline std::vector<std::string> random_values(
    std::size_t count, std::function<std::string(std::mt19937_64&)> const& generate)
{
    std::mt19937_64 random{20240229};
    std::vector<std::string> values;
    for (std::size_t i = 0; i < count; ++i)
        values.push_back(generate(random));
    return values;
}

inline std::vector<std::string> operator+(
    std::vector<std::string> values, std::vector<std::string> const& more)
{
    values.insert(values.end(), more.begin(), more.end());
    return values;
}

} // namespace type_checks
