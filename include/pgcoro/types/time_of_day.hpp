#pragma once

#include "../core/byte_order.hpp"
#include "../core/error.hpp"
#include "../core/inlined.hpp"
#include "clock_text.hpp"
#include "codec.hpp"
#include "printing.hpp"
#include "to_text.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace pgcoro {

/// time: the time that a clock on the wall shows, from 00:00:00 up to and including 24:00:00. Not a
/// duration, which is an interval; and std::chrono::hh_mm_ss can't be compared.
/// `pg::time_of_day{4h + 5min + 6'789ms}`
/// https://www.postgresql.org/docs/current/datatype-datetime.html
class time_of_day
{
public:
    constexpr time_of_day() noexcept = default;
    explicit constexpr time_of_day(std::chrono::microseconds since_midnight) noexcept
        : since_midnight_{since_midnight}
    {}

    [[nodiscard]] constexpr std::chrono::microseconds since_midnight() const noexcept
    {
        return since_midnight_;
    }
    /// Hours, minutes, seconds and microseconds apart.
    [[nodiscard]] constexpr std::chrono::hh_mm_ss<std::chrono::microseconds> hms() const noexcept
    {
        return std::chrono::hh_mm_ss{since_midnight_};
    }
    /// Whether it is within the day. What is not can't be sent.
    [[nodiscard]] constexpr bool ok() const noexcept
    {
        return since_midnight_.count() >= 0 && since_midnight_.count() <= microseconds_per_day;
    }

    friend constexpr bool operator==(time_of_day const&, time_of_day const&) noexcept = default;
    friend constexpr auto operator<=>(time_of_day const&, time_of_day const&) noexcept = default;

private:
    std::chrono::microseconds since_midnight_{};
};

/// timetz: a time of day and how far its clock is ahead of UTC. Two are equal if both parts are;
/// the order is that of the instants, as the server has it.
/// https://www.postgresql.org/docs/current/datatype-datetime.html
struct time_with_offset
{
    time_of_day time;
    std::chrono::seconds offset{}; ///< east of UTC, less than 16 hours

    [[nodiscard]] constexpr bool ok() const noexcept
    {
        return time.ok() && offset.count() > -utc_offset_limit && offset.count() < utc_offset_limit;
    }

    friend constexpr bool operator==(
        time_with_offset const&, time_with_offset const&) noexcept = default;
    friend constexpr std::strong_ordering operator<=>(
        time_with_offset const& a, time_with_offset const& b) noexcept
    {
        auto const instant =
            a.time.since_midnight() - a.offset <=> b.time.since_midnight() - b.offset;
        return instant != 0 ? instant : b.offset <=> a.offset; // the westernmost is the last
    }
};

template <>
struct codec<time_of_day>
{
    static constexpr oid type = oids::time;
    static constexpr std::int32_t binary_size = 8;

    PGCORO_INLINED static bool decode(field const& from, time_of_day& to) noexcept
    {
        if (!from.is_binary())
            return decode_text(from.text(), to);
        if (from.size != binary_size)
            return false;
        to = time_of_day{std::chrono::microseconds{load_big<std::int64_t>(from.data)}};
        return to.ok();
    }

    static void encode(time_of_day value, format as, byte_writer& to)
    {
        if (!value.ok())
            throw encode_error{"the time of day is not between 00:00:00 and 24:00:00"};
        if (as == format::binary) {
            to.put(std::int64_t{value.since_midnight().count()});
            return;
        }
        char buffer[clock_text_size];
        char const* const end = print(value, buffer);
        to.put(std::string_view{buffer, static_cast<std::size_t>(end - buffer)});
    }

    /// Writes a value that is ok(); gives the end of it.
    static char* print(time_of_day value, char* at) noexcept
    {
        return put_clock(at, static_cast<std::uint64_t>(value.since_midnight().count()));
    }

private:
    [[gnu::noinline]] static bool decode_text(std::string_view text, time_of_day& to) noexcept
    {
        text_scanner scanner{text};
        std::int64_t microseconds = 0;
        bool const read = take_time_of_day(scanner, microseconds) && scanner.at_end();
        to = time_of_day{std::chrono::microseconds{microseconds}};
        return read;
    }
};

template <>
struct codec<time_with_offset>
{
    static constexpr oid type = oids::timetz;
    static constexpr std::int32_t binary_size = 12;

    PGCORO_INLINED static bool decode(field const& from, time_with_offset& to) noexcept
    {
        if (!from.is_binary())
            return decode_text(from.text(), to);
        if (from.size != binary_size)
            return false;
        std::int64_t const west = load_big<std::int32_t>(from.data + 8);
        to = make(load_big<std::int64_t>(from.data), -west);
        return to.ok();
    }

    static void encode(time_with_offset const& value, format as, byte_writer& to)
    {
        if (!value.ok())
            throw encode_error{"the time of day is not between 00:00:00 and 24:00:00, or its "
                               "offset from UTC is not less than 16 hours"};
        auto const east = static_cast<std::int32_t>(value.offset.count());
        if (as == format::binary) {
            to.put(std::int64_t{value.time.since_midnight().count()});
            to.put(-east);
            return;
        }
        char buffer[clock_text_size];
        char const* const end = put_utc_offset(codec<time_of_day>::print(value.time, buffer), east);
        to.put(std::string_view{buffer, static_cast<std::size_t>(end - buffer)});
    }

private:
    static time_with_offset make(std::int64_t microseconds, std::int64_t east) noexcept
    {
        return {time_of_day{std::chrono::microseconds{microseconds}}, std::chrono::seconds{east}};
    }

    [[gnu::noinline]] static bool decode_text(std::string_view text, time_with_offset& to) noexcept
    {
        text_scanner scanner{text};
        std::int64_t microseconds = 0;
        std::int32_t east = 0;
        bool const read = take_time_of_day(scanner, microseconds) &&
                          take_utc_offset(scanner, east) && scanner.at_end();
        to = make(microseconds, east);
        return read;
    }
};

/// As the server writes it; what is not ok() as `no time of day`.
[[nodiscard]] inline std::string to_string(time_of_day const& value)
{
    return value.ok() ? to_text(value) : "no time of day";
}

[[nodiscard]] inline std::string to_string(time_with_offset const& value)
{
    return value.ok() ? to_text(value) : "no time of day";
}

template <>
inline constexpr bool prints_like_server<time_of_day> = true;

template <>
inline constexpr bool prints_like_server<time_with_offset> = true;

} // namespace pgcoro
