#pragma once

#include "run.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// \file
/// Values of one type sent to the server and received back, in every way that there is.

namespace round_trips {

using bytes = std::vector<std::byte>;

template <class T>
bytes encoded(T const& value, pg::format as)
{
    pg::byte_writer to;
    pg::codec<T>::encode(value, as, to);
    return {to.bytes().begin(), to.bytes().end()};
}

/// The value as our own codec writes it in text.
template <class T>
std::string text_of(T const& value)
{
    bytes const out = encoded(value, pg::format::text);
    return {reinterpret_cast<char const*>(out.data()), out.size()};
}

/// The same in every bit, which equal numbers need not be: 1.0 and 1.00.
template <class T>
bool identical(T const& a, T const& b)
{
    return encoded(a, pg::format::binary) == encoded(b, pg::format::binary);
}

template <class T>
std::optional<T> from_text(std::string_view text, pg::oid type)
{
    T value{};
    pg::field const from{reinterpret_cast<std::byte const*>(text.data()),
        static_cast<std::int32_t>(text.size()), type, pg::format::text};
    return pg::decode_field(from, value) ? std::optional<T>{std::move(value)} : std::nullopt;
}

/// The settings under which text is compared.
inline awaitable<void> settle(pg::connection& conn)
{
    co_await conn.execute("SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = "
                          "'postgres'; SET lc_monetary = 'C'; SET extra_float_digits = 1");
}

/// A value that came back: it is the one that was sent, and says what the server's own text says.
template <class T>
void check_value(T const& sent, T const& got, std::string const& server_text)
{
    INFO("the server says " << server_text << ", sent was " << text_of(sent) << ", got was "
                            << text_of(got));
    bool const same = identical(sent, got);
    bool const same_text = text_of(got) == server_text;
    auto const read = from_text<T>(server_text, pg::type_of<T>());
    bool const read_back = read.has_value() && identical(*read, sent);
    CHECK(same);
    CHECK(same_text);
    CHECK(read_back);
}

/// One by one, as a parameter and a column.
template <class T>
awaitable<void> check_scalars(pg::connection& conn, std::string type, std::span<T const> values)
{
    std::string const sql = "SELECT $1::" + type + ", $1::" + type + "::text";
    for (T const& sent : values) {
        auto const row = co_await conn.fetch_one<std::tuple<T, std::string>>(sql, sent);
        check_value(sent, std::get<0>(row), std::get<1>(row));
    }
    auto const null = std::optional<T>{};
    std::string const is_null = "SELECT $1::" + type + ", $1::" + type + " IS NULL";
    auto const back = co_await conn.fetch_one<std::tuple<std::optional<T>, bool>>(is_null, null);
    CHECK(!std::get<0>(back).has_value());
    CHECK(std::get<1>(back));
}

/// All at once, as an array and as a column.
template <class T>
awaitable<void> check_elements(pg::connection& conn, std::string type, std::vector<T> values)
{
    std::string const each =
        "SELECT v, v::text FROM unnest($1::" + type + "[]) WITH ORDINALITY AS u (v, n) ORDER BY n";
    auto const rows = co_await conn.fetch<std::tuple<T, std::string>>(each, values);
    REQUIRE(rows.size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        check_value(values[i], std::get<0>(rows[i]), std::get<1>(rows[i]));

    std::vector<std::optional<T>> with_null(values.begin(), values.end());
    with_null.emplace_back();
    std::string const whole = "SELECT $1::" + type + "[], $1::" + type + "[]::text";
    auto const array =
        co_await conn.fetch_one<std::tuple<std::vector<std::optional<T>>, std::string>>(
            whole, with_null);
    auto const& [back, text] = array;
    auto const read =
        from_text<std::vector<std::optional<T>>>(text, pg::array_of(pg::type_of<T>()));
    REQUIRE(back.size() == with_null.size());
    REQUIRE(read.has_value());
    REQUIRE(read->size() == with_null.size());
    bool same = !back.back().has_value() && !read->back().has_value();
    for (std::size_t i = 0; i < values.size(); ++i)
        same = same && back[i] && identical(*back[i], values[i]) && (*read)[i] &&
               identical(*(*read)[i], values[i]);
    CHECK(same);
}

/// What our own text says is for the server the same value.
template <class T>
awaitable<void> check_texts(
    pg::connection& conn, std::string type, bool comparable, std::vector<T> values)
{
    std::vector<std::string> texts;
    for (T const& value : values)
        texts.push_back(text_of(value));
    std::string const cast = "::" + type;
    std::string sql = "SELECT t FROM unnest($1" + cast + "[], $2::text[]) AS u (v, t) WHERE ";
    if (comparable)
        sql += "v IS DISTINCT FROM t" + cast;
    else
        sql += "v::text <> t" + cast + "::text";
    auto const differing = co_await conn.fetch<std::string>(sql, values, texts);
    CHECK(differing.rows() == std::vector<std::string>{});
}

/// A record asks for it in binary and prints what the server would.
template <class T>
awaitable<void> check_records(pg::connection& conn, std::string type, std::vector<T> values)
{
    std::string const sql =
        "SELECT v, v::text FROM unnest($1::" + type + "[]) WITH ORDINALITY AS u (v, n) ORDER BY n";
    auto const rows = co_await conn.fetch(sql, values);
    REQUIRE(rows.size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::string printed;
        rows[i][0].append_to(printed);
        auto const text = rows[i].template get<std::string>(1);
        if (printed != text)
            CHECK(printed == text);
        bool const same = identical(rows[i].template get<T>(0), values[i]);
        CHECK(same);
        CHECK(rows[i][0].column().format ==
              (pg::has_text_form(pg::type_of<T>()) ? pg::format::binary : pg::format::text));
    }
}

/// Everything. The first forty also go alone, so the special ones belong in front.
template <class T>
void check_type(std::string const& type, std::vector<T> const& values, bool comparable = true)
{
    with_connection([&](pg::connection& conn) -> awaitable<void> {
        co_await settle(conn);
        co_await check_scalars<T>(
            conn, type, std::span{values}.first(std::min<std::size_t>(40, values.size())));
        co_await check_elements<T>(conn, type, values);
        co_await check_texts<T>(conn, type, comparable, values);
        co_await check_records<T>(conn, type, values);
    });
}

/// The special values, and a thousand more.
template <class T, class Make>
std::vector<T> with_random(std::vector<T> values, Make make)
{
    std::mt19937_64 random{20240229}; // the same ones every time
    for (int i = 0; i < 1000; ++i)
        values.push_back(make(random));
    return values;
}

} // namespace round_trips
