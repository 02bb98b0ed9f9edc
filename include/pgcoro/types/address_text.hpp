#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

/// \file
/// IP addresses to and from text, as PostgreSQL writes them. Without the system's inet_ntop, which
/// needs a socket header and abbreviates differently from system to system.

namespace pgcoro {

/// Appends an unsigned number to a base.
inline void append_number(unsigned value, int base, std::string& to)
{
    char digits[12];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, value, base).ptr);
}

/// Appends four bytes as `192.168.0.1`, or sixteen as `2001:db8::1`: the first of the longest runs
/// of at least two zero groups becomes `::`, and what embeds an IPv4 address ends in that.
inline void append_address(std::span<std::uint8_t const> bytes, std::string& to)
{
    auto const append_v4 = [&to](std::span<std::uint8_t const> four) {
        for (std::size_t i = 0; i < 4; ++i) {
            if (i != 0)
                to += '.';
            append_number(four[i], 10, to);
        }
    };
    if (bytes.size() == 4)
        return append_v4(bytes);

    auto const group = [&](std::size_t i) { return bytes[2 * i] * 256U + bytes[2 * i + 1]; };
    std::size_t first = 8;
    std::size_t count = 1;
    for (std::size_t i = 0; i < 8;) {
        std::size_t zeros = 0;
        while (i + zeros < 8 && group(i + zeros) == 0)
            ++zeros;
        if (zeros > count) {
            first = i;
            count = zeros;
        }
        i += zeros + 1;
    }
    bool const embeds = first == 0 && (count == 6 || (count == 5 && group(5) == 0xffff));
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == first) {
            to += ':';
            i += count - 1;
            if (i == 7)
                to += ':';
            continue;
        }
        if (i != 0)
            to += ':';
        if (i == 6 && embeds)
            return append_v4(bytes.subspan(12));
        append_number(group(i), 16, to);
    }
}

/// Reads four decimal bytes with dots between them, and nothing else.
[[nodiscard]] inline bool parse_v4(std::string_view text, std::span<std::uint8_t> to) noexcept
{
    char const* at = text.data();
    char const* const end = at + text.size();
    for (std::size_t i = 0; i < 4; ++i) {
        if (i != 0 && (at == end || *at++ != '.'))
            return false;
        auto const [stop, code] = std::from_chars(at, end, to[i]);
        if (code != std::errc{})
            return false;
        at = stop;
    }
    return at == end;
}

/// Reads an IPv6 address: eight groups, or fewer with one `::`, the last two perhaps as IPv4.
[[nodiscard]] inline bool parse_v6(std::string_view text, std::span<std::uint8_t> to) noexcept
{
    std::size_t size = 0;  // bytes read
    std::size_t gap = 999; // where the zeros go
    while (!text.empty()) {
        if (text.substr(0, 2) == "::") {
            if (gap != 999)
                return false;
            gap = size;
            text.remove_prefix(2);
            continue;
        }
        if (size != 0 && gap != size) {
            if (text.front() != ':')
                return false;
            text.remove_prefix(1);
        }
        if (size > 14)
            return false;
        if (size <= 12 && text.find('.') < text.find(':')) {
            if (!parse_v4(text, to.subspan(size, 4)))
                return false;
            size += 4;
            break;
        }
        std::uint16_t group = 0;
        auto const [stop, code] =
            std::from_chars(text.data(), text.data() + text.size(), group, 16);
        auto const length = static_cast<std::size_t>(stop - text.data());
        if (code != std::errc{} || length > 4)
            return false;
        to[size++] = static_cast<std::uint8_t>(group >> 8);
        to[size++] = static_cast<std::uint8_t>(group & 0xff);
        text.remove_prefix(length);
    }
    if (gap == 999)
        return size == 16;
    if (size > 14)
        return false;
    std::size_t const moved = size - gap;
    for (std::size_t i = 0; i < moved; ++i)
        to[15 - i] = to[size - 1 - i];
    for (std::size_t i = gap; i < 16 - moved; ++i)
        to[i] = 0;
    return true;
}

} // namespace pgcoro
