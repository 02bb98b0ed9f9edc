#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace pgcoro {

/// What a numeric is, as the wire names it.
enum class numeric_kind : std::uint16_t
{
    positive = 0x0000, ///< or zero
    negative = 0x4000,
    nan = 0xc000,
    infinity = 0xd000,
    negative_infinity = 0xf000,
};

/// The digits of a numeric, to the base of 10000 as on the wire. The first eight, which are 29
/// decimal digits or more, need no allocation.
class numeric_digits
{
public:
    static constexpr std::size_t inline_count = 8;

    numeric_digits() noexcept = default;
    numeric_digits(numeric_digits const& other) { assign(other); }
    numeric_digits(numeric_digits&& other) noexcept { take(other); }
    numeric_digits& operator=(numeric_digits const& other)
    {
        if (this != &other) {
            numeric_digits copy{other};
            *this = std::move(copy);
        }
        return *this;
    }
    numeric_digits& operator=(numeric_digits&& other) noexcept
    {
        if (this != &other) {
            release();
            take(other);
        }
        return *this;
    }
    ~numeric_digits() { release(); }

    [[nodiscard]] std::uint16_t size() const noexcept { return count_; }
    [[nodiscard]] std::uint16_t const* data() const noexcept
    {
        return count_ <= inline_count ? few_ : many_;
    }
    [[nodiscard]] std::uint16_t* data() noexcept { return count_ <= inline_count ? few_ : many_; }
    [[nodiscard]] std::span<std::uint16_t const> span() const noexcept { return {data(), count_}; }

    /// Room for `count` digits, to be filled by the caller. Those that were there are gone.
    std::uint16_t* resize(std::uint16_t count)
    {
        if (count > inline_count) {
            auto* const many = new std::uint16_t[count];
            release();
            many_ = many;
        } else {
            release();
        }
        count_ = count;
        return data();
    }

    /// The same for at least one and so few that nothing is allocated or freed; else null.
    [[nodiscard]] std::uint16_t* few(std::uint16_t count) noexcept
    {
        if (count == 0 || count > inline_count || count_ > inline_count)
            return nullptr;
        count_ = count;
        return few_;
    }

    /// Leaves out what is not between these two.
    void trim(std::uint16_t begin, std::uint16_t end)
    {
        auto const left = static_cast<std::uint16_t>(end - begin);
        if (left == count_)
            return;
        numeric_digits trimmed;
        std::uint16_t* const to = trimmed.resize(left);
        if (left != 0)
            std::memcpy(to, data() + begin, left * sizeof *to);
        trimmed.weight = weight;
        trimmed.kind = kind;
        trimmed.scale = scale;
        *this = std::move(trimmed);
    }

    // What stands beside the digits in a numeric is kept here, where there is room.
    std::int16_t weight = 0; ///< the first digit counts 10000 to the power of this
    numeric_kind kind = numeric_kind::positive;
    std::uint16_t scale = 0; ///< decimal digits behind the point, as they are printed

private:
    void assign(numeric_digits const& other)
    {
        std::uint16_t* const to = resize(other.count_);
        if (other.count_ != 0)
            std::memcpy(to, other.data(), other.count_ * sizeof *to);
        weight = other.weight;
        kind = other.kind;
        scale = other.scale;
    }

    void take(numeric_digits& other) noexcept
    {
        count_ = std::exchange(other.count_, std::uint16_t{0});
        if (count_ <= inline_count)
            std::memcpy(few_, other.few_, sizeof few_);
        else
            many_ = other.many_;
        weight = std::exchange(other.weight, std::int16_t{0});
        kind = std::exchange(other.kind, numeric_kind::positive);
        scale = std::exchange(other.scale, std::uint16_t{0});
    }

    void release() noexcept
    {
        if (count_ > inline_count)
            delete[] many_;
        count_ = 0;
    }

    std::uint16_t count_ = 0;
    union
    {
        std::uint16_t few_[inline_count] = {};
        std::uint16_t* many_;
    };
};

} // namespace pgcoro
