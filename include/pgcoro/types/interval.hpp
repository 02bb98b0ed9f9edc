#pragma once

#include "../core/byte_order.hpp"
#include "../core/inlined.hpp"
#include "codec.hpp"
#include "interval_text.hpp"
#include "printing.hpp"

#include <compare>
#include <cstdint>
#include <string>

namespace pgcoro {

/// interval: so many months, days and microseconds, of which none is a whole number of the others.
/// Nothing is lost: `1 day` and `24:00:00` stay what they are.
///
/// The order is the server's, for which a month has 30 days and a day 24 hours: two intervals are
/// equal if they are equally long, so that `1 mon` == `30 days`. What tells them apart is their
/// members.
///
/// From and to std::chrono's durations: types/duration.hpp.
/// https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-INTERVAL-INPUT
struct interval
{
    std::int32_t months = 0;
    std::int32_t days = 0;
    std::int64_t microseconds = 0;

    /// Of version 17 and later. For a server before, this is the longest interval.
    [[nodiscard]] static constexpr interval infinity() noexcept { return of(infinite_interval); }
    [[nodiscard]] static constexpr interval negative_infinity() noexcept
    {
        return of(negative_infinite_interval);
    }
    [[nodiscard]] constexpr bool is_finite() const noexcept
    {
        return parts() != infinite_interval && parts() != negative_infinite_interval;
    }

    [[nodiscard]] static constexpr interval of(interval_parts const& parts) noexcept
    {
        return {parts.months, parts.days, parts.microseconds};
    }
    [[nodiscard]] constexpr interval_parts parts() const noexcept
    {
        return {months, days, microseconds};
    }

    friend constexpr bool operator==(interval const& a, interval const& b) noexcept
    {
        return (a <=> b) == 0;
    }
    friend constexpr std::weak_ordering operator<=>(interval const& a, interval const& b) noexcept
    {
        std::int64_t const a_days = a.whole_days();
        std::int64_t const b_days = b.whole_days();
        return a_days != b_days ? a_days <=> b_days : a.rest_of_day() <=> b.rest_of_day();
    }

private:
    [[nodiscard]] constexpr std::int64_t rest_of_day() const noexcept
    {
        std::int64_t const rest = microseconds % microseconds_per_day;
        return rest < 0 ? rest + microseconds_per_day : rest;
    }
    [[nodiscard]] constexpr std::int64_t whole_days() const noexcept
    {
        std::int64_t const in_time =
            microseconds / microseconds_per_day - (microseconds % microseconds_per_day < 0 ? 1 : 0);
        return std::int64_t{months} * 30 + days + in_time;
    }
};

[[nodiscard]] inline std::string to_string(interval const& value)
{
    char buffer[interval_text_size];
    return std::string{print_interval(value.parts(), buffer)};
}

template <>
inline constexpr bool prints_like_server<interval> = true;

template <>
struct codec<interval>
{
    static constexpr oid type = oids::interval;
    static constexpr std::int32_t binary_size = 16;

    PGCORO_INLINED static bool decode(field const& from, interval& to) noexcept
    {
        if (!from.is_binary())
            return decode_text(from.text(), to);
        if (from.size != binary_size)
            return false;
        to.microseconds = load_big<std::int64_t>(from.data);
        to.days = load_big<std::int32_t>(from.data + 8);
        to.months = load_big<std::int32_t>(from.data + 12);
        return true;
    }

    static void encode(interval const& value, format as, byte_writer& to)
    {
        char buffer[interval_text_size];
        if (as == format::binary) {
            to.put(value.microseconds);
            to.put(value.days);
            to.put(value.months);
        } else {
            to.put(print_interval(value.parts(), buffer));
        }
    }

private:
    [[gnu::noinline]] static bool decode_text(std::string_view text, interval& to) noexcept
    {
        interval_parts parts;
        bool const read = parse_interval(text, parts);
        to = interval::of(parts);
        return read;
    }
};

} // namespace pgcoro
