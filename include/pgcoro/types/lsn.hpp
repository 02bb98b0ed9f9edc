#pragma once

#include "../core/byte_order.hpp"
#include "codec.hpp"
#include "hex_digits.hpp"
#include "printing.hpp"

#include <charconv>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pgcoro {

/// pg_lsn: a position in the write-ahead log, in bytes from its beginning; as text its two halves
/// in hexadecimal digits, `16/B374D848`.
/// https://www.postgresql.org/docs/current/datatype-pg-lsn.html
struct lsn
{
    std::uint64_t position = 0;

    [[nodiscard]] static std::optional<lsn> parse(std::string_view text) noexcept
    {
        std::size_t const slash = text.find('/');
        std::uint64_t high = 0;
        std::uint64_t low = 0;
        if (slash == text.npos || !parse_half(text.substr(0, slash), high) ||
            !parse_half(text.substr(slash + 1), low))
            return std::nullopt;
        return lsn{high << 32 | low};
    }

    friend constexpr auto operator<=>(lsn const&, lsn const&) noexcept = default;

private:
    [[nodiscard]] static bool parse_half(std::string_view text, std::uint64_t& to) noexcept
    {
        for (char const each : text)
            to = to * 16 + hex_value(each) % 256;
        return !text.empty() && text.size() <= 8 &&
               text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
    }
};

[[nodiscard]] inline std::string to_string(lsn value)
{
    char text[24];
    char* at = std::to_chars(text, text + 8, value.position >> 32, 16).ptr;
    *at++ = '/';
    at = std::to_chars(at, at + 8, value.position & 0xffff'ffff, 16).ptr;
    for (char* each = text; each != at; ++each)
        if (*each >= 'a')
            *each = static_cast<char>(*each - 'a' + 'A');
    return {text, at};
}

template <>
inline constexpr bool prints_like_server<lsn> = true;

template <>
struct codec<lsn>
{
    static constexpr oid type = oids::pg_lsn;
    static constexpr std::int32_t binary_size = 8;

    static bool decode(field const& from, lsn& to) noexcept
    {
        if (from.is_binary()) {
            if (from.size != binary_size)
                return false;
            to.position = load_big<std::uint64_t>(from.data);
            return true;
        }
        auto const value = lsn::parse(from.text());
        to = value.value_or(lsn{});
        return value.has_value();
    }

    static void encode(lsn value, format as, byte_writer& to)
    {
        if (as == format::binary)
            to.put(value.position);
        else
            to.put(std::string_view{to_string(value)});
    }
};

} // namespace pgcoro
