#pragma once

#include "cleansed.hpp"
#include "nfkc.hpp"
#include "stringprep_table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace pgcoro {

/// How stringprep treats a character; the numbers of stringprep_runs.
enum class stringprep_kind
{
    other = 0,
    prohibited = 1,    ///< tables C.1.2 to C.9, and A.1: not in Unicode 3.2
    right_to_left = 2, ///< table D.1
    left_to_right = 3, ///< table D.2
};

[[nodiscard]] inline stringprep_kind kind_of(char32_t point) noexcept
{
    auto const* const run = std::upper_bound(std::begin(stringprep_runs), std::end(stringprep_runs),
        static_cast<std::uint32_t>(point << 2 | 3));
    return static_cast<stringprep_kind>(*std::prev(run) & 3);
}

/// Appends the characters of `text`; false if it is no UTF-8.
[[nodiscard]] inline bool append_utf8_decoded(std::u32string& to, std::string_view text)
{
    for (std::size_t i = 0; i < text.size();) {
        auto const byte = [&](std::size_t at) {
            return static_cast<char32_t>(static_cast<unsigned char>(text[at]));
        };
        char32_t point = byte(i++);
        std::size_t more = 0;
        char32_t smallest = 0;
        if (point >= 0xf0) {
            more = 3, smallest = 0x10000, point &= 0xf;
        } else if (point >= 0xe0) {
            more = 2, smallest = 0x800, point &= 0xf;
        } else if (point >= 0xc0) {
            more = 1, smallest = 0x80, point &= 0x1f;
        } else if (point >= 0x80) {
            return false;
        }
        if (text.size() - i < more)
            return false;
        for (; more > 0; --more, ++i) {
            if ((byte(i) & 0xc0) != 0x80)
                return false;
            point = point << 6 | (byte(i) & 0x3f);
        }
        if (point < smallest || point > 0x10ffff || point - 0xd800 < 0x800)
            return false;
        to += point;
    }
    return true;
}

inline void append_utf8(std::string& to, char32_t point)
{
    auto const put = [&](char32_t byte) { to += static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0 | point >> 6), put(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        put(0xe0 | point >> 12), put(0x80 | (point >> 6 & 0x3f)), put(0x80 | (point & 0x3f));
    } else {
        put(0xf0 | point >> 18), put(0x80 | (point >> 12 & 0x3f));
        put(0x80 | (point >> 6 & 0x3f)), put(0x80 | (point & 0x3f));
    }
}

/// Maps what stringprep maps: other spaces to a space, invisible characters to nothing. U+200B is
/// both; PostgreSQL makes it a space.
[[nodiscard]] inline std::u32string_view map_stringprep(std::u32string& text)
{
    auto const is_space = [](char32_t c) {
        return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200b) || c == 0x202f ||
               c == 0x205f || c == 0x3000;
    };
    auto const is_nothing = [](char32_t c) {
        return c == 0xad || c == 0x34f || c == 0x1806 || (c >= 0x180b && c <= 0x180d) ||
               c == 0x200c || c == 0x200d || c == 0x2060 || (c >= 0xfe00 && c <= 0xfe0f) ||
               c == 0xfeff;
    };
    std::size_t size = 0;
    for (char32_t const point : text) {
        if (is_space(point))
            text[size++] = U' ';
        else if (!is_nothing(point))
            text[size++] = point;
    }
    return {text.data(), size};
}

/// Whether a mapped password may stand: nothing prohibited in it, and text that runs from right to
/// left does so from its first character to its last.
[[nodiscard]] inline bool allowed_by_stringprep(std::u32string_view text) noexcept
{
    bool right_to_left = false;
    bool left_to_right = false;
    for (char32_t const point : text) {
        auto const kind = kind_of(point);
        if (kind == stringprep_kind::prohibited)
            return false;
        right_to_left |= kind == stringprep_kind::right_to_left;
        left_to_right |= kind == stringprep_kind::left_to_right;
    }
    if (text.empty())
        return false;
    return !right_to_left ||
           (!left_to_right && kind_of(text.front()) == stringprep_kind::right_to_left &&
               kind_of(text.back()) == stringprep_kind::right_to_left);
}

/// The form in which a password is hashed, so that it doesn't matter how it was typed. What can't
/// be prepared (no UTF-8, or prohibited characters) is used as it is. Where PostgreSQL departs from
/// the RFCs this departs with it, or its users could not log in: it checks for prohibited
/// characters and for direction before normalization, not after, and takes ASCII as it is, control
/// characters too. Cleansing the result is the caller's.
/// RFC 4013; https://www.postgresql.org/docs/current/sasl-authentication.html#SASL-SCRAM-SHA-256
[[nodiscard]] inline std::string saslprep(std::string_view password)
{
    if (std::none_of(password.begin(), password.end(),
            [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
        return std::string{password};

    cleansed<std::u32string> characters;
    characters->reserve(password.size());
    if (!append_utf8_decoded(*characters, password))
        return std::string{password};
    auto const mapped = map_stringprep(*characters);
    if (!allowed_by_stringprep(mapped))
        return std::string{password};

    cleansed<std::u32string> normal;
    normal->reserve(mapped.size() * 18);
    normalize_nfkc(mapped, *normal);
    std::string prepared;
    prepared.reserve(normal->size() * 4);
    for (char32_t const point : *normal)
        append_utf8(prepared, point);
    return prepared;
}

} // namespace pgcoro
