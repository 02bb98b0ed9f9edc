#pragma once

#include "codec.hpp"

#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace pgcoro {

/// Characters. Sent as text whose type the server infers, so that a string also serves where a
/// date, an enum or an array literal is wanted; asked for as text, which every type can give. The
/// bytes are in the connection's client_encoding, and none may be zero.
/// https://www.postgresql.org/docs/current/datatype-character.html
struct text_codec
{
    static constexpr bool accepts(oid from, format as) noexcept
    {
        return as == format::text || is_text_like(from);
    }

    static void encode(std::string_view value, format, byte_writer& to) { to.put(value); }
};

template <>
struct codec<std::string> : text_codec
{
    static bool decode(field const& from, std::string& to)
    {
        // Made in place. A temporary that is moved in is written in halves and read whole: such a
        // read waits until all that was written before, rows in cold memory too, is in the cache.
        std::destroy_at(&to);
        try {
            std::construct_at(
                &to, reinterpret_cast<char const*>(from.data), static_cast<std::size_t>(from.size));
        } catch (...) {
            std::construct_at(&to);
            throw;
        }
        return true;
    }
};

/// Points into the result's bytes.
template <>
struct codec<std::string_view> : text_codec
{
    static constexpr bool borrows = true;

    static bool decode(field const& from, std::string_view& to) noexcept
    {
        to = {reinterpret_cast<char const*>(from.data), static_cast<std::size_t>(from.size)};
        return true;
    }
};

/// Zero-terminated; a null pointer is NULL.
template <>
struct codec<char const*> : text_codec
{
    static constexpr bool is_null(char const* value) noexcept { return value == nullptr; }
};

template <>
struct codec<char*> : codec<char const*>
{};

/// A literal, or an array up to its first zero.
template <std::size_t N>
struct codec<char[N]>
{
    static void encode(char const (&value)[N], format, byte_writer& to)
    {
        void const* const zero = std::memchr(value, 0, N);
        to.put(std::string_view{value,
            zero == nullptr ? N
                            : static_cast<std::size_t>(static_cast<char const*>(zero) - value)});
    }
};

} // namespace pgcoro
