#pragma once

#include "field.hpp"
#include "float_text.hpp"
#include "numeric_digits.hpp"
#include "numeric_text.hpp"
#include "numeric_wire.hpp"
#include "oids.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

/// \file
/// A numeric as one of C++'s own numbers.

namespace pgcoro {

[[nodiscard]] constexpr bool is_finite(numeric_digits const& number) noexcept
{
    return number.kind == numeric_kind::positive || number.kind == numeric_kind::negative;
}

/// The value without its sign, times 10 to the power of `scale`. False if that is no whole number,
/// or one of more than 64 bits.
[[nodiscard, gnu::noinline]] inline bool scaled_size(
    numeric_digits const& number, unsigned scale, std::uint64_t& size) noexcept
{
    constexpr unsigned powers[] = {1, 10, 100, 1000, 10'000};
    auto const append = [&](std::int64_t places, unsigned value) {
        return !__builtin_mul_overflow(size, std::uint64_t{powers[places]}, &size) &&
               !__builtin_add_overflow(size, std::uint64_t{value}, &size);
    };
    size = 0;
    auto const all = number.span();
    if (all.empty())
        return true;
    std::int64_t group = number.weight; // of which power of 10000
    auto left = static_cast<std::int64_t>(scale) + (group < -1 ? (group + 1) * 4 : 0);
    for (std::size_t i = 0; i < all.size() || group >= 0 || left > 0; ++i, --group) {
        unsigned const value = i < all.size() ? all[i] : 0;
        auto const places = group >= 0 ? 4 : std::clamp<std::int64_t>(left, 0, 4);
        unsigned const rest = powers[4 - places];
        if (value % rest != 0 || !append(places, value / rest))
            return false;
        left -= group < 0 ? 4 : 0;
    }
    return true;
}

/// The value times 10 to the power of `scale`, where that is a whole number and fits.
template <class T>
[[nodiscard]] inline std::optional<T> scaled_integer(
    numeric_digits const& number, unsigned scale) noexcept
{
    std::uint64_t size = 0;
    if (!is_finite(number) || !scaled_size(number, scale, size))
        return std::nullopt;
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    if (number.kind == numeric_kind::positive)
        return size <= most ? std::optional{static_cast<T>(size)} : std::nullopt;
    if (!std::is_signed_v<T> || size > most + 1)
        return std::nullopt;
    return static_cast<T>(0 - size);
}

/// The double next to a finite value whose digits are, as one whole number, one that a double holds
/// exactly, and which stand no further from the point than a power of ten that it holds: then a
/// single operation rounds, and it rounds right. Most numbers are such.
[[nodiscard]] inline bool short_double(numeric_digits const& number, double& to) noexcept
{
    static constexpr double powers[] = {1, 1e4, 1e8, 1e12, 1e16, 1e20};
    constexpr std::uint64_t exact = std::uint64_t{1} << 53;
    if (number.size() > 4)
        return false;
    std::uint64_t size = 0;
    for (std::uint16_t const digit : number.span())
        size = size * 10'000 + digit;
    std::int32_t const exponent = number.size() == 0 ? 0 : number.weight - number.size() + 1;
    if (size > exact || exponent < -5 || exponent > 5)
        return false;
    auto const whole = static_cast<double>(size);
    to = exponent < 0 ? whole / powers[-exponent] : whole * powers[exponent];
    if (number.kind == numeric_kind::negative)
        to = -to;
    return true;
}

/// The double next to the value: infinite where it is larger than any, zero where it is smaller.
[[nodiscard, gnu::noinline]] inline double nearest_double(numeric_digits const& number)
{
    using limits = std::numeric_limits<double>;
    if (number.kind == numeric_kind::nan)
        return limits::quiet_NaN();
    double value = 0;
    if (is_finite(number)) {
        if (short_double(number, value))
            return value;
        std::string text;
        append_numeric(number, text);
        if (parse_float(std::string_view{text}, value))
            return value;
        value = number.weight > 0 ? limits::infinity() : 0;
        return number.kind == numeric_kind::negative ? -value : value;
    }
    return number.kind == numeric_kind::infinity ? limits::infinity() : -limits::infinity();
}

/// The value as an integer or a double, where it fits: a whole number of T's, or one that is not
/// larger than any double; the nearest of those is taken.
template <class T>
[[nodiscard]] inline bool fit_numeric(numeric_digits const& number, T& to)
{
    if constexpr (std::is_floating_point_v<T>) {
        to = static_cast<T>(nearest_double(number));
        return !is_finite(number) || to - to == 0; // else it is too large for any
    } else {
        auto const value = scaled_integer<T>(number, 0);
        to = value.value_or(T{});
        return value.has_value();
    }
}

// Not inlined into the codecs of integers and floats, and not given a field: those who have no
// numeric then keep theirs in registers. Asked for as text are numerics within arrays of domains.

template <class T>
[[nodiscard, gnu::noinline]] inline bool read_binary_numeric(
    std::byte const* data, std::int32_t size, T& to)
{
    numeric_digits number;
    return read_numeric(field{data, size, oids::numeric, format::binary}, number) &&
           fit_numeric(number, to);
}

template <class T>
[[nodiscard, gnu::noinline, gnu::cold]] inline bool read_text_numeric(std::string_view text, T& to)
{
    numeric_digits number;
    return parse_numeric(text, number) && fit_numeric(number, to);
}

} // namespace pgcoro
