#pragma once

#include "../core/inlined.hpp"
#include "codec.hpp"
#include "printing.hpp"
#include "unsigned_text.hpp"

#include <string>

namespace pgcoro {

/// oid, as pgcoro::oid: four bytes without a sign, a type of its own that no integer turns into by
/// itself. The types that name a thing of the catalog (regclass, regtype, regproc and their like)
/// are read from their binary form, which is the number; their text is the thing's name.
/// https://www.postgresql.org/docs/current/datatype-oid.html
template <>
struct codec<oid>
{
    static constexpr oid type = oids::oid_;
    static constexpr std::int32_t binary_size = 4;

    static constexpr bool accepts(oid from, format as) noexcept
    {
        return from == oids::oid_ || (as == format::binary && is_catalog_name(from));
    }

    PGCORO_INLINED static bool decode(field const& from, oid& to) noexcept
    {
        return decode_unsigned(from, to);
    }

    static void encode(oid value, format as, byte_writer& to) { encode_unsigned(value, as, to); }
};

[[nodiscard]] inline std::string to_string(oid value)
{
    return unsigned_text(value);
}

template <>
inline constexpr bool prints_like_server<oid> = true;

} // namespace pgcoro
