#pragma once

#include "../core/error.hpp"
#include "../core/inlined.hpp"
#include "calendar_codec.hpp"
#include "microseconds.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <utility>

/// \file
/// timestamptz as std::chrono::sys_time, timestamp as std::chrono::local_time. They are not taken
/// for each other: between them stands the session's time zone.
///
/// Any unit of whole microseconds will do. A value that is not a whole number of them is a
/// decode_error, never rounded; so is what 64 bits can't count from 1970 on (microseconds end at
/// 294247-01-10, nanoseconds at 2262-04-11), and an infinite one, but for `infinity_or`.
/// Nanoseconds, which system_clock::now() gives, can be read but not sent:
/// `floor<std::chrono::microseconds>(now)`.
/// https://www.postgresql.org/docs/current/datatype-datetime.html

namespace pgcoro {

/// Microseconds from 1970-01-01 to 2000-01-01.
inline constexpr std::int64_t unix_microseconds_to_2000 = 946'684'800'000'000;

template <class Clock, exact_duration Duration>
requires((std::same_as<Clock, std::chrono::system_clock> ||
          std::same_as<Clock, std::chrono::local_t>)&&!std::same_as<Duration,
    std::chrono::days>) struct calendar_value<std::chrono::time_point<Clock, Duration>>
{
    using count = timestamp_count<std::same_as<Clock, std::chrono::system_clock>>;
    using value = std::chrono::time_point<Clock, Duration>;

    PGCORO_INLINED static constexpr bool from_count(std::int64_t microseconds, value& to) noexcept
    {
        using rep = typename Duration::rep;
        Duration since_1970{};
        if constexpr (moves_whole_units) {
            if (microseconds % unit != 0)
                return false;
            std::int64_t const units = microseconds / unit + unix_microseconds_to_2000 / unit;
            if (!std::in_range<rep>(units))
                return false;
            since_1970 = Duration{static_cast<rep>(units)};
        } else if (__builtin_add_overflow(microseconds, unix_microseconds_to_2000, &microseconds) ||
                   !from_microseconds(microseconds, since_1970)) {
            return false;
        }
        to = value{since_1970};
        return true;
    }

    [[nodiscard]] static constexpr std::int64_t to_count(
        value time) requires whole_microseconds<Duration>
    {
        Duration const since_1970 = time.time_since_epoch();
        std::int64_t microseconds = 0;
        bool counted = false;
        if constexpr (moves_whole_units) {
            std::int64_t units = 0;
            counted = !__builtin_sub_overflow(
                          since_1970.count(), unix_microseconds_to_2000 / unit, &units) &&
                      !__builtin_mul_overflow(units, unit, &microseconds);
        } else {
            counted =
                to_microseconds(since_1970, microseconds) &&
                !__builtin_sub_overflow(microseconds, unix_microseconds_to_2000, &microseconds);
        }
        if (!counted || microseconds < first_timestamp || microseconds > last_timestamp)
            throw encode_error{"the timestamp is not between 4714-11-24 BC and 294276-12-31"};
        return microseconds;
    }

private:
    static constexpr std::int64_t unit = ratio_to_microseconds<Duration>::num;

    /// From 1970 to 2000 there are as many whole units: counted in them, what is in between does
    /// not overflow where microseconds would.
    static constexpr bool moves_whole_units = unit != 1 && unix_microseconds_to_2000 % unit == 0;
};

} // namespace pgcoro
