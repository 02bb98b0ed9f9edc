#pragma once

#include "../core/byte_order.hpp"
#include "../core/byte_writer.hpp"
#include "field.hpp"
#include "numeric_digits.hpp"
#include "numeric_text.hpp"

#include <algorithm>
#include <cstdint>

namespace pgcoro {

/// Whether there are only zeros among the decimal digits of the last group, `last`, that are more
/// than the scale has room for by `excess`. (The server sends none; printed, they would be
/// missing.)
[[nodiscard]] constexpr bool fits_scale(std::uint16_t last, std::int32_t excess) noexcept
{
    switch (excess) { // not a division by a power: by constants, it is none
    case 1:
        return last % 10 == 0;
    case 2:
        return last % 100 == 0;
    case 3:
        return last % 1000 == 0;
    default:
        return excess <= 0;
    }
}

/// Reads the binary form: how many digits to the base of 10000, the weight of the first, the kind,
/// the scale, the digits. numeric_send() in the server's source.
[[nodiscard]] inline bool read_numeric(field const& from, numeric_digits& to)
{
    constexpr std::int32_t header_size = 8;
    if (from.size < header_size)
        return false;
    auto const header = load_big<std::uint64_t>(from.data); // all of it at once
    auto const count = static_cast<std::uint16_t>(header >> 48);
    auto const kind = static_cast<numeric_kind>(header >> 16 & 0xffff);
    if (from.size != header_size + 2 * std::int32_t{count})
        return false;
    to.kind = kind;
    if (kind != numeric_kind::positive && kind != numeric_kind::negative) {
        to.weight = 0;
        to.scale = 0;
        return count == 0 && (kind == numeric_kind::nan || kind == numeric_kind::infinity ||
                                 kind == numeric_kind::negative_infinity);
    }
    to.weight = static_cast<std::int16_t>(header >> 32 & 0xffff);
    to.scale = static_cast<std::uint16_t>(header & 0xffff);
    std::uint16_t* const digits = to.resize(count);
    std::uint16_t highest = 0;
    for (std::int32_t i = 0; i < count; ++i) {
        digits[i] = load_big<std::uint16_t>(from.data + header_size + 2 * i);
        highest = std::max(highest, digits[i]);
    }
    bool const right = highest < 10'000 && to.scale <= max_numeric_scale;
    if (count == 0 || digits[0] == 0 ||
        digits[count - 1] == 0) { // zero; the server sends no others
        if (!normalize(to))
            return false;
        if (to.size() == 0)
            return right;
    }
    std::int32_t const places = (to.size() - 1 - to.weight) * 4; // behind the point
    return right && fits_scale(to.data()[to.size() - 1], places - to.scale);
}

inline void write_numeric(numeric_digits const& value, byte_writer& to)
{
    to.put(value.size());
    to.put(value.weight);
    to.put(static_cast<std::uint16_t>(value.kind));
    to.put(value.scale);
    for (std::uint16_t const digit : value.span())
        to.put(digit);
}

} // namespace pgcoro
