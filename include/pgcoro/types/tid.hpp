#pragma once

#include "../core/byte_order.hpp"
#include "codec.hpp"
#include "printing.hpp"
#include "text_scanner.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pgcoro {

/// tid: where a row lies in its table, which the system column ctid tells: the block, and the row's
/// number in it, from 1 on. `(0,1)`
/// https://www.postgresql.org/docs/current/datatype-oid.html
struct tid
{
    static constexpr std::size_t text_size = 24;

    std::uint32_t block = 0;
    std::uint16_t offset = 0;

    constexpr std::string_view print(char (&buffer)[text_size]) const noexcept
    {
        char* at = put_text(buffer, "(");
        at = put_number(at, block, 1);
        at = put_text(at, ",");
        at = put_number(at, offset, 1);
        at = put_text(at, ")");
        return {buffer, static_cast<std::size_t>(at - buffer)};
    }

    friend constexpr auto operator<=>(tid const&, tid const&) noexcept = default;
};

[[nodiscard]] inline std::string to_string(tid value)
{
    char buffer[tid::text_size];
    return std::string{value.print(buffer)};
}

template <>
inline constexpr bool prints_like_server<tid> = true;

template <>
struct codec<tid>
{
    static constexpr oid type = oids::tid;
    static constexpr std::int32_t binary_size = 6;

    static bool decode(field const& from, tid& to) noexcept
    {
        if (!from.is_binary())
            return decode_text(from.text(), to);
        if (from.size != binary_size)
            return false;
        to.block = load_big<std::uint32_t>(from.data);
        to.offset = load_big<std::uint16_t>(from.data + 4);
        return true;
    }

    static void encode(tid value, format as, byte_writer& to)
    {
        char buffer[tid::text_size];
        if (as == format::binary) {
            to.put(value.block);
            to.put(value.offset);
        } else {
            to.put(value.print(buffer));
        }
    }

private:
    static bool decode_text(std::string_view text, tid& to) noexcept
    {
        text_scanner scanner{text};
        std::int64_t block = 0;
        std::int64_t offset = 0;
        if (!scanner.take('(') || !scanner.take_number(1, 10, block) || !scanner.take(',') ||
            !scanner.take_number(1, 5, offset) || !scanner.take(')') || !scanner.at_end())
            return false;
        to = {static_cast<std::uint32_t>(block), static_cast<std::uint16_t>(offset)};
        return to.block == block && to.offset == offset;
    }
};

} // namespace pgcoro
