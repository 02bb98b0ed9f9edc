#pragma once

#include "../core/byte_order.hpp"
#include "../core/inlined.hpp"
#include "codec.hpp"
#include "hex_digits.hpp"
#include "printing.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace pgcoro {

/// Sixteen bytes that name something for good; the server orders them as bytes.
/// `constexpr auto id = pg::uuid::parse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11").value();`
/// https://www.postgresql.org/docs/current/datatype-uuid.html
struct uuid
{
    static constexpr std::size_t text_size = 36;

    std::array<std::byte, 16> bytes{};

    /// Reads what the server reads: hexadecimal digits of either case, hyphens behind any group of
    /// four or nowhere, braces around it or not. Nothing if it is no such text.
    [[nodiscard]] static constexpr std::optional<uuid> parse(std::string_view text) noexcept
    {
        if (text.size() >= 2 && text.front() == '{' && text.back() == '}')
            text = text.substr(1, text.size() - 2);
        uuid value;
        for (std::size_t i = 0; i < value.bytes.size(); ++i) {
            if (i != 0 && i % 2 == 0 && !text.empty() && text.front() == '-')
                text.remove_prefix(1);
            if (text.size() < 2)
                return std::nullopt;
            unsigned const byte = hex_value(text[0]) * 16 + hex_value(text[1]);
            if (byte > 255)
                return std::nullopt;
            value.bytes[i] = static_cast<std::byte>(byte);
            text.remove_prefix(2);
        }
        return text.empty() ? std::optional{value} : std::nullopt;
    }

    /// As the server writes it: lower case, in groups of 8, 4, 4, 4 and 12.
    constexpr std::string_view print(char (&buffer)[text_size]) const noexcept
    {
        char* at = buffer;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (i == 4 || i == 6 || i == 8 || i == 10)
                *at++ = '-';
            *at++ = hex_digits[std::to_integer<unsigned>(bytes[i]) >> 4];
            *at++ = hex_digits[std::to_integer<unsigned>(bytes[i]) & 15];
        }
        return {buffer, text_size};
    }

    [[nodiscard]] constexpr bool is_nil() const noexcept { return *this == uuid{}; }

    friend constexpr bool operator==(uuid const&, uuid const&) noexcept = default;
    friend constexpr auto operator<=>(uuid const&, uuid const&) noexcept = default;
};

[[nodiscard]] inline std::string to_string(uuid const& value)
{
    char buffer[uuid::text_size];
    return std::string{value.print(buffer)};
}

template <>
inline constexpr bool prints_like_server<uuid> = true;

template <>
struct codec<uuid>
{
    static constexpr oid type = oids::uuid;
    static constexpr std::int32_t binary_size = 16;

    PGCORO_INLINED static bool decode(field const& from, uuid& to) noexcept
    {
        if (!from.is_binary())
            return decode_text(from.text(), to);
        if (from.size != binary_size)
            return false;
        std::memcpy(to.bytes.data(), from.data, to.bytes.size());
        return true;
    }

    static void encode(uuid const& value, format as, byte_writer& to)
    {
        char buffer[uuid::text_size];
        if (as == format::binary)
            to.put(std::span<std::byte const>{value.bytes});
        else
            to.put(value.print(buffer));
    }

private:
    [[gnu::noinline]] static bool decode_text(std::string_view text, uuid& to) noexcept
    {
        auto const value = uuid::parse(text);
        to = value.value_or(uuid{});
        return value.has_value();
    }
};

} // namespace pgcoro

template <>
struct std::hash<pgcoro::uuid>
{
    /// Mixed: those of version 7 begin with the time, and some of one's own with zeros.
    [[nodiscard]] std::size_t operator()(pgcoro::uuid const& value) const noexcept
    {
        std::uint64_t mixed =
            pgcoro::load_big<std::uint64_t>(value.bytes.data()) * std::uint64_t{0x9e3779b97f4a7c15};
        mixed = (mixed ^ (mixed >> 32) ^ pgcoro::load_big<std::uint64_t>(value.bytes.data() + 8)) *
                std::uint64_t{0x9e3779b97f4a7c15};
        return static_cast<std::size_t>(mixed ^ (mixed >> 32));
    }
};
