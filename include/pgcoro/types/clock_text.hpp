#pragma once

#include "text_scanner.hpp"

#include <cstddef>
#include <cstdint>

/// \file
/// Times of day and offsets from UTC as the server writes them, on plain counts of microseconds and
/// seconds. https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-DATETIME-OUTPUT

namespace pgcoro {

inline constexpr std::int64_t microseconds_per_second = 1'000'000;
inline constexpr std::int64_t microseconds_per_day = 86'400 * microseconds_per_second;

/// Offsets from UTC are less than this, in seconds.
inline constexpr std::int32_t utc_offset_limit = 16 * 3600;

/// Room for any time of day with its offset, and for any count of hours.
inline constexpr std::size_t clock_text_size = 48;

/// `04:05:06.789`: hours beyond 24 too, and no more of the fraction than there is.
constexpr char* put_clock(char* at, std::uint64_t microseconds) noexcept
{
    std::uint64_t const seconds = microseconds / 1'000'000;
    at = put_number(at, static_cast<std::int64_t>(seconds / 3600), 2);
    *at++ = ':';
    at = put_number(at, static_cast<std::int64_t>(seconds / 60 % 60), 2);
    *at++ = ':';
    at = put_number(at, static_cast<std::int64_t>(seconds % 60), 2);
    if (std::uint64_t const fraction = microseconds % 1'000'000; fraction != 0) {
        *at++ = '.';
        at = put_number(at, static_cast<std::int64_t>(fraction), 6);
        while (at[-1] == '0')
            --at;
    }
    return at;
}

/// Reads `04:05:06.789` with hours of two digits or up to `hour_digits`.
[[nodiscard]] constexpr bool take_clock(
    text_scanner& text, std::size_t hour_digits, std::uint64_t& microseconds) noexcept
{
    std::uint64_t hours = 0;
    std::uint64_t minutes = 0;
    std::uint64_t seconds = 0;
    std::uint64_t fraction = 0;
    if (!text.take_number(2, hour_digits, hours) || !text.take(':') ||
        !text.take_number(2, 2, minutes) || !text.take(':') || !text.take_number(2, 2, seconds))
        return false;
    if (text.take('.')) {
        std::size_t places = text.count_digits();
        if (!text.take_number(1, 6, fraction))
            return false;
        for (; places < 6; ++places)
            fraction *= 10;
    }
    microseconds = (hours * 3600 + minutes * 60 + seconds) * 1'000'000 + fraction;
    return minutes < 60 && seconds < 60;
}

/// `+02`, `-03:30`, `+00:57:44`: seconds east of UTC.
constexpr char* put_utc_offset(char* at, std::int32_t seconds) noexcept
{
    *at++ = seconds < 0 ? '-' : '+';
    std::int64_t const size = seconds < 0 ? -std::int64_t{seconds} : std::int64_t{seconds};
    at = put_number(at, size / 3600, 2);
    if (size % 3600 != 0) {
        *at++ = ':';
        at = put_number(at, size / 60 % 60, 2);
    }
    if (size % 60 != 0) {
        *at++ = ':';
        at = put_number(at, size % 60, 2);
    }
    return at;
}

[[nodiscard]] constexpr bool take_utc_offset(text_scanner& text, std::int32_t& seconds) noexcept
{
    bool const west = text.take('-');
    std::int32_t hours = 0;
    std::int32_t minutes = 0;
    std::int32_t rest = 0;
    if ((!west && !text.take('+')) || !text.take_number(2, 2, hours))
        return false;
    if (text.take(':') && !text.take_number(2, 2, minutes))
        return false;
    if (text.take(':') && !text.take_number(2, 2, rest))
        return false;
    std::int32_t const size = hours * 3600 + minutes * 60 + rest;
    seconds = west ? -size : size;
    return minutes < 60 && rest < 60 && size < utc_offset_limit;
}

/// A time of day: up to and including 24:00:00.
[[nodiscard]] constexpr bool take_time_of_day(
    text_scanner& text, std::int64_t& microseconds) noexcept
{
    std::uint64_t count = 0;
    if (!take_clock(text, 2, count))
        return false;
    microseconds = static_cast<std::int64_t>(count);
    return microseconds <= microseconds_per_day;
}

} // namespace pgcoro
