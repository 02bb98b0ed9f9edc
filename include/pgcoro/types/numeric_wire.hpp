#pragma once

#include "../core/byte_order.hpp"
#include "../core/byte_writer.hpp"
#include "../core/inlined.hpp"
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

/// The binary form begins with four numbers of 16 bits: how many digits there are to the base of
/// 10000, the weight of the first, the kind, the scale. numeric_send() in the server's source.
inline constexpr std::int32_t numeric_header_size = 8;

/// Reads the digits to where there is room for them. False if one of them is none.
[[nodiscard]] PGCORO_INLINED bool read_numeric_digits(
    field const& from, std::int32_t count, std::uint16_t* digits)
{
    std::uint16_t highest = 0;
    for (std::int32_t i = 0; i < count; ++i) {
        digits[i] = load_big<std::uint16_t>(from.data + numeric_header_size + 2 * i);
        highest = std::max(highest, digits[i]);
    }
    return highest < 10'000;
}

/// Reads what is not just a few digits: zero, NaN, infinity, and numbers that allocate, or have
/// zeros in front or behind, which the server leaves out.
[[nodiscard, gnu::noinline]] inline bool read_rare_numeric(
    field const& from, std::uint16_t count, numeric_digits& to)
{
    if (to.kind != numeric_kind::positive && to.kind != numeric_kind::negative) {
        to.weight = 0;
        to.scale = 0;
        to.resize(0);
        return count == 0 && (to.kind == numeric_kind::nan || to.kind == numeric_kind::infinity ||
                                 to.kind == numeric_kind::negative_infinity);
    }
    if (!read_numeric_digits(from, count, to.resize(count)) || !normalize(to) ||
        to.scale > max_numeric_scale)
        return false;
    std::int32_t const places = (to.size() - 1 - to.weight) * 4; // behind the point
    return to.size() == 0 || fits_scale(to.data()[to.size() - 1], places - to.scale);
}

/// Reads the binary form. Most numbers have few digits: they take no call.
[[nodiscard]] inline bool read_numeric(field const& from, numeric_digits& to)
{
    if (from.size < numeric_header_size)
        return false;
    auto const header = load_big<std::uint64_t>(from.data); // all of it at once
    auto const count = static_cast<std::uint16_t>(header >> 48);
    if (from.size != numeric_header_size + 2 * std::int32_t{count})
        return false;
    to.weight = static_cast<std::int16_t>(header >> 32 & 0xffff);
    to.kind = static_cast<numeric_kind>(header >> 16 & 0xffff);
    to.scale = static_cast<std::uint16_t>(header & 0xffff);
    std::uint16_t* const digits = to.few(count);
    if (digits == nullptr ||
        (to.kind != numeric_kind::positive && to.kind != numeric_kind::negative))
        return read_rare_numeric(from, count, to);
    bool const right = read_numeric_digits(from, count, digits);
    if (digits[0] == 0 || digits[count - 1] == 0)
        return read_rare_numeric(from, count, to);
    std::int32_t const places = (count - 1 - to.weight) * 4; // behind the point
    return right && to.scale <= max_numeric_scale &&
           fits_scale(digits[count - 1], places - to.scale);
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
