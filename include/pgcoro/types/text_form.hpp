#pragma once

#include "../core/byte_order.hpp"
#include "array_braces.hpp"
#include "array_shape.hpp"
#include "array_text.hpp"
#include "bytes.hpp"
#include "calendar_text.hpp"
#include "clock_text.hpp"
#include "field.hpp"
#include "float_text.hpp"
#include "interval.hpp"
#include "lsn.hpp"
#include "money.hpp"
#include "numeric.hpp"
#include "oids.hpp"
#include "snapshot.hpp"
#include "tid.hpp"
#include "uuid.hpp"

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pgcoro {

/// A type that is no array, and whose binary values append_text() can write as the server would.
[[nodiscard]] constexpr bool has_scalar_text_form(oid type) noexcept
{
    switch (type) {
    case oids::bool_:
    case oids::int2:
    case oids::int4:
    case oids::int8:
    case oids::oid_:
    case oids::float4:
    case oids::float8:
    case oids::bytea:
    case oids::xid:
    case oids::cid:
    case oids::xid8:
    case oids::uuid:
    case oids::date:
    case oids::time:
    case oids::timetz:
    case oids::timestamp:
    case oids::timestamptz:
    case oids::interval:
    case oids::numeric:
    case oids::money:
    case oids::pg_lsn:
    case oids::tid:
    case oids::pg_snapshot:
    case oids::txid_snapshot:
        return true;
    default:
        return false;
    }
}

/// An array whose elements' text is known.
[[nodiscard]] constexpr bool has_array_text_form(oid type) noexcept
{
    if (is_text_like(type))
        return false;
    oid const element = element_of(type);
    return element != unspecified_oid && (has_scalar_text_form(element) || is_text_like(element));
}

/// A type whose binary values append_text() can write as the server would.
[[nodiscard]] constexpr bool has_text_form(oid type) noexcept
{
    return has_scalar_text_form(type) || has_array_text_form(type);
}

template <std::integral T>
inline bool append_integer(field const& from, std::string& to)
{
    if (from.size != static_cast<std::int32_t>(sizeof(T)))
        return false;
    char digits[24];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, load_big<T>(from.data)).ptr);
    return true;
}

template <class T, class Bits>
inline bool append_float(field const& from, std::string& to)
{
    if (from.size != static_cast<std::int32_t>(sizeof(T)))
        return false;
    char buffer[float_text_size];
    to += print_float(std::bit_cast<T>(load_big<Bits>(from.data)), buffer);
    return true;
}

/// What has a to_string() that writes as the server does.
template <class T>
inline bool append_value(field const& from, std::string& to)
{
    T value{};
    if (!codec<T>::decode(from, value))
        return false;
    to += to_string(value);
    return true;
}

/// A date or a timestamp, the one with a zone in UTC.
inline bool append_instant(field const& from, std::string& to)
{
    char buffer[calendar_text_size];
    if (from.size == 4 && from.type == oids::date)
        to += print_date(load_big<std::int32_t>(from.data), buffer);
    else if (from.size == 8 && from.type != oids::date)
        to += print_timestamp(
            load_big<std::int64_t>(from.data), from.type == oids::timestamptz, buffer);
    else
        return false;
    return true;
}

/// A time of day, or one with its offset from UTC, which the wire counts westwards.
inline bool append_clock(field const& from, std::string& to)
{
    bool const with_offset = from.type == oids::timetz;
    if (from.size != (with_offset ? 12 : 8))
        return false;
    auto const time = load_big<std::int64_t>(from.data);
    auto const west = with_offset ? load_big<std::int32_t>(from.data + 8) : 0;
    if (time < 0 || time > microseconds_per_day || west <= -utc_offset_limit ||
        west >= utc_offset_limit)
        return false;
    char buffer[clock_text_size];
    char* end = put_clock(buffer, static_cast<std::uint64_t>(time));
    if (with_offset)
        end = put_utc_offset(end, -west);
    to.append(buffer, end);
    return true;
}

inline void append_hex(field const& from, std::string& to)
{
    to += "\\x";
    for (std::byte const byte : from.bytes()) {
        to += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4];
        to += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15];
    }
}

/// The types that append_text() is to write: any. Who knows better has less to compile.
struct every_type
{
    static constexpr bool has_arrays = true;
    using elements = every_type;
    static constexpr bool has(oid) noexcept { return true; }
};

/// An array's element needs quotes in a literal, or would be taken for something else.
[[nodiscard]] inline bool needs_quotes(std::string_view element, char delimiter) noexcept
{
    char const special[] = {
        delimiter, '"', '\\', '{', '}', ' ', '\t', '\n', '\r', '\v', '\f', '\0'};
    if (element.empty() || element.find_first_of(special) != element.npos)
        return true;
    return element.size() == 4 && (element[0] | 32) == 'n' && (element[1] | 32) == 'u' &&
           (element[2] | 32) == 'l' && (element[3] | 32) == 'l';
}

/// False, with nothing appended, if the array is malformed.
inline bool append_array(
    field const& from, std::string& to, void (*append_element)(field const&, std::string&))
{
    array_elements elements;
    if (!read_array_header(from, elements) ||
        !(has_scalar_text_form(elements.type) || is_text_like(elements.type)))
        return false;
    byte_writer literal;
    char const delimiter = array_delimiter(elements.type);
    array_braces braces{elements.shape, delimiter, literal};
    std::string text;
    for (std::size_t left = elements.shape.count(); left != 0; --left) {
        field each;
        if (!next_element(elements, each))
            return false;
        braces.before_element();
        text.clear();
        append_element(each, text);
        if (!each.is_null() && needs_quotes(text, delimiter))
            put_array_element(text, literal);
        else
            literal.put(std::string_view{text});
    }
    braces.close();
    to.append(reinterpret_cast<char const*>(literal.data()), literal.size());
    return elements.at == elements.end;
}

/// Appends the value as the server's text format would have it (floats in their shortest form,
/// bytea as hex), NULL for NULL; what it can't turn into text it appends as hex.
template <class Types = every_type>
inline void append_text(field const& from, std::string& to)
{
    if (from.is_null()) {
        to += "NULL";
        return;
    }
    if (!from.is_binary() || is_text_like(from.type)) {
        to += from.text();
        return;
    }
    bool done = false;
    switch (from.type) {
    case oids::bool_:
        done = from.size == 1;
        if (done)
            to += *from.data == std::byte{0} ? 'f' : 't';
        break;
    case oids::int2:
        if constexpr (Types::has(oids::int2))
            done = append_integer<std::int16_t>(from, to);
        break;
    case oids::int4:
        if constexpr (Types::has(oids::int4))
            done = append_integer<std::int32_t>(from, to);
        break;
    case oids::int8:
        if constexpr (Types::has(oids::int8))
            done = append_integer<std::int64_t>(from, to);
        break;
    case oids::float4:
        if constexpr (Types::has(oids::float4))
            done = append_float<float, std::uint32_t>(from, to);
        break;
    case oids::float8:
        if constexpr (Types::has(oids::float8))
            done = append_float<double, std::uint64_t>(from, to);
        break;
    case oids::oid_:
    case oids::xid:
    case oids::cid:
        if constexpr (Types::has(oids::oid_) || Types::has(oids::xid) || Types::has(oids::cid))
            done = append_integer<std::uint32_t>(from, to);
        break;
    case oids::xid8:
        if constexpr (Types::has(oids::xid8))
            done = append_integer<std::uint64_t>(from, to);
        break;
    case oids::date:
    case oids::timestamp:
    case oids::timestamptz:
        if constexpr (Types::has(oids::date) || Types::has(oids::timestamp) ||
                      Types::has(oids::timestamptz))
            done = append_instant(from, to);
        break;
    case oids::time:
    case oids::timetz:
        if constexpr (Types::has(oids::time) || Types::has(oids::timetz))
            done = append_clock(from, to);
        break;
    case oids::interval:
        if constexpr (Types::has(oids::interval))
            done = append_value<interval>(from, to);
        break;
    case oids::numeric:
        if constexpr (Types::has(oids::numeric))
            done = append_value<numeric>(from, to);
        break;
    case oids::money:
        if constexpr (Types::has(oids::money))
            done = append_value<money>(from, to);
        break;
    case oids::pg_lsn:
        if constexpr (Types::has(oids::pg_lsn))
            done = append_value<lsn>(from, to);
        break;
    case oids::tid:
        if constexpr (Types::has(oids::tid))
            done = append_value<tid>(from, to);
        break;
    case oids::pg_snapshot:
    case oids::txid_snapshot:
        if constexpr (Types::has(oids::pg_snapshot) || Types::has(oids::txid_snapshot))
            done = append_value<snapshot>(from, to);
        break;
    case oids::uuid:
        if constexpr (Types::has(oids::uuid))
            done = append_value<uuid>(from, to);
        break;
    default:
        if constexpr (Types::has_arrays)
            done = has_array_text_form(from.type) &&
                   append_array(from, to, &append_text<typename Types::elements>);
        break;
    }
    if (!done)
        append_hex(from, to);
}

} // namespace pgcoro
