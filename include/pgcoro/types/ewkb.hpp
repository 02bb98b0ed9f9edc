#pragma once

#include "codec.hpp"
#include "hex_digits.hpp"
#include "printing.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// A geometry or geography of PostGIS, as the bytes in which geometry libraries exchange them:
/// extended well-known binary. They are kept and sent as they are. The OID differs from database to
/// database, so they are sent as text (in hexadecimal), whose type the server infers.
/// https://postgis.net/docs/using_postgis_dbmanagement.html#EWKB_EWKT
struct ewkb
{
    ewkb() noexcept = default;
    explicit ewkb(std::vector<std::byte> geometry) : bytes{std::move(geometry)} {}

    std::vector<std::byte> bytes;
    bool operator==(ewkb const&) const = default;
};

/// Upper case hexadecimal.
[[nodiscard]] inline std::string to_string(ewkb const& value)
{
    std::string text;
    text.reserve(value.bytes.size() * 2);
    for (std::byte const byte : value.bytes) {
        text += "0123456789ABCDEF"[std::to_integer<unsigned>(byte) >> 4];
        text += "0123456789ABCDEF"[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

template <>
inline constexpr bool prints_like_server<ewkb> = true;

template <>
struct codec<ewkb>
{
    static constexpr std::string_view type_name = "geometry";
    static constexpr format result_format = format::binary;

    static bool decode(field const& from, ewkb& to)
    {
        if (from.is_binary()) {
            to.bytes.assign(from.bytes().begin(), from.bytes().end());
            return true;
        }
        std::string_view const text = from.text();
        to.bytes.clear();
        if (text.size() % 2 != 0)
            return false;
        to.bytes.reserve(text.size() / 2);
        for (std::size_t i = 0; i < text.size(); i += 2) {
            unsigned const byte = hex_value(text[i]) * 16 + hex_value(text[i + 1]);
            if (byte > 255)
                return false;
            to.bytes.push_back(static_cast<std::byte>(byte));
        }
        return true;
    }

    static void encode(ewkb const& value, format as, byte_writer& to)
    {
        if (as == format::text)
            to.put(std::string_view{to_string(value)});
        else
            to.put(std::span{value.bytes});
    }
};

} // namespace pgcoro
