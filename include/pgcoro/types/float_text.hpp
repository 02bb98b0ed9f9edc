#pragma once

#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

namespace pgcoro {

/// Room for any float8 as text.
inline constexpr std::size_t float_text_size = 32;

/// Reads all of `text` as a number: digits, `NaN`, `Infinity`.
template <std::floating_point T>
[[nodiscard]] inline bool parse_float(std::string_view text, T& to) noexcept
{
#ifdef __cpp_lib_to_chars
    auto const end = text.data() + text.size();
    auto const [stop, code] = std::from_chars(text.data(), end, to);
    return code == std::errc{} && stop == end;
#else // libc++ had none until version 20; the server writes a point whatever the locale
    char copy[64];
    if (text.empty() || text.size() >= sizeof copy)
        return false;
    std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    char* stop = nullptr;
    if constexpr (std::same_as<T, float>)
        to = std::strtof(copy, &stop);
    else
        to = std::strtod(copy, &stop);
    return stop == copy + text.size();
#endif
}

/// Whether scientific `text` is read back as `value` even if it were a hair more or less. What lies
/// exactly between two floats is not: only rounding to even takes it for one of them.
template <std::floating_point T>
[[nodiscard]] inline bool is_inside(std::string_view text, T value) noexcept
{
    constexpr std::size_t hair = 30; // digits further on, far below any rounding
    std::string_view const mantissa = text.substr(0, text.find('e'));
    std::string_view const exponent = text.substr(mantissa.size());
    char nudged[float_text_size * 2 + hair];
    std::size_t const digits = mantissa.copy(nudged, float_text_size);
    auto const reads_back = [&](char filler, char last) {
        char* at = nudged + digits;
        if (mantissa.find('.') == mantissa.npos)
            *at++ = '.';
        std::memset(at, filler, hair - 1);
        at += hair - 1;
        *at++ = last;
        at += exponent.copy(at, float_text_size / 2);
        T read{};
        return parse_float(std::string_view{nudged, static_cast<std::size_t>(at - nudged)}, read) &&
               read == value;
    };

    if (!reads_back('0', '1'))
        return false;
    char* digit = nudged + digits - 1; // one less in the last place; the first is never zero
    for (; *digit == '0' || *digit == '.'; --digit)
        if (*digit == '0')
            *digit = '9';
    --*digit;
    return reads_back('9', '9');
}

/// Writes a number exactly as the server does: the fewest digits that are read back as the same
/// number, `1e+20` and `1e-05` from the exponents where the server changes over, `NaN`, `Infinity`.
/// https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT
template <std::floating_point T>
[[nodiscard]] inline std::string_view print_float(T value, char (&buffer)[float_text_size]) noexcept
{
    using bit_pattern = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

    // Without <cmath>: it takes as long to compile as all of the plain numbers' codecs.
    constexpr T infinity = std::numeric_limits<T>::infinity();
    if (value != value)
        return "NaN";
    if (value == infinity || value == -infinity)
        return value < 0 ? "-Infinity" : "Infinity";
    if (value == 0)
        return std::bit_cast<bit_pattern>(value) != 0 ? "-0" : "0";

    char* const last = buffer + float_text_size;
    char* end = std::to_chars(buffer, last, value, std::chars_format::scientific).ptr;
    auto const text = [&] {
        return std::string_view{buffer, static_cast<std::size_t>(end - buffer)};
    };

    int exponent = 0;
    std::size_t const e = text().find('e') + 1;
    std::from_chars(buffer + e + (buffer[e] == '+' ? 1 : 0), end, exponent);
    if (exponent >= -4 && exponent < std::numeric_limits<T>::digits10)
        return {
            buffer, static_cast<std::size_t>(
                        std::to_chars(buffer, last, value, std::chars_format::fixed).ptr - buffer)};

    // The server prints no number that lies exactly between two floats, though rounding to even
    // would read it back: 9.999999999999999e+22, not 1e+23. An odd one is never so read.
    if ((std::bit_cast<bit_pattern>(value) & 1) == 0)
        for (int places = 0; !is_inside(text(), value); ++places)
            end = std::to_chars(buffer, last, value, std::chars_format::scientific, places).ptr;
    return text();
}

} // namespace pgcoro
