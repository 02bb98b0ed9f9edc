#pragma once

#include "../core/byte_writer.hpp"
#include "../core/format.hpp"
#include "../protocol/row_description.hpp"
#include "row_type.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pgcoro {

/// Writes the last section of Bind: none for all text, one for all the same, or one for each
/// column. https://www.postgresql.org/docs/current/protocol-message-formats.html, Bind
inline void put_result_formats(std::span<format const> formats, byte_writer& to)
{
    std::size_t binary = 0;
    for (format const each : formats)
        binary += each == format::binary ? 1 : 0;
    if (binary == 0) {
        to.put(std::uint16_t{0});
    } else if (binary == formats.size()) {
        to.put(std::uint16_t{1});
        to.put(static_cast<std::int16_t>(format::binary));
    } else {
        to.put(static_cast<std::uint16_t>(formats.size()));
        for (format const each : formats)
            to.put(static_cast<std::int16_t>(each));
    }
}

/// The format to ask for a column in: its member's, or text where nobody takes it, and where the
/// member can read this type in text alone (the array of a domain, which has an OID of its own).
[[nodiscard]] inline format wanted_format(
    row_type const& type, std::size_t index, column_description const& column) noexcept
{
    std::size_t const taker = type.find(index, column.name);
    if (taker == type.members.size())
        return format::text;
    row_member const& member = type.members[taker];
    return type.kind == row_kind::by_name && !member.accepts(column.type, member.wanted) &&
                   member.accepts(column.type, format::text)
               ? format::text
               : member.wanted;
}

/// Writes Bind's result formats for a row type; for its members in their order if the columns are
/// not known.
inline void put_result_formats(
    row_type const& type, row_description const* description, byte_writer& to)
{
    std::size_t const count =
        description == nullptr ? type.members.size() : description->columns.size();
    std::array<format, 32> few;
    std::vector<format> many(count > few.size() ? count : 0);
    std::span<format> const formats{many.empty() ? few.data() : many.data(), count};
    for (std::size_t i = 0; i < count; ++i)
        formats[i] = description == nullptr ? type.members[i].wanted
                                            : wanted_format(type, i, description->columns[i]);
    put_result_formats(formats, to);
}

/// Notes the formats in the columns themselves.
inline void choose_result_formats(row_description& description, row_type const& type)
{
    for (std::size_t i = 0; i < description.columns.size(); ++i)
        description.columns[i].format = wanted_format(type, i, description.columns[i]);
}

} // namespace pgcoro
