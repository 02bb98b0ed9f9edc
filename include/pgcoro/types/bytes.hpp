#pragma once

#include "codec.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace pgcoro {

/// bytea, and its two text formats.
/// https://www.postgresql.org/docs/current/datatype-binary.html
struct bytes_codec
{
    static constexpr oid type = oids::bytea;

    static void encode(std::span<std::byte const> value, format as, byte_writer& to)
    {
        if (as == format::binary) {
            to.put(value);
            return;
        }
        std::byte* at = to.extend(2 + 2 * value.size());
        auto const append = [&](char c) { *at++ = static_cast<std::byte>(c); };
        append('\\');
        append('x');
        for (std::byte const byte : value) {
            append("0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4]);
            append("0123456789abcdef"[std::to_integer<unsigned>(byte) & 15]);
        }
    }

    /// Unescapes the text format. `take(byte)` returns false to stop.
    template <class Take>
    static bool unescape(std::string_view text, Take take)
    {
        auto const digit = [](char c, unsigned base) {
            unsigned const value = c >= 'a'   ? static_cast<unsigned>(c - 'a') + 10
                                   : c >= 'A' ? static_cast<unsigned>(c - 'A') + 10
                                              : static_cast<unsigned>(c - '0');
            return value < base ? value : 256U;
        };
        if (text.size() >= 2 && text[0] == '\\' && text[1] == 'x') {
            if (text.size() % 2 != 0)
                return false;
            for (std::size_t i = 2; i < text.size(); i += 2) {
                unsigned const value = digit(text[i], 16) * 16 + digit(text[i + 1], 16);
                if (value > 255 || !take(static_cast<std::byte>(value)))
                    return false;
            }
            return true;
        }
        while (!text.empty()) { // bytea_output = escape
            auto value = static_cast<unsigned>(static_cast<unsigned char>(text[0]));
            std::size_t length = 1;
            if (text[0] == '\\') {
                if (text.size() >= 2 && text[1] == '\\') {
                    length = 2;
                } else if (text.size() >= 4) {
                    value = digit(text[1], 8) * 64 + digit(text[2], 8) * 8 + digit(text[3], 8);
                    length = 4;
                } else {
                    return false;
                }
            }
            if (value > 255 || !take(static_cast<std::byte>(value)))
                return false;
            text.remove_prefix(length);
        }
        return true;
    }
};

template <>
struct codec<std::vector<std::byte>> : bytes_codec
{
    static bool decode(field const& from, std::vector<std::byte>& to)
    {
        if (from.is_binary()) {
            to.assign(from.data, from.data + from.size);
            return true;
        }
        to.clear();
        return unescape(from.text(), [&](std::byte byte) {
            to.push_back(byte);
            return true;
        });
    }
};

/// Points into the result's bytes, which only the binary format allows.
template <>
struct codec<std::span<std::byte const>> : bytes_codec
{
    static constexpr bool borrows = true;

    static constexpr bool accepts(oid from, format as) noexcept
    {
        return from == oids::bytea && as == format::binary;
    }

    static bool decode(field const& from, std::span<std::byte const>& to) noexcept
    {
        to = from.bytes();
        return from.is_binary();
    }
};

template <>
struct codec<std::span<std::byte>>
{
    static constexpr oid type = oids::bytea;

    static void encode(std::span<std::byte const> value, format as, byte_writer& to)
    {
        bytes_codec::encode(value, as, to);
    }
};

/// Exactly N bytes.
template <std::size_t N>
struct codec<std::array<std::byte, N>> : bytes_codec
{
    static bool decode(field const& from, std::array<std::byte, N>& to) noexcept
    {
        if (from.is_binary()) {
            if (static_cast<std::size_t>(from.size) != N)
                return false;
            if constexpr (N != 0)
                std::memcpy(to.data(), from.data, N);
            return true;
        }
        std::size_t count = 0;
        return unescape(from.text(), [&](std::byte byte) {
            if (count == N)
                return false;
            to[count++] = byte;
            return true;
        }) && count == N;
    }
};

} // namespace pgcoro
