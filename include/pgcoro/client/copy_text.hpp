#pragma once

#include "../core/byte_writer.hpp"
#include "../core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pgcoro {

/// Appends one value as COPY's text format has it, without its escapes.
/// https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9
inline void put_unescaped(std::string_view value, byte_writer& out)
{
    constexpr std::string_view letters{"bfnrtv", 6};
    constexpr std::string_view meant{"\b\f\n\r\t\v", 6};
    for (;;) {
        std::size_t const plain = value.find('\\');
        out.put(value.substr(0, plain));
        if (plain == std::string_view::npos || plain + 1 == value.size())
            return;
        char const after = value[plain + 1];
        std::size_t const letter = letters.find(after);
        out.put(
            static_cast<std::uint8_t>(letter == std::string_view::npos ? after : meant[letter]));
        value.remove_prefix(plain + 2);
    }
}

/// Appends a line of a COPY in text, as the server writes it, as the body of a DataRow.
inline void put_copied_text(std::string_view line, std::size_t columns, byte_writer& out)
{
    auto const fail = [] {
        throw decode_error{"a line of the COPY does not have the columns that were announced"};
    };
    if (!line.ends_with('\n'))
        fail();
    line.remove_suffix(1);
    out.put(static_cast<std::uint16_t>(columns));
    for (std::size_t i = 0; i < columns; ++i) {
        std::size_t const tab = line.find('\t');
        if ((tab == std::string_view::npos) != (i + 1 == columns))
            fail();
        std::string_view const value = line.substr(0, tab);
        line.remove_prefix(i + 1 == columns ? line.size() : tab + 1);
        std::size_t const length_at = out.size();
        out.put(std::int32_t{-1});
        if (value == "\\N")
            continue;
        put_unescaped(value, out);
        out.patch(length_at, static_cast<std::uint32_t>(out.size() - length_at - 4));
    }
    if (!line.empty())
        fail();
}

} // namespace pgcoro
