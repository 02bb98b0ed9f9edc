#pragma once

#include "../core/inlined.hpp"
#include "codec.hpp"
#include "float_text.hpp"
#include "numeric_number.hpp"

#include <bit>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace pgcoro {

template <class T>
concept numeric_float = std::same_as<T, float> || std::same_as<T, double>;

/// real and double precision. Read also from narrower types whose every value they hold exactly;
/// and double from numeric, of which it is the nearest one: a larger one than any is a
/// decode_error. https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT
template <numeric_float T>
struct codec<T>
{
    static constexpr oid type = sizeof(T) == 4 ? oids::float4 : oids::float8;
    static constexpr std::int32_t binary_size = sizeof(T);

    static constexpr bool accepts(oid from, format) noexcept
    {
        switch (from) {
        case oids::float4:
        case oids::int2:
            return true;
        case oids::float8:
        case oids::int4:
        case oids::numeric:
            return sizeof(T) == 8;
        default:
            return false;
        }
    }

    PGCORO_INLINED static bool decode(field const& from, T& to)
    {
        if (!from.is_binary())
            return decode_text(from.text(), from.type, to);
        switch (from.type) {
        case oids::float4:
            return decode_float<float, std::uint32_t>(from, to);
        case oids::float8:
            return decode_float<double, std::uint64_t>(from, to);
        case oids::int2:
            return decode_integer<std::int16_t>(from, to);
        case oids::int4:
            return decode_integer<std::int32_t>(from, to);
        default:
            if constexpr (sizeof(T) == 8)
                return from.type == oids::numeric && read_binary_numeric(from.data, from.size, to);
            return false;
        }
    }

    static void encode(T value, format as, byte_writer& to)
    {
        using bit_pattern = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
        if (as == format::binary) {
            to.put(std::bit_cast<bit_pattern>(value));
        } else {
            char buffer[float_text_size];
            to.put(print_float(value, buffer));
        }
    }

private:
    [[gnu::noinline]] static bool decode_text(std::string_view text, oid as, T& to)
    {
        if constexpr (sizeof(T) == 8)
            if (as == oids::numeric)
                return read_text_numeric(text, to);
        return parse_float(text, to);
    }

    template <class Wire, class Bits>
    static bool decode_float(field const& from, T& to) noexcept
    {
        if (from.size != static_cast<std::int32_t>(sizeof(Wire)))
            return false;
        to = static_cast<T>(std::bit_cast<Wire>(load_big<Bits>(from.data)));
        return true;
    }

    template <class Wire>
    static bool decode_integer(field const& from, T& to) noexcept
    {
        if (from.size != static_cast<std::int32_t>(sizeof(Wire)))
            return false;
        to = static_cast<T>(load_big<Wire>(from.data));
        return true;
    }
};

} // namespace pgcoro
