#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

namespace bench {

static_assert(std::endian::native == std::endian::little);

template <std::integral T>
[[nodiscard, gnu::always_inline]] inline T swap_bytes(T value) noexcept
{
    using raw = std::make_unsigned_t<T>;
    auto const bits = static_cast<raw>(value);
    if constexpr (sizeof(T) == 1)
        return value;
    else if constexpr (sizeof(T) == 2)
        return static_cast<T>(__builtin_bswap16(bits));
    else if constexpr (sizeof(T) == 4)
        return static_cast<T>(__builtin_bswap32(bits));
    else
        return static_cast<T>(__builtin_bswap64(bits));
}

/// The number that stands at `from` in network order.
template <std::integral T>
[[nodiscard, gnu::always_inline]] inline T load(void const* from) noexcept
{
    T value;
    std::memcpy(&value, from, sizeof value);
    return swap_bytes(value);
}

template <std::integral T>
inline void store(void* to, T value) noexcept
{
    value = swap_bytes(value);
    std::memcpy(to, &value, sizeof value);
}

template <std::integral T>
inline void append(std::string& to, T value)
{
    value = swap_bytes(value);
    to.append(reinterpret_cast<char const*>(&value), sizeof value);
}

} // namespace bench
