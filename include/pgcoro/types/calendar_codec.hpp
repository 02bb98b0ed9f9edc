#pragma once

#include "../core/byte_order.hpp"
#include "../core/inlined.hpp"
#include "calendar_text.hpp"
#include "codec.hpp"
#include "infinity.hpp"

#include <cstdint>
#include <string_view>

/// \file
/// What dates and timestamps have in common: a count from 2000-01-01, of which the two outermost
/// values are the infinite ones.

namespace pgcoro {

/// The count of a date.
struct date_count
{
    using wire = std::int32_t;
    static constexpr oid type = oids::date;
    static constexpr wire first = first_date;
    static constexpr wire last = last_date;

    static std::string_view print(wire count, char (&buffer)[calendar_text_size]) noexcept
    {
        return print_date(count, buffer);
    }
    static bool parse(std::string_view text, wire& count) noexcept
    {
        return parse_date(text, count);
    }
};

template <bool WithZone>
struct timestamp_count
{
    using wire = std::int64_t;
    static constexpr oid type = WithZone ? oids::timestamptz : oids::timestamp;
    static constexpr wire first = first_timestamp;
    static constexpr wire last = last_timestamp;

    static std::string_view print(wire count, char (&buffer)[calendar_text_size]) noexcept
    {
        return print_timestamp(count, WithZone, buffer);
    }
    static bool parse(std::string_view text, wire& count) noexcept
    {
        return parse_timestamp(text, WithZone, count);
    }
};

/// Says which count a T of std::chrono is, and turns one into the other:
///     using count = date_count;
///     static bool from_count(count::wire, T&) noexcept;    false if it doesn't fit
///     static count::wire to_count(T);                      throws encode_error
template <class T>
struct calendar_value;

template <class T>
concept calendar_type = requires
{
    typename calendar_value<T>::count;
};

template <class T>
concept countable = requires(T const& value)
{
    calendar_value<T>::to_count(value);
};

template <class Count>
struct count_codec
{
    using wire = typename Count::wire;
    static constexpr oid type = Count::type;
    static constexpr std::int32_t binary_size = sizeof(wire);

    PGCORO_INLINED static bool read(field const& from, wire& count) noexcept
    {
        if (!from.is_binary())
            return read_text(from.text(), count);
        if (from.size != binary_size)
            return false;
        count = load_big<wire>(from.data);
        return true;
    }

    /// Neither infinite nor what no server sends.
    [[nodiscard]] static constexpr bool is_finite(wire count) noexcept
    {
        return count >= Count::first && count <= Count::last;
    }

    static void write(wire count, format as, byte_writer& to)
    {
        char buffer[calendar_text_size];
        if (as == format::binary)
            to.put(count);
        else
            to.put(Count::print(count, buffer));
    }

private:
    [[gnu::noinline]] static bool read_text(std::string_view text, wire& count) noexcept
    {
        return Count::parse(text, count);
    }
};

template <calendar_type T>
struct codec<T> : count_codec<typename calendar_value<T>::count>
{
    static constexpr bool is_finer_than_microseconds = !countable<T>;

    PGCORO_INLINED static bool decode(field const& from, T& to) noexcept
    {
        typename codec::wire count{};
        return codec::read(from, count) && codec::is_finite(count) &&
               calendar_value<T>::from_count(count, to);
    }

    static void encode(T const& value, format as, byte_writer& to) requires countable<T>
    {
        codec::write(calendar_value<T>::to_count(value), as, to);
    }
};

template <calendar_type T>
struct codec<infinity_or<T>> : count_codec<typename calendar_value<T>::count>
{
    static constexpr bool is_finer_than_microseconds = !countable<T>;

    PGCORO_INLINED static bool decode(field const& from, infinity_or<T>& to) noexcept
    {
        typename codec::wire count{};
        if (!codec::read(from, count))
            return false;
        if (is_infinite_count(count)) {
            to = count > 0 ? infinity_or<T>::infinity() : infinity_or<T>::negative_infinity();
            return true;
        }
        T value{};
        if (!codec::is_finite(count) || !calendar_value<T>::from_count(count, value))
            return false;
        to = value;
        return true;
    }

    static void encode(
        infinity_or<T> const& value, format as, byte_writer& to) requires countable<T>
    {
        using limits = std::numeric_limits<typename codec::wire>;
        codec::write(value.is_finite()     ? calendar_value<T>::to_count(value.value())
                     : value.is_infinity() ? limits::max()
                                           : limits::min(),
            as, to);
    }
};

} // namespace pgcoro
