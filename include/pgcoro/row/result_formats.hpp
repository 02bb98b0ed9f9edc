#pragma once

#include "../core/byte_writer.hpp"
#include "../core/format.hpp"
#include "../protocol/row_description.hpp"
#include "row_type.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace pgcoro {

/// Writes the last section of Bind: none for all text, one for all the same, or one for each
/// column, which `format_of` knows.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html, Bind
template <class FormatOf>
inline void put_result_formats(std::size_t count, FormatOf const& format_of, byte_writer& to)
{
    std::size_t const begin = to.size();
    std::byte* const at = to.extend(2 + 2 * count);
    std::size_t binary = 0;
    for (std::size_t i = 0; i < count; ++i) {
        format const each = format_of(i);
        store_big(at + 2 + 2 * i, static_cast<std::int16_t>(each));
        binary += each == format::binary ? 1 : 0;
    }
    std::size_t const listed = binary == count ? std::min<std::size_t>(count, 1)
                               : binary == 0   ? 0
                                               : count;
    store_big(at, static_cast<std::uint16_t>(listed));
    to.truncate(begin + 2 + 2 * listed);
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
    if (description == nullptr)
        put_result_formats(
            type.members.size(), [&](std::size_t i) { return type.members[i].wanted; }, to);
    else
        put_result_formats(
            description->columns.size(),
            [&](std::size_t i) { return wanted_format(type, i, description->columns[i]); }, to);
}

/// Notes the formats in the columns themselves.
inline void choose_result_formats(row_description& description, row_type const& type)
{
    for (std::size_t i = 0; i < description.columns.size(); ++i)
        description.columns[i].format = wanted_format(type, i, description.columns[i]);
}

} // namespace pgcoro
