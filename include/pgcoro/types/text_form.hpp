#pragma once

#include "../core/byte_order.hpp"
#include "bytes.hpp"
#include "field.hpp"
#include "float_text.hpp"
#include "oids.hpp"
#include "uuid.hpp"

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pgcoro {

/// A type whose binary values append_text() can write as the server would.
[[nodiscard]] constexpr bool has_text_form(oid type) noexcept
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
        return true;
    default:
        return false;
    }
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

inline void append_hex(field const& from, std::string& to)
{
    to += "\\x";
    for (std::byte const byte : from.bytes()) {
        to += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4];
        to += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15];
    }
}

/// Appends the value as the server's text format would have it (floats in their shortest form,
/// bytea as hex), NULL for NULL; what it can't turn into text it appends as hex.
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
        done = append_integer<std::int16_t>(from, to);
        break;
    case oids::int4:
        done = append_integer<std::int32_t>(from, to);
        break;
    case oids::int8:
        done = append_integer<std::int64_t>(from, to);
        break;
    case oids::oid_:
        done = append_integer<std::uint32_t>(from, to);
        break;
    case oids::float4:
        done = append_float<float, std::uint32_t>(from, to);
        break;
    case oids::float8:
        done = append_float<double, std::uint64_t>(from, to);
        break;
    case oids::xid:
    case oids::cid:
        done = append_integer<std::uint32_t>(from, to);
        break;
    case oids::xid8:
        done = append_integer<std::uint64_t>(from, to);
        break;
    case oids::uuid:
        done = append_value<uuid>(from, to);
        break;
    default:
        break;
    }
    if (!done)
        append_hex(from, to);
}

} // namespace pgcoro
