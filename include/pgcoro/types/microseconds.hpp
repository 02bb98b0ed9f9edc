#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <ratio>
#include <utility>

/// \file
/// The server counts time in microseconds. Durations of other units are exchanged where that is
/// exact, and refused where it is not: nothing is rounded.

namespace pgcoro {

template <class Duration>
using ratio_to_microseconds = std::ratio_divide<typename Duration::period, std::micro>;

/// A whole number of microseconds each, and counted in integers: hours, seconds, milliseconds.
template <class Duration>
concept whole_microseconds =
    std::integral<typename Duration::rep> && ratio_to_microseconds<Duration>::den == 1;

/// A whole number of them is a microsecond: nanoseconds. They can be read; of those to be sent,
/// floor<std::chrono::microseconds>() or its like must say what becomes of the rest.
template <class Duration>
concept parts_of_microseconds =
    std::integral<typename Duration::rep> && ratio_to_microseconds<Duration>::num == 1;

template <class Duration>
concept exact_duration = whole_microseconds<Duration> || parts_of_microseconds<Duration>;

/// False if the count would have to be rounded, or is too large for the duration's integers.
template <exact_duration Duration>
[[nodiscard]] constexpr bool from_microseconds(std::int64_t microseconds, Duration& to) noexcept
{
    using ratio = ratio_to_microseconds<Duration>;
    std::int64_t count = microseconds;
    if constexpr (ratio::num != 1) {
        if (microseconds % ratio::num != 0)
            return false;
        count = microseconds / ratio::num;
    } else if constexpr (ratio::den != 1) {
        if (__builtin_mul_overflow(microseconds, std::int64_t{ratio::den}, &count))
            return false;
    }
    to = Duration{static_cast<typename Duration::rep>(count)};
    return std::in_range<typename Duration::rep>(count);
}

/// False if there are more than 64 bits can count.
template <whole_microseconds Duration>
[[nodiscard]] constexpr bool to_microseconds(Duration from, std::int64_t& microseconds) noexcept
{
    return !__builtin_mul_overflow(
        from.count(), std::int64_t{ratio_to_microseconds<Duration>::num}, &microseconds);
}

} // namespace pgcoro
