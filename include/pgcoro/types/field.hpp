#pragma once

#include "../core/format.hpp"
#include "../core/oid.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pgcoro {

/// One value as it came: what a codec decodes. It points into bytes that somebody else keeps, which
/// nobody has looked at yet.
struct field
{
    std::byte const* data = nullptr;
    std::int32_t size = -1; ///< in bytes; -1 is NULL
    oid type{};
    pgcoro::format format = pgcoro::format::text;

    [[nodiscard]] bool is_null() const noexcept { return size < 0; }
    [[nodiscard]] bool is_binary() const noexcept { return format == pgcoro::format::binary; }

    /// The bytes; none for NULL.
    [[nodiscard]] std::span<std::byte const> bytes() const noexcept
    {
        return {data, size < 0 ? 0 : static_cast<std::size_t>(size)};
    }

    /// The bytes as characters; none for NULL.
    [[nodiscard]] std::string_view text() const noexcept
    {
        return {reinterpret_cast<char const*>(data), size < 0 ? 0 : static_cast<std::size_t>(size)};
    }
};

} // namespace pgcoro
