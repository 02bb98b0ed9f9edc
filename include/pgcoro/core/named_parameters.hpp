#pragma once

#include "placeholders.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace pgcoro {

/// An SQL text as a template's argument.
template <std::size_t Size>
struct sql_literal
{
    consteval sql_literal(char const (&from)[Size])
    {
        for (std::size_t i = 0; i < Size; ++i)
            text[i] = from[i];
    }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, Size - 1}; }

    char text[Size]{}; // public: a template's argument has no private members
};

/// Not constexpr: so the compiler stops where it would be called, and shows the name.
inline void the_sql_mixes_named_parameters_with_numbered_ones() noexcept {}

/// Writes a statement with its parameters :name numbered $1, $2… in the order in which the names
/// first occur: calls `put` with each character.
template <class Put>
constexpr void number_parameters(std::string_view sql, Put put)
{
    auto const begins_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    std::array<std::string_view, 64> names;
    std::size_t count = 0;
    std::size_t written = 0;
    bool numbered = false;
    auto const write_to = [&](std::size_t end) {
        while (written < end)
            put(sql[written++]);
    };
    scan_statement(
        sql, [&](std::size_t, std::size_t, std::size_t) { numbered = true; },
        [&](std::size_t i) {
            char const next = i + 1 < sql.size() ? sql[i + 1] : '\0';
            if (sql[i] != ':')
                return i + 1;
            if (!begins_name(next))
                return i + (next == ':' || next == '=' ? 2 : 1);
            std::size_t end = i + 1;
            while (
                end < sql.size() && (begins_name(sql[end]) || (sql[end] >= '0' && sql[end] <= '9')))
                ++end;
            std::string_view const name = sql.substr(i + 1, end - i - 1);
            std::size_t number = 0;
            while (number < count && names[number] != name)
                ++number;
            if (number == count)
                names.at(count++) = name;
            write_to(i);
            put('$');
            if (++number >= 10)
                put(static_cast<char>('0' + number / 10));
            put(static_cast<char>('0' + number % 10));
            written = end;
            return end;
        });
    write_to(sql.size());
    if (numbered && count != 0)
        the_sql_mixes_named_parameters_with_numbered_ones();
}

template <sql_literal Sql>
inline constexpr std::size_t numbered_size = [] {
    std::size_t size = 0;
    number_parameters(Sql.view(), [&](char) { ++size; });
    return size;
}();

template <sql_literal Sql>
inline constexpr auto numbered_text = [] {
    std::array<char, numbered_size<Sql>> text{};
    std::size_t size = 0;
    number_parameters(Sql.view(), [&](char c) { text[size++] = c; });
    return text;
}();

/// A statement with named parameters, numbered when it is compiled: `pg::named<"SELECT * FROM users
/// WHERE user_id = :id OR parent_id = :id">` is the text with $1 in place of :id. The arguments are
/// given in the order in which the names first occur, 64 at most. `::`, `:=` and what stands in
/// strings and comments is left alone; in the bounds of an array's slice a space must follow the
/// colon. Goes wherever SQL does, statement_of included.
template <sql_literal Sql>
inline constexpr std::string_view named{numbered_text<Sql>.data(), numbered_text<Sql>.size()};

} // namespace pgcoro
