#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bench {

/// A histogram of durations, exact to 1/32.
class latencies
{
public:
    void add(std::chrono::nanoseconds took) noexcept
    {
        ++counts_[place(static_cast<std::uint64_t>(took.count() < 0 ? 0 : took.count()))];
        ++total_;
    }

    void add(latencies const& other) noexcept
    {
        for (std::size_t i = 0; i < counts_.size(); ++i)
            counts_[i] += other.counts_[i];
        total_ += other.total_;
    }

    /// The duration that the given share of them did not exceed.
    [[nodiscard]] double microseconds(double share) const noexcept
    {
        auto const wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            seen += counts_[i];
            if (seen > wanted)
                return static_cast<double>(value(i)) / 1000;
        }
        return 0;
    }

private:
    static constexpr unsigned bits = 5;
    static constexpr std::uint64_t steps = std::uint64_t{1} << bits;

    [[nodiscard]] static std::size_t place(std::uint64_t value) noexcept
    {
        if (value < steps)
            return static_cast<std::size_t>(value);
        auto const shift = static_cast<unsigned>(std::bit_width(value)) - bits - 1;
        return static_cast<std::size_t>((shift << bits) + (value >> shift));
    }
    [[nodiscard]] static std::uint64_t value(std::size_t place) noexcept
    {
        if (place < steps)
            return place;
        auto const shift = static_cast<unsigned>(place >> bits) - 1;
        return ((place & (steps - 1)) + steps) << shift;
    }

    std::array<std::uint64_t, (64 - bits) << bits> counts_{};
    std::uint64_t total_ = 0;
};

} // namespace bench
