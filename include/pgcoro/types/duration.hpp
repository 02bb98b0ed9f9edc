#pragma once

#include "../core/error.hpp"
#include "../core/inlined.hpp"
#include "interval.hpp"
#include "microseconds.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace pgcoro {

/// The interval of that many microseconds; for too many, which takes units of seconds or more,
/// throws encode_error.
template <whole_microseconds Duration>
[[nodiscard]] constexpr interval to_interval(Duration duration)
{
    interval value;
    if (!to_microseconds(duration, value.microseconds))
        throw encode_error{"the duration is longer than 2562047788 hours"};
    return value;
}

/// An interval as a duration, where that is exact: nothing if there are months in it, which are not
/// equally long, or if it is infinite, too long, or not a whole number of the duration's units. A
/// day has 24 hours, as in all that the server computes by subtraction.
template <exact_duration Duration>
[[nodiscard]] constexpr std::optional<Duration> to_duration(interval const& value) noexcept
{
    std::int64_t microseconds = 0;
    Duration duration{};
    if (value.months != 0 ||
        __builtin_mul_overflow(std::int64_t{value.days}, microseconds_per_day, &microseconds) ||
        __builtin_add_overflow(microseconds, value.microseconds, &microseconds) ||
        !from_microseconds(microseconds, duration))
        return std::nullopt;
    return duration;
}

/// interval as std::chrono's durations: those of whole microseconds both ways, nanoseconds read
/// only. What to_duration() gives nothing for is a decode_error.
template <exact_duration Duration>
requires std::same_as<Duration,
    std::chrono::duration<typename Duration::rep, typename Duration::period>>
struct codec<Duration>
{
    static constexpr oid type = oids::interval;
    static constexpr std::int32_t binary_size = 16;
    static constexpr bool is_finer_than_microseconds = !whole_microseconds<Duration>;

    PGCORO_INLINED static bool decode(field const& from, Duration& to) noexcept
    {
        interval value;
        if (!codec<interval>::decode(from, value))
            return false;
        auto const duration = to_duration<Duration>(value);
        to = duration.value_or(Duration{});
        return duration.has_value();
    }

    static void encode(
        Duration value, format as, byte_writer& to) requires whole_microseconds<Duration>
    {
        codec<interval>::encode(to_interval(value), as, to);
    }
};

} // namespace pgcoro
