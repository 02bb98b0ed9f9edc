#pragma once

#include "../core/byte_writer.hpp"
#include "../core/format.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

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

} // namespace pgcoro
