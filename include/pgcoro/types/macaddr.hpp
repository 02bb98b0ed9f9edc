#pragma once

#include "codec.hpp"
#include "hex_digits.hpp"
#include "printing.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pgcoro {

/// The address of a network card, N bytes long.
template <std::size_t N>
struct hardware_address
{
    std::array<std::uint8_t, N> bytes{};

    /// Reads pairs of hexadecimal digits with colons between them; nothing for all else.
    [[nodiscard]] static constexpr std::optional<hardware_address> parse(
        std::string_view text) noexcept
    {
        hardware_address result;
        if (text.size() != N * 3 - 1)
            return std::nullopt;
        for (std::size_t i = 0; i < N; ++i) {
            unsigned const byte = hex_value(text[i * 3]) * 16 + hex_value(text[i * 3 + 1]);
            if (byte > 255 || (i + 1 < N && text[i * 3 + 2] != ':'))
                return std::nullopt;
            result.bytes[i] = static_cast<std::uint8_t>(byte);
        }
        return result;
    }

    friend constexpr bool operator==(
        hardware_address const&, hardware_address const&) noexcept = default;
    friend constexpr auto operator<=>(
        hardware_address const&, hardware_address const&) noexcept = default;

    /// As the server prints it: `08:00:2b:01:02:03`.
    friend std::string to_string(hardware_address const& value)
    {
        std::string text;
        text.reserve(N * 3);
        for (std::uint8_t const byte : value.bytes) {
            if (!text.empty())
                text += ':';
            text += hex_digits[byte >> 4];
            text += hex_digits[byte & 15];
        }
        return text;
    }
};

/// macaddr, six bytes.
/// https://www.postgresql.org/docs/current/datatype-net-types.html#DATATYPE-MACADDR
using macaddr = hardware_address<6>;

/// macaddr8, in the format of EUI-64.
/// https://www.postgresql.org/docs/current/datatype-net-types.html#DATATYPE-MACADDR8
using macaddr8 = hardware_address<8>;

template <std::size_t N>
inline constexpr bool prints_like_server<hardware_address<N>> = true;

template <std::size_t N>
requires(N == 6 || N == 8) struct codec<hardware_address<N>>
{
    static constexpr oid type = N == 6 ? oids::macaddr : oids::macaddr8;
    static constexpr std::int32_t binary_size = N;

    static bool decode(field const& from, hardware_address<N>& to) noexcept
    {
        if (!from.is_binary()) {
            auto const read = hardware_address<N>::parse(from.text());
            to = read.value_or(hardware_address<N>{});
            return read.has_value();
        }
        if (from.size != binary_size)
            return false;
        std::memcpy(to.bytes.data(), from.data, N);
        return true;
    }

    static void encode(hardware_address<N> const& value, format as, byte_writer& to)
    {
        if (as == format::binary)
            to.put(std::as_bytes(std::span{value.bytes}));
        else
            to.put(std::string_view{to_string(value)});
    }
};

} // namespace pgcoro

template <std::size_t N>
struct std::hash<pgcoro::hardware_address<N>>
{
    [[nodiscard]] std::size_t operator()(pgcoro::hardware_address<N> const& value) const noexcept
    {
        return std::hash<std::string_view>{}(
            {reinterpret_cast<char const*>(value.bytes.data()), N});
    }
};
