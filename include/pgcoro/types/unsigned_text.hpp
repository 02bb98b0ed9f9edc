#pragma once

#include "../core/byte_order.hpp"
#include "../core/byte_writer.hpp"
#include "../core/inlined.hpp"
#include "field.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

/// \file
/// Numbers without a sign, each an enum of its own: what oid, xid, cid and xid8 have in common.

namespace pgcoro {

template <class Number>
[[nodiscard, gnu::noinline]] inline bool read_unsigned(std::string_view text, Number& to) noexcept
{
    std::underlying_type_t<Number> value = 0;
    auto const end = text.data() + text.size();
    auto const [stop, code] = std::from_chars(text.data(), end, value);
    to = Number{value};
    return code == std::errc{} && stop == end;
}

template <class Number>
[[nodiscard]] PGCORO_INLINED bool decode_unsigned(field const& from, Number& to) noexcept
{
    using wire = std::underlying_type_t<Number>;
    if (!from.is_binary())
        return read_unsigned(from.text(), to);
    if (from.size != static_cast<std::int32_t>(sizeof(wire)))
        return false;
    to = Number{load_big<wire>(from.data)};
    return true;
}

template <class Number>
[[nodiscard]] inline std::string unsigned_text(Number value)
{
    return std::to_string(static_cast<std::underlying_type_t<Number>>(value));
}

template <class Number>
inline void encode_unsigned(Number value, format as, byte_writer& to)
{
    auto const number = static_cast<std::underlying_type_t<Number>>(value);
    if (as == format::binary) {
        to.put(number);
        return;
    }
    char digits[24];
    auto const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    to.put(std::string_view{digits, static_cast<std::size_t>(end - digits)});
}

} // namespace pgcoro
