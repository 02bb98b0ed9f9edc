#pragma once

#include "../core/error.hpp"
#include "printing.hpp"
#include "to_text.hpp"

#include <compare>
#include <string>

namespace pgcoro {

/// A T, `infinity` or `-infinity`: what a column of dates or timestamps becomes in which those
/// occur. A plain std::chrono type has no value for them, and refuses them.
/// `pg::infinity_or<std::chrono::sys_days>::infinity()` is later than all dates.
/// https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-DATETIME-SPECIAL-VALUES
template <class T>
class infinity_or
{
public:
    constexpr infinity_or() = default;
    constexpr infinity_or(T value) : value_{value} {} // NOLINT: as std::optional is made of one

    [[nodiscard]] static constexpr infinity_or infinity() { return {sign_tag{}, 1}; }
    [[nodiscard]] static constexpr infinity_or negative_infinity() { return {sign_tag{}, -1}; }

    [[nodiscard]] constexpr bool is_finite() const noexcept { return sign_ == 0; }
    [[nodiscard]] constexpr bool is_infinity() const noexcept { return sign_ > 0; }
    [[nodiscard]] constexpr bool is_negative_infinity() const noexcept { return sign_ < 0; }

    /// Throws decode_error if it is infinite.
    [[nodiscard]] constexpr T const& value() const
    {
        if (sign_ != 0)
            throw decode_error{"the value is infinite"};
        return value_;
    }
    [[nodiscard]] constexpr T value_or(T otherwise) const
    {
        return sign_ == 0 ? value_ : otherwise;
    }

    friend constexpr bool operator==(infinity_or const&, infinity_or const&) = default;
    /// -infinity, all values, infinity.
    friend constexpr auto operator<=>(infinity_or const&, infinity_or const&) = default;

private:
    struct sign_tag
    {};
    constexpr infinity_or(sign_tag, int sign) : sign_{sign} {}

    int sign_ = 0; // compared first
    T value_{};
};

template <class T>
[[nodiscard]] inline std::string to_string(infinity_or<T> const& value)
{
    return to_text(value);
}

template <class T>
inline constexpr bool prints_like_server<infinity_or<T>> = true;

} // namespace pgcoro
