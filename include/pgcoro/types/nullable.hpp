#pragma once

#include "codec.hpp"

#include <cstddef>
#include <optional>

namespace pgcoro {

/// A T or NULL: what a column becomes that may be NULL.
template <has_codec T>
struct codec<std::optional<T>> : codec<T>
{
    static constexpr bool takes_null = true;

    static constexpr bool accepts(oid from, format as) noexcept
    {
        return pgcoro::accepts<T>(from, as);
    }

    static bool decode(field const& from, std::optional<T>& to) requires decodable<T>
    {
        if (from.size < 0) {
            to.reset();
            return true;
        }
        return codec<T>::decode(from, to.emplace());
    }

    static constexpr bool is_null(std::optional<T> const& value)
    {
        return !value.has_value() || pgcoro::is_null(*value);
    }

    static void encode(
        std::optional<T> const& value, format as, byte_writer& to) requires encodable<T>
    {
        codec<T>::encode(*value, as, to);
    }
};

/// Always NULL, of the type that the server infers.
template <>
struct codec<std::nullopt_t>
{
    static constexpr bool is_null(std::nullopt_t) noexcept { return true; }
    static void encode(std::nullopt_t, format, byte_writer&) noexcept {}
};

template <>
struct codec<std::nullptr_t>
{
    static constexpr bool is_null(std::nullptr_t) noexcept { return true; }
    static void encode(std::nullptr_t, format, byte_writer&) noexcept {}
};

} // namespace pgcoro
