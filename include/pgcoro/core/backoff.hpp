#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace pgcoro {

/// A number of which each bit depends on each bit of the other: what splitmix64 makes of its
/// counter. Good enough to keep two clients apart, and no secret.
[[nodiscard]] constexpr std::uint64_t scrambled(std::uint64_t number) noexcept
{
    number = (number ^ (number >> 30U)) * 0xbf58476d1ce4e5b9U;
    number = (number ^ (number >> 27U)) * 0x94d049bb133111ebU;
    return number ^ (number >> 31U);
}

/// How long to wait after the failure of try `attempt`, counted from 1: `first`, twice as long each
/// further time, `most` at most; by chance up to a half of it less, so that those who collided
/// don't meet again. `noise` is random.
template <class Duration>
[[nodiscard]] constexpr Duration backoff_delay(
    Duration first, Duration most, std::uint32_t attempt, std::uint64_t noise) noexcept
{
    Duration longest = first;
    for (std::uint32_t i = 1; i < attempt && longest < most && longest > Duration{}; ++i)
        longest *= 2;
    longest = std::max(std::min(longest, most), Duration{});
    auto const half = static_cast<std::uint64_t>(longest.count() / 2);
    return longest - Duration{static_cast<typename Duration::rep>(noise % (half + 1))};
}

} // namespace pgcoro
