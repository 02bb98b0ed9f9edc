#pragma once

#include "slot_table.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pgcoro {

/// How a pool is, and what happened since it was made. See pool/prometheus.hpp.
struct pool_stats
{
    std::size_t size = 0; ///< connections, those that are being made included
    std::size_t min_size = 0;
    std::size_t max_size = 0;
    std::size_t idle = 0;
    std::size_t in_use = 0; ///< lent
    std::size_t connecting = 0;
    std::size_t checking = 0; ///< asked whether they work, or busy with what their user left
    std::size_t waiting = 0;  ///< callers in line

    std::uint64_t acquired = 0;        ///< connections lent
    std::uint64_t waited = 0;          ///< of which so many after a wait
    std::uint64_t timed_out = 0;       ///< callers that waited for longer than acquire_timeout
    std::uint64_t cancelled = 0;       ///< callers that went away from the line
    std::uint64_t turned_away = 0;     ///< too_many_waiters
    std::uint64_t created = 0;         ///< connections made
    std::uint64_t failed_connects = 0; ///< attempts that failed
    std::array<std::uint64_t, close_reasons> destroyed{}; ///< connections closed, by close_reason

    /// How long callers waited who got a connection: the last one beyond all bounds.
    static constexpr std::array<std::chrono::microseconds, 12> wait_bounds{
        {std::chrono::microseconds{100}, std::chrono::microseconds{500},
            std::chrono::microseconds{1'000}, std::chrono::microseconds{5'000},
            std::chrono::microseconds{10'000}, std::chrono::microseconds{50'000},
            std::chrono::microseconds{100'000}, std::chrono::microseconds{500'000},
            std::chrono::microseconds{1'000'000}, std::chrono::microseconds{5'000'000},
            std::chrono::microseconds{10'000'000}, std::chrono::microseconds{30'000'000}}};
    /// Those who did not have to wait are among the first.
    std::array<std::uint64_t, wait_bounds.size() + 1> waits{};
    std::chrono::nanoseconds wait_sum{};
};

/// Counts into a pool_stats; empty where statistics are off.
template <bool On>
class pool_counters
{
public:
    void acquired() noexcept
    {
        ++counts_.acquired;
        ++counts_.waits[0];
    }
    void acquired_after(std::chrono::nanoseconds wait) noexcept
    {
        ++counts_.acquired;
        ++counts_.waited;
        counts_.wait_sum += wait;
        std::size_t at = 0;
        while (at != pool_stats::wait_bounds.size() && wait > pool_stats::wait_bounds[at])
            ++at;
        ++counts_.waits[at];
    }
    void timed_out() noexcept { ++counts_.timed_out; }
    void cancelled() noexcept { ++counts_.cancelled; }
    void turned_away() noexcept { ++counts_.turned_away; }
    void created() noexcept { ++counts_.created; }
    void failed_connect() noexcept { ++counts_.failed_connects; }
    void destroyed(close_reason why) noexcept
    {
        ++counts_.destroyed[static_cast<std::size_t>(why)];
    }
    [[nodiscard]] pool_stats counts() const noexcept { return counts_; }

private:
    pool_stats counts_;
};

template <>
class pool_counters<false>
{
public:
    static constexpr void acquired() noexcept {}
    static constexpr void acquired_after(std::chrono::nanoseconds) noexcept {}
    static constexpr void timed_out() noexcept {}
    static constexpr void cancelled() noexcept {}
    static constexpr void turned_away() noexcept {}
    static constexpr void created() noexcept {}
    static constexpr void failed_connect() noexcept {}
    static constexpr void destroyed(close_reason) noexcept {}
    [[nodiscard]] static pool_stats counts() noexcept { return {}; }
};

} // namespace pgcoro
