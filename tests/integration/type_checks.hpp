#pragma once

#include "run.hpp"

#include <pgcoro/types/builtin.hpp>
#include <pgcoro/types/printing.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

/// \file
/// What is checked of a type with the server as the judge: each value is read in the C++ type's own
/// format and prints as the server prints it; so it is from text; sent back, it is the same value
/// for the server; all that as an array too; and a record prints it like the server.

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

template <class T>
std::string printed(T const& value)
{
    pg::byte_writer to;
    pg::codec<T>::encode(value, pg::format::text, to);
    std::string text{reinterpret_cast<char const*>(to.data()), to.size()};
    if constexpr (pg::prints_like_server<T>) {
        CHECK(to_string(value) == text);
    }
    return text;
}

template <class T>
std::optional<T> read_text(std::string const& text, pg::oid type)
{
    T to{};
    pg::field const from{reinterpret_cast<std::byte const*>(text.data()),
        static_cast<std::int32_t>(text.size()), type, pg::format::text};
    if (!pg::accepts<T>(type, pg::format::text) || !pg::decode_field(from, to))
        return std::nullopt;
    return to;
}

inline awaitable<void> settle(pg::connection& conn)
{
    co_await conn.execute("SET TimeZone = 'UTC'; SET DateStyle = ISO; SET IntervalStyle = postgres;"
                          "SET extra_float_digits = 1; SET bytea_output = hex;"
                          "SET lc_monetary = 'C'; SET xmloption = content");
}

inline awaitable<pg::oid> oid_of(pg::connection& conn, std::string type)
{
    auto const sql = "SELECT '" + type + "'::regtype::oid::int8";
    auto const number = co_await conn.fetch_value<std::int64_t>(sql);
    co_return static_cast<pg::oid>(number);
}

/// Values one by one.
template <class T>
awaitable<void> check_values(pg::connection& conn, type_case const& each)
{
    auto const type = co_await oid_of(conn, each.sql());
    auto const equality = co_await conn.fetch_value<bool>(
        "SELECT EXISTS (SELECT FROM pg_operator WHERE oprname = '=' AND oprleft = oprright AND "
        "oprleft = '" +
        each.sql() + "'::regtype)");
    auto const all = "SELECT x::" + each.sql() + ", x::" + each.sql() +
                     " FROM unnest($1::text[]) WITH ORDINALITY AS u (x, n) ORDER BY n";
    auto const same = "SELECT $1::" + each.sql() + "::text IS NOT DISTINCT FROM $2::" + each.sql() +
                      "::text AND " +
                      (equality ? "$1 IS NOT DISTINCT FROM $2::" + each.sql() : "true");

    auto const rows = co_await conn.fetch<std::tuple<T, std::string>>(all, each.literals);
    std::vector<std::string> texts;
    for (auto const& [value, text] : rows) {
        INFO("the server prints " << text);
        texts.push_back(text);
        CHECK(printed(value) == text);
        auto const from_text = read_text<T>(text, type);
        REQUIRE(from_text);
        CHECK(printed(*from_text) == text);
        auto const is_same =
            co_await conn.fetch_value<bool>(same, value, each.literals[texts.size() - 1]);
        CHECK(is_same);
    }
    CHECK(texts.size() == each.literals.size());

    // a record, whatever format it asks for
    auto const records = co_await conn.fetch(all, each.literals);
    REQUIRE(records.size() == texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        CHECK(to_string(records[i]) == texts[i] + ' ' + texts[i]);
        auto const& column = records[i][0].column();
        if (!std::same_as<T, std::string> || pg::accepts<T>(column.type, column.format)) {
            CHECK(printed(records[i].template get<T>(0)) == texts[i]);
        }
    }
}

/// All of them, and a NULL, as one array.
template <class T>
awaitable<void> check_array(pg::connection& conn, type_case const& each)
{
    using array = std::vector<std::optional<T>>;
    auto const type = co_await oid_of(conn, each.sql() + "[]");
    auto const sql = "SELECT a, a, a FROM (SELECT $1::text[]::" + each.sql() + "[] AS a) s";
    std::vector<std::optional<std::string>> literals{each.literals.begin(), each.literals.end()};
    literals.emplace_back();
    auto const row =
        co_await conn
            .fetch_one<std::tuple<array, std::string, std::vector<std::optional<std::string>>>>(
                sql, literals);
    auto const& [values, text, texts] = row;

    REQUIRE(values.size() == literals.size());
    CHECK_FALSE(values.back());
    auto const from_text = read_text<array>(text, type);
    REQUIRE(from_text);
    REQUIRE(from_text->size() == literals.size());
    CHECK_FALSE(from_text->back());
    for (std::size_t i = 0; i + 1 < literals.size(); ++i) {
        REQUIRE(values[i]);
        REQUIRE((*from_text)[i]);
        CHECK(printed(*(*from_text)[i]) == printed(*values[i]));
        CHECK(printed(*values[i]) == texts[i]);
    }
    auto const same = "SELECT $1::" + each.sql() + "[]::text = $2::" + each.sql() + "[]::text";
    auto const is_same = co_await conn.fetch_value<bool>(same, values, text);
    CHECK(is_same);

    auto const record = co_await conn.fetch_one("SELECT $1::" + each.sql() + "[]", text);
    CHECK(to_string(record) == text);
    auto const& column = record[0].column();
    if (!std::same_as<T, std::string> || pg::accepts<array>(column.type, column.format)) {
        CHECK(record.template get<array>(0).size() == literals.size());
    }
}

template <class T>
awaitable<void> check_type(pg::connection& conn, type_case const& each)
{
    INFO("type " << each.name);
    co_await check_values<T>(conn, each);
    co_await check_array<T>(conn, each);
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
