#pragma once

#include "clock_text.hpp"
#include "text_scanner.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

/// \file
/// Dates and timestamps as the wire counts them, days and microseconds since 2000-01-01, and as the
/// server writes them with DateStyle = ISO. On plain numbers, because the server's years (4714 BC
/// to 5874897) are more than std::chrono's, and because <chrono> takes longer to compile than the
/// rest of this layer. https://www.postgresql.org/docs/current/datatype-datetime.html

namespace pgcoro {

/// Whether a date or a timestamp is `infinity` or `-infinity`.
template <class Wire>
[[nodiscard]] constexpr bool is_infinite_count(Wire count) noexcept
{
    return count == std::numeric_limits<Wire>::max() || count == std::numeric_limits<Wire>::min();
}

/// What the server takes, apart from the infinite ones.
inline constexpr std::int32_t first_date = -2'451'545;
inline constexpr std::int32_t last_date = 2'145'031'948;
inline constexpr std::int64_t first_timestamp = first_date * microseconds_per_day;
inline constexpr std::int64_t last_timestamp = 9'223'371'331'199'999'999;

/// A day of the proleptic Gregorian calendar. The year 0 is 1 BC.
struct calendar_day
{
    std::int64_t year;
    std::int64_t month;
    std::int64_t day;
};

// The arithmetic counts years from March on, so that the odd day is a year's last, and in eras of
// 400 years, which all have the same number of days.

inline constexpr std::int64_t days_per_era = 146'097;
/// Days from 0000-03-01 to 2000-01-01.
inline constexpr std::int64_t days_to_epoch = 730'425;

[[nodiscard]] constexpr std::int64_t days_since_2000(calendar_day const& of) noexcept
{
    std::int64_t const year = of.month <= 2 ? of.year - 1 : of.year;
    std::int64_t const era = (year >= 0 ? year : year - 399) / 400;
    std::int64_t const year_of_era = year - era * 400;
    std::int64_t const month_from_march = (of.month + 9) % 12;
    std::int64_t const day_of_year = (153 * month_from_march + 2) / 5 + of.day - 1;
    return era * days_per_era + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - days_to_epoch;
}

[[nodiscard]] constexpr calendar_day day_since_2000(std::int64_t days) noexcept
{
    days += days_to_epoch;
    std::int64_t const era = (days >= 0 ? days : days - (days_per_era - 1)) / days_per_era;
    std::int64_t const day_of_era = days - era * days_per_era;
    std::int64_t const year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    std::int64_t const day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    std::int64_t const month_from_march = (5 * day_of_year + 2) / 153;
    std::int64_t const month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month,
        day_of_year - (153 * month_from_march + 2) / 5 + 1};
}

static_assert(days_since_2000({2000, 1, 1}) == 0);
static_assert(days_since_2000({-4713, 11, 24}) == first_date);

/// Room for any date or timestamp.
inline constexpr std::size_t calendar_text_size = 64;

constexpr char* put_day(char* at, calendar_day const& day) noexcept
{
    at = put_number(at, day.year > 0 ? day.year : 1 - day.year, 4);
    *at++ = '-';
    at = put_number(at, day.month, 2);
    *at++ = '-';
    return put_number(at, day.day, 2);
}

template <class Wire>
[[nodiscard]] constexpr std::string_view infinity_text(Wire count) noexcept
{
    return count > 0 ? "infinity" : "-infinity";
}

template <class Wire>
[[nodiscard]] constexpr bool take_infinity(std::string_view text, Wire& count) noexcept
{
    if (text == "infinity")
        count = std::numeric_limits<Wire>::max();
    else if (text == "-infinity")
        count = std::numeric_limits<Wire>::min();
    else
        return false;
    return true;
}

/// `2024-02-29`, `0044-03-15 BC`, `infinity`.
constexpr std::string_view print_date(
    std::int32_t days, char (&buffer)[calendar_text_size]) noexcept
{
    if (is_infinite_count(days))
        return infinity_text(days);
    calendar_day const day = day_since_2000(days);
    char* end = put_day(buffer, day);
    if (day.year <= 0)
        end = put_text(end, " BC");
    return {buffer, static_cast<std::size_t>(end - buffer)};
}

/// `2024-02-29 04:05:06.789`, with `+00` behind it if that is wanted: times with a zone are counted
/// from 2000-01-01 in UTC, and printed in UTC.
constexpr std::string_view print_timestamp(
    std::int64_t microseconds, bool with_zone, char (&buffer)[calendar_text_size]) noexcept
{
    if (is_infinite_count(microseconds))
        return infinity_text(microseconds);
    std::int64_t days = microseconds / microseconds_per_day;
    std::int64_t time = microseconds % microseconds_per_day;
    if (time < 0) {
        time += microseconds_per_day;
        --days;
    }
    calendar_day const day = day_since_2000(days);
    char* end = put_day(buffer, day);
    *end++ = ' ';
    end = put_clock(end, static_cast<std::uint64_t>(time));
    if (with_zone)
        end = put_text(end, "+00");
    if (day.year <= 0)
        end = put_text(end, " BC");
    return {buffer, static_cast<std::size_t>(end - buffer)};
}

/// Reads `2024-02-29`; the year is counted from 1 upwards also before Christ.
[[nodiscard]] constexpr bool take_day(text_scanner& text, calendar_day& to) noexcept
{
    return text.take_number(4, 7, to.year) && text.take('-') && text.take_number(2, 2, to.month) &&
           text.take('-') && text.take_number(2, 2, to.day) && to.year > 0;
}

/// Reads what is behind the rest, and makes days of the whole. False if there is no such day.
[[nodiscard]] constexpr bool finish_day(
    text_scanner& text, calendar_day day, std::int64_t& days) noexcept
{
    if (text.take(" BC"))
        day.year = 1 - day.year;
    if (!text.at_end() || day.month < 1 || day.month > 12)
        return false;
    days = days_since_2000(day);
    calendar_day const same = day_since_2000(days);
    return same.month == day.month && same.day == day.day;
}

[[nodiscard]] constexpr bool parse_date(std::string_view text, std::int32_t& days) noexcept
{
    if (take_infinity(text, days))
        return true;
    text_scanner scanner{text};
    calendar_day day{};
    std::int64_t count = 0;
    if (!take_day(scanner, day) || !finish_day(scanner, day, count) || count < first_date ||
        count > last_date)
        return false;
    days = static_cast<std::int32_t>(count);
    return true;
}

/// With a zone, its offset from UTC must be there, whichever the session's zone is.
[[nodiscard]] constexpr bool parse_timestamp(
    std::string_view text, bool with_zone, std::int64_t& microseconds) noexcept
{
    if (take_infinity(text, microseconds))
        return true;
    text_scanner scanner{text};
    calendar_day day{};
    std::int64_t days = 0;
    std::int64_t time = 0;
    std::int32_t offset = 0;
    if (!take_day(scanner, day) || !scanner.take(' ') || !take_time_of_day(scanner, time) ||
        (with_zone && !take_utc_offset(scanner, offset)) || !finish_day(scanner, day, days))
        return false;
    time -= offset * microseconds_per_second;
    return !__builtin_mul_overflow(days, microseconds_per_day, &microseconds) &&
           !__builtin_add_overflow(microseconds, time, &microseconds) &&
           microseconds >= first_timestamp && microseconds <= last_timestamp;
}

} // namespace pgcoro
