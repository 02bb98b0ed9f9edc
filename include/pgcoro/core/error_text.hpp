#pragma once

#include "server_error.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

namespace pgcoro {

/// One character of a UTF-8 text: how many bytes it takes, and how many columns of a terminal. A
/// byte that is no UTF-8 is a character of its own.
struct utf8_character
{
    std::size_t bytes;
    std::size_t columns;

    [[nodiscard]] static utf8_character at(std::string_view text, std::size_t place) noexcept
    {
        auto const first = static_cast<unsigned char>(text[place]);
        std::size_t const size = first < 0x80            ? 1
                                 : (first >> 5) == 0x06U ? 2
                                 : (first >> 4) == 0x0eU ? 3
                                 : (first >> 3) == 0x1eU ? 4
                                                         : 0;
        if (size < 2 || place + size > text.size())
            return {1, 1};
        unsigned long code = first & (0x7fU >> size);
        for (std::size_t i = 1; i < size; ++i) {
            auto const next = static_cast<unsigned char>(text[place + i]);
            if ((next & 0xc0U) != 0x80U)
                return {1, 1};
            code = code << 6U | (next & 0x3fU);
        }
        struct range
        {
            unsigned long first, last;
        };
        constexpr range none[] = {{0x300, 0x36f}, {0x200b, 0x200f}, {0xfe00, 0xfe0f}};
        constexpr range two[] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3},
            {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6},
            {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};
        auto const holds = [code](range const& each) {
            return code >= each.first && code <= each.last;
        };
        if (std::any_of(std::begin(none), std::end(none), holds))
            return {size, 0};
        return {size, std::any_of(std::begin(two), std::end(two), holds) ? 2U : 1U};
    }
};

/// The line of `sql` that holds the character `position`, counted from 1, and a caret below it:
///
///     LINE 1: SELECT * FORM users
///                      ^
///
/// A long line is cut to 60 columns around it. Empty if the text has no such place.
[[nodiscard]] inline std::string point_at(std::string_view sql, int position)
{
    constexpr std::size_t widest = 60;
    constexpr std::size_t behind = 10; // of the line, to be seen behind the caret
    std::size_t place = 0;
    std::size_t line_begin = 0;
    int line = 1;
    if (position < 1)
        return {};
    for (int i = 1; i < position; ++i) {
        if (place == sql.size())
            return {};
        bool const ends_line = sql[place] == '\n';
        place += utf8_character::at(sql, place).bytes;
        if (ends_line) {
            line_begin = place;
            ++line;
        }
    }
    std::string_view text = sql.substr(line_begin);
    text = text.substr(0, text.find_first_of("\r\n"));
    std::size_t const at = std::min(place - line_begin, text.size());

    std::size_t caret = 0;
    std::size_t columns = 0;
    for (std::size_t i = 0; i < text.size();) {
        auto const each = utf8_character::at(text, i);
        if (i < at)
            caret += each.columns;
        columns += each.columns;
        i += each.bytes;
    }
    std::size_t first = 0;
    if (columns > widest && caret + behind > widest)
        first = std::min(caret + behind, columns) - widest;
    std::string shown = "LINE " + std::to_string(line) + ": ";
    std::size_t indent = shown.size() + caret;
    if (first > 0)
        shown += "...";
    std::size_t column = 0;
    std::size_t begins = columns; // the first column that is shown
    for (std::size_t i = 0; i < text.size();) {
        auto const each = utf8_character::at(text, i);
        if (column >= first && column + each.columns <= first + widest) {
            begins = std::min(begins, column);
            text[i] == '\t' ? shown += ' ' : shown += text.substr(i, each.bytes);
        }
        column += each.columns;
        i += each.bytes;
    }
    if (first > 0)
        indent = indent + 3 - begins;
    if (columns > first + widest)
        shown += "...";
    return shown + '\n' + std::string(indent, ' ') + "^\n";
}

/// An error as psql prints it: with the line of the SQL that it is about. `sql`: the text that was
/// run; the error itself does not keep it. Ends with a line break.
/// https://www.postgresql.org/docs/current/protocol-error-fields.html
[[nodiscard]] inline std::string describe(server_error const& error, std::string_view sql)
{
    std::string text{error.severity()};
    text.append(":  ").append(error.message()) += '\n';
    if (error.position())
        text += point_at(sql, *error.position());
    else if (error.internal_position())
        text += point_at(error.internal_query(), *error.internal_position());
    auto const add = [&text](std::string_view name, std::string_view value) {
        if (!value.empty())
            text.append(name).append(":  ").append(value) += '\n';
    };
    add("DETAIL", error.detail());
    add("HINT", error.hint());
    add("QUERY", error.internal_query());
    add("CONTEXT", error.where());
    return text;
}

} // namespace pgcoro
