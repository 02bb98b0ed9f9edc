#pragma once

#include "../core/inlined.hpp"
#include "codec.hpp"

#include <cstdint>
#include <string_view>

namespace pgcoro {

/// "char", in quotes: the one byte of which the catalog makes its enums. The zero byte prints as
/// nothing, and from version 16 on what is not ASCII as `\ooo`. character(1) is text.
/// https://www.postgresql.org/docs/current/datatype-character.html
template <>
struct codec<char>
{
    static constexpr oid type = oids::char_;
    static constexpr std::int32_t binary_size = 1;

    PGCORO_INLINED static bool decode(field const& from, char& to) noexcept
    {
        if (from.size != 1)
            return !from.is_binary() && decode_text(from.text(), to);
        to = static_cast<char>(*from.data);
        return true;
    }

    static void encode(char value, format as, byte_writer& to)
    {
        if (as == format::binary || value != '\0')
            to.put(std::string_view{&value, 1});
    }

private:
    [[gnu::noinline]] static bool decode_text(std::string_view text, char& to) noexcept
    {
        if (text.empty()) {
            to = '\0';
            return true;
        }
        if (text.size() != 4 || text[0] != '\\' || text[1] < '2' || text[1] > '3')
            return false;
        unsigned value = 0;
        for (char const digit : text.substr(1)) {
            if (digit < '0' || digit > '7')
                return false;
            value = value * 8 + static_cast<unsigned>(digit - '0');
        }
        to = static_cast<char>(value);
        return true;
    }
};

} // namespace pgcoro
