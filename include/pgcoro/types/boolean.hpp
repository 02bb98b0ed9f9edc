#pragma once

#include "../core/inlined.hpp"
#include "codec.hpp"

namespace pgcoro {

/// boolean.
/// https://www.postgresql.org/docs/current/datatype-boolean.html
template <>
struct codec<bool>
{
    static constexpr oid type = oids::bool_;
    static constexpr std::int32_t binary_size = 1;

    PGCORO_INLINED static bool decode(field const& from, bool& to) noexcept
    {
        if (from.size != 1)
            return false;
        auto const byte = static_cast<unsigned char>(*from.data);
        unsigned char const yes = from.is_binary() ? 1 : 't';
        unsigned char const no = from.is_binary() ? 0 : 'f';
        to = byte == yes;
        return byte == yes || byte == no;
    }

    static void encode(bool value, format as, byte_writer& to)
    {
        if (as == format::binary)
            to.put(static_cast<std::uint8_t>(value ? 1 : 0));
        else
            to.put(std::string_view{value ? "t" : "f"});
    }
};

} // namespace pgcoro
