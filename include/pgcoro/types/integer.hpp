#pragma once

#include "../core/error.hpp"
#include "../core/inlined.hpp"
#include "codec.hpp"
#include "numeric_number.hpp"

#include <charconv>
#include <string>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// The integers that are numbers: not bool, not the character types.
template <class T>
concept numeric_integer = std::same_as<T, signed char> || std::same_as<T, unsigned char> ||
    std::same_as<T, short> || std::same_as<T, unsigned short> || std::same_as<T, int> ||
    std::same_as<T, unsigned int> || std::same_as<T, long> || std::same_as<T, unsigned long> ||
    std::same_as<T, long long> || std::same_as<T, unsigned long long>;

/// smallint, integer and bigint. PostgreSQL has no unsigned types: those of C++ go as the next
/// wider one, the widest as bigint, and a value that bigint can't hold is an encode_error. A type
/// is read from what it is sent as and from what is narrower, those of 64 bits also from numeric,
/// which sum(bigint) is; a value that still doesn't fit (-1 for an unsigned, 0.5) is a
/// decode_error. https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT
template <numeric_integer T>
struct codec<T>
{
    static constexpr std::int32_t binary_size =
        sizeof(T) == 1                                          ? 2
        : std::is_signed_v<T> || sizeof(T) == sizeof(long long) ? static_cast<int>(sizeof(T))
                                                                : static_cast<int>(sizeof(T)) * 2;

    using wire_integer = std::conditional_t<binary_size == 2, std::int16_t,
        std::conditional_t<binary_size == 4, std::int32_t, std::int64_t>>;

    static constexpr oid type = binary_size == 2   ? oids::int2
                                : binary_size == 4 ? oids::int4
                                                   : oids::int8;

    static constexpr bool accepts(oid from, format) noexcept
    {
        switch (from) {
        case oids::int2:
            return true;
        case oids::int4:
            return binary_size >= 4;
        case oids::int8:
        case oids::oid_:
        case oids::numeric:
            return binary_size >= 8;
        default:
            return false;
        }
    }

    PGCORO_INLINED static bool decode(field const& from, T& to)
    {
        if (!from.is_binary())
            return decode_text(from.text(), from.type, to);
        switch (from.type) {
        case oids::int2:
            return decode_binary<std::int16_t>(from, to);
        case oids::int4:
            return decode_binary<std::int32_t>(from, to);
        case oids::int8:
            return decode_binary<std::int64_t>(from, to);
        case oids::oid_:
            return decode_binary<std::uint32_t>(from, to);
        default:
            if constexpr (binary_size == 8)
                return from.type == oids::numeric && read_binary_numeric(from.data, from.size, to);
            return false;
        }
    }

    static void encode(T value, format as, byte_writer& to)
    {
        if (as == format::text) {
            char digits[24];
            auto const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
            to.put(std::string_view{digits, static_cast<std::size_t>(end - digits)});
            return;
        }
        if (!std::in_range<wire_integer>(value))
            throw encode_error{
                std::to_string(value) +
                " does not fit in int8; pgcoro::as_oid(pgcoro::oids::numeric, value) sends it"};
        to.put(static_cast<wire_integer>(value));
    }

    /// Of a value that decode() refused.
    static std::string explain(field const& from)
    {
        return from.type == oids::numeric ? "it has a fraction, or is too large" : "";
    }

private:
    template <class Wire>
    static bool decode_binary(field const& from, T& to) noexcept
    {
        if (from.size != static_cast<std::int32_t>(sizeof(Wire)))
            return false;
        auto const value = load_big<Wire>(from.data);
        to = static_cast<T>(value);
        return std::in_range<T>(value);
    }

    [[gnu::noinline]] static bool decode_text(std::string_view text, oid as, T& to)
    {
        if constexpr (binary_size == 8)
            if (as == oids::numeric)
                return read_text_numeric(text, to);
        auto const end = text.data() + text.size();
        auto const [stop, code] = std::from_chars(text.data(), end, to);
        return code == std::errc{} && stop == end;
    }
};

} // namespace pgcoro
