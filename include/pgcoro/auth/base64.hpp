#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pgcoro {

/// Base64 with padding. https://www.rfc-editor.org/rfc/rfc4648#section-4
[[nodiscard]] inline std::string base64_encode(std::span<std::byte const> bytes)
{
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        auto const byte = [&](std::size_t at) {
            return at < bytes.size() ? std::to_integer<std::uint32_t>(bytes[at]) : 0u;
        };
        std::uint32_t const group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        text += digits[group >> 18];
        text += digits[group >> 12 & 63];
        text += i + 1 < bytes.size() ? digits[group >> 6 & 63] : '=';
        text += i + 2 < bytes.size() ? digits[group & 63] : '=';
    }
    return text;
}

/// The inverse; false if `text` is not exactly what base64_encode() gives for some bytes. `out` is
/// then unspecified.
[[nodiscard]] inline bool base64_decode(std::string_view text, std::vector<std::byte>& out)
{
    auto const digit = [](char c) -> std::uint32_t {
        if (c >= 'A' && c <= 'Z')
            return static_cast<std::uint32_t>(c - 'A');
        if (c >= 'a' && c <= 'z')
            return static_cast<std::uint32_t>(c - 'a' + 26);
        if (c >= '0' && c <= '9')
            return static_cast<std::uint32_t>(c - '0' + 52);
        return c == '+' ? 62 : c == '/' ? 63 : 64;
    };
    out.clear();
    if (text.size() % 4 != 0)
        return false;
    out.reserve(text.size() / 4 * 3);
    while (!text.empty()) {
        // Only the last group is padded; the bits that padding leaves over must be zero.
        std::size_t const padding = text.size() != 4       ? 0
                                    : text.ends_with("==") ? 2
                                    : text.ends_with('=')  ? 1
                                                           : 0;
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            std::uint32_t const value = i < 4 - padding ? digit(text[i]) : 0;
            if (value > 63)
                return false;
            group = group << 6 | value;
        }
        if ((group & ((1u << padding * 8) - 1)) != 0)
            return false;
        for (std::size_t i = 0; i < 3 - padding; ++i)
            out.push_back(static_cast<std::byte>(group >> (16 - i * 8) & 0xff));
        text.remove_prefix(4);
    }
    return true;
}

} // namespace pgcoro
