#pragma once

#include "../core/error.hpp"
#include "calendar_codec.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

/// \file
/// date as std::chrono::sys_days, local_days and year_month_day. The first two hold all that the
/// server has; a year of std::chrono ends at 32767, and what is later is a decode_error. An
/// infinite date is one too, but for `infinity_or`.
/// https://www.postgresql.org/docs/current/datatype-datetime.html

namespace pgcoro {

/// Days from 1970-01-01 to 2000-01-01.
inline constexpr std::int32_t unix_days_to_2000 = 10'957;

template <class Clock>
requires(
    std::same_as<Clock, std::chrono::system_clock> ||
    std::same_as<Clock, std::chrono::local_t>) struct calendar_value<std::chrono::time_point<Clock,
    std::chrono::days>>
{
    using count = date_count;
    using value = std::chrono::time_point<Clock, std::chrono::days>;

    [[nodiscard]] static constexpr bool from_count(std::int32_t days, value& to) noexcept
    {
        using rep = std::chrono::days::rep; // may have 32 bits
        std::int64_t const since_1970 = std::int64_t{days} + unix_days_to_2000;
        to = value{std::chrono::days{static_cast<rep>(since_1970)}};
        return std::in_range<rep>(since_1970);
    }

    [[nodiscard]] static constexpr std::int32_t to_count(value date)
    {
        std::int64_t const since_1970 = date.time_since_epoch().count();
        if (since_1970 < std::int64_t{first_date} + unix_days_to_2000 ||
            since_1970 > std::int64_t{last_date} + unix_days_to_2000)
            throw encode_error{"the date is not between 4714-11-24 BC and 5874897-12-31"};
        return static_cast<std::int32_t>(since_1970 - unix_days_to_2000);
    }
};

template <>
struct calendar_value<std::chrono::year_month_day>
{
    using count = date_count;
    using value = std::chrono::year_month_day;

    [[nodiscard]] static constexpr bool from_count(std::int32_t days, value& to) noexcept
    {
        calendar_day const day = day_since_2000(days);
        using namespace std::chrono;
        to = value{year{static_cast<int>(day.year)}, month{static_cast<unsigned>(day.month)},
            std::chrono::day{static_cast<unsigned>(day.day)}};
        return day.year >= static_cast<int>(year::min()) &&
               day.year <= static_cast<int>(year::max());
    }

    [[nodiscard]] static constexpr std::int32_t to_count(value date)
    {
        if (!date.ok())
            throw encode_error{"there is no such day in the calendar"};
        return calendar_value<std::chrono::sys_days>::to_count(std::chrono::sys_days{date});
    }
};

} // namespace pgcoro
