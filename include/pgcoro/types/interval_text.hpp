#pragma once

#include "calendar_text.hpp"
#include "clock_text.hpp"
#include "text_scanner.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

/// \file
/// Intervals as the server writes them with IntervalStyle = postgres: `1 year 2 mons -3 days
/// +04:05:06.789`. A part without a sign has that of the one before it, so a positive part behind a
/// negative one has a plus.
/// https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-INTERVAL-OUTPUT

namespace pgcoro {

/// The wire's three parts, none of which the server turns into another by itself.
struct interval_parts
{
    std::int32_t months = 0;
    std::int32_t days = 0;
    std::int64_t microseconds = 0;

    friend constexpr bool operator==(interval_parts const&, interval_parts const&) = default;
};

/// What version 17 and later have for `infinity` and `-infinity`. Before, they were the longest
/// intervals that there were.
inline constexpr interval_parts infinite_interval{std::numeric_limits<std::int32_t>::max(),
    std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int64_t>::max()};
inline constexpr interval_parts negative_infinite_interval{std::numeric_limits<std::int32_t>::min(),
    std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int64_t>::min()};

/// Room for any interval.
inline constexpr std::size_t interval_text_size = 128;

constexpr std::string_view print_interval(
    interval_parts const& value, char (&buffer)[interval_text_size]) noexcept
{
    if (value == infinite_interval || value == negative_infinite_interval)
        return infinity_text(value.months);
    char* at = buffer;
    bool negative_before = false;
    auto const put_part = [&](std::int64_t count, std::string_view unit) {
        if (count == 0)
            return;
        if (at != buffer)
            *at++ = ' ';
        if (count < 0)
            *at++ = '-';
        else if (negative_before)
            *at++ = '+';
        at = put_number(at, count < 0 ? -count : count, 1);
        *at++ = ' ';
        at = put_text(at, unit);
        if (count != 1)
            *at++ = 's';
        negative_before = count < 0;
    };
    put_part(value.months / 12, "year");
    put_part(value.months % 12, "mon");
    put_part(value.days, "day");
    if (at == buffer || value.microseconds != 0) {
        if (at != buffer)
            *at++ = ' ';
        bool const negative = value.microseconds < 0;
        if (negative)
            *at++ = '-';
        else if (negative_before)
            *at++ = '+';
        auto const size = static_cast<std::uint64_t>(value.microseconds);
        at = put_clock(at, negative ? 0 - size : size);
    }
    return {buffer, static_cast<std::size_t>(at - buffer)};
}

[[nodiscard]] constexpr bool parse_interval(std::string_view text, interval_parts& to) noexcept
{
    to = {};
    if (text == "infinity" || text == "-infinity") {
        to = text == "infinity" ? infinite_interval : negative_infinite_interval;
        return true;
    }
    struct unit
    {
        std::string_view name;
        std::int64_t months;
        std::int64_t days;
    };
    constexpr unit units[] = {{" year", 12, 0}, {" mon", 1, 0}, {" day", 0, 1}};
    text_scanner scanner{text};
    std::int64_t months = 0;
    std::int64_t days = 0;
    std::size_t next_unit = 0;
    for (bool first = true; first || !scanner.at_end(); first = false) {
        if (!first && !scanner.take(' '))
            return false;
        bool const negative = scanner.take('-');
        if (!negative)
            (void)scanner.take('+');
        text_scanner const before = scanner;
        std::int64_t count = 0;
        if (!scanner.take_number(1, 10, count))
            return false;
        if (scanner.rest().starts_with(':')) { // the clock, which is the last part
            scanner = before;
            std::uint64_t clock = 0;
            if (!take_clock(scanner, 10, clock) || !scanner.at_end() ||
                clock > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) +
                            (negative ? 1 : 0))
                return false;
            to.microseconds = static_cast<std::int64_t>(negative ? 0 - clock : clock);
            break;
        }
        while (next_unit != std::size(units) && !scanner.take(units[next_unit].name))
            ++next_unit;
        if (next_unit == std::size(units))
            return false;
        if (scanner.take('s') == (count == 1 && !negative))
            return false;
        count = negative ? -count : count;
        months += count * units[next_unit].months;
        days += count * units[next_unit].days;
        ++next_unit;
    }
    to.months = static_cast<std::int32_t>(months);
    to.days = static_cast<std::int32_t>(days);
    return std::in_range<std::int32_t>(months) && std::in_range<std::int32_t>(days);
}

} // namespace pgcoro
