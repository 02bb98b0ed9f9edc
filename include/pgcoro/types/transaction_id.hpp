#pragma once

#include "../core/inlined.hpp"
#include "codec.hpp"
#include "printing.hpp"
#include "unsigned_text.hpp"

#include <concepts>
#include <cstdint>
#include <string>

namespace pgcoro {

/// A transaction's number, as the system columns xmin and xmax have it. It wraps around: the
/// server tells two apart, but knows no order among them.
/// https://www.postgresql.org/docs/current/datatype-oid.html
enum class xid : std::uint32_t
{
};

/// A command's number within its transaction: the system columns cmin and cmax.
/// https://www.postgresql.org/docs/current/datatype-oid.html
enum class cid : std::uint32_t
{
};

/// A transaction's number with the epoch in front, which never wraps around; the server has it
/// from version 13 on. https://www.postgresql.org/docs/current/datatype-oid.html
enum class xid8 : std::uint64_t
{
};

template <class T>
concept transaction_number = std::same_as<T, xid> || std::same_as<T, cid> || std::same_as<T, xid8>;

template <transaction_number T>
struct codec<T>
{
    static constexpr oid type = std::same_as<T, xid>   ? oids::xid
                                : std::same_as<T, cid> ? oids::cid
                                                       : oids::xid8;
    static constexpr std::int32_t binary_size = sizeof(T);

    PGCORO_INLINED static bool decode(field const& from, T& to) noexcept
    {
        return decode_unsigned(from, to);
    }

    static void encode(T value, format as, byte_writer& to) { encode_unsigned(value, as, to); }
};

template <transaction_number T>
[[nodiscard]] inline std::string to_string(T value)
{
    return unsigned_text(value);
}

template <transaction_number T>
inline constexpr bool prints_like_server<T> = true;

} // namespace pgcoro
