#pragma once

#include "../core/byte_writer.hpp"
#include "../core/format.hpp"
#include "../protocol/row_description.hpp"
#include "row_type.hpp"

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

/// The format to ask for each column in: its member's, or text where nobody takes it.
[[nodiscard]] inline std::vector<format> wanted_formats(
    row_description const& description, row_type const& type)
{
    std::vector<format> formats;
    formats.reserve(description.columns.size());
    for (column_description const& column : description.columns) {
        std::size_t const index = type.find(formats.size(), column.name);
        formats.push_back(index == type.members.size() ? format::text : type.members[index].wanted);
    }
    return formats;
}

inline void choose_result_formats(row_description& description, row_type const& type)
{
    std::vector<format> const formats = wanted_formats(description, type);
    for (std::size_t i = 0; i < formats.size(); ++i)
        description.columns[i].format = formats[i];
}

} // namespace pgcoro
