#pragma once

#include "../core/byte_order.hpp"
#include "../core/byte_writer.hpp"
#include "field.hpp"
#include "numeric_digits.hpp"
#include "numeric_text.hpp"

#include <cstdint>

namespace pgcoro {

/// The digits that the scale has no room for are zeros. (The server sends none; printed, they would
/// be missing.)
[[nodiscard]] inline bool fits_scale(numeric_digits const& number) noexcept
{
    std::int32_t const behind_point = number.size() - 1 - number.weight; // groups of four
    std::int32_t const excess = behind_point * 4 - number.scale;
    if (excess <= 0)
        return true;
    constexpr std::uint16_t powers[] = {1, 10, 100, 1000};
    return excess < 4 && number.data()[number.size() - 1] % powers[excess] == 0;
}

/// Reads the binary form: how many digits to the base of 10000, the weight of the first, the kind,
/// the scale, the digits. numeric_send() in the server's source.
[[nodiscard]] inline bool read_numeric(field const& from, numeric_digits& to)
{
    constexpr std::int32_t header = 8;
    if (from.size < header)
        return false;
    auto const count = load_big<std::uint16_t>(from.data);
    if (from.size != header + 2 * std::int32_t{count})
        return false;
    to.kind = static_cast<numeric_kind>(load_big<std::uint16_t>(from.data + 4));
    to.scale = load_big<std::uint16_t>(from.data + 6);
    if (to.kind != numeric_kind::positive && to.kind != numeric_kind::negative) {
        to.weight = 0;
        to.scale = 0;
        return count == 0 && (to.kind == numeric_kind::nan || to.kind == numeric_kind::infinity ||
                                 to.kind == numeric_kind::negative_infinity);
    }
    to.weight = load_big<std::int16_t>(from.data + 2);
    std::uint16_t* const digits = to.resize(count);
    bool right = to.scale <= max_numeric_scale;
    for (std::int32_t i = 0; i < count; ++i) {
        digits[i] = load_big<std::uint16_t>(from.data + header + 2 * i);
        right = right && digits[i] < 10'000;
    }
    if (count == 0 || digits[0] == 0 || digits[count - 1] == 0)
        right = normalize(to) && right; // zero; the server sends no others
    return right && (to.size() == 0 || fits_scale(to));
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
