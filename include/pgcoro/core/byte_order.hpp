#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace pgcoro {

/// Network byte order from and to memory that need not be aligned.
template <std::integral T>
[[nodiscard]] inline T load_big(std::byte const* from) noexcept
{
    using U = std::make_unsigned_t<T>;
    if constexpr (std::endian::native == std::endian::little) {
        U value{};
        std::memcpy(&value, from, sizeof value);
        if constexpr (sizeof(U) == 2)
            value = __builtin_bswap16(value);
        else if constexpr (sizeof(U) == 4)
            value = __builtin_bswap32(value);
        else if constexpr (sizeof(U) == 8)
            value = __builtin_bswap64(value);
        return static_cast<T>(value);
    } else {
        U value{};
        std::memcpy(&value, from, sizeof value);
        return static_cast<T>(value);
    }
}

template <std::integral T>
inline void store_big(std::byte* to, T value) noexcept
{
    using U = std::make_unsigned_t<T>;
    U wire = static_cast<U>(value);
    if constexpr (std::endian::native == std::endian::little) {
        if constexpr (sizeof(U) == 2)
            wire = __builtin_bswap16(wire);
        else if constexpr (sizeof(U) == 4)
            wire = __builtin_bswap32(wire);
        else if constexpr (sizeof(U) == 8)
            wire = __builtin_bswap64(wire);
    }
    std::memcpy(to, &wire, sizeof wire);
}

} // namespace pgcoro
