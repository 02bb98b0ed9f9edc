#pragma once

#include "big_endian.hpp"
#include "rows.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// One value in binary, as a C client would read it: `at` is its first byte.

template <class T>
[[gnu::always_inline]] inline void decode_value(
    std::byte const* at, std::int32_t, T& to) requires std::integral<T>
{
    if constexpr (sizeof(T) == 1)
        std::memcpy(&to, at, 1);
    else
        to = load<T>(at);
}
[[gnu::always_inline]] inline void decode_value(std::byte const* at, std::int32_t, double& to)
{
    to = std::bit_cast<double>(load<std::uint64_t>(at));
}
[[gnu::always_inline]] inline void decode_value(
    std::byte const* at, std::int32_t size, std::string_view& to)
{
    to = {reinterpret_cast<char const*>(at), static_cast<std::size_t>(size)};
}
[[gnu::always_inline]] inline void decode_value(
    std::byte const* at, std::int32_t size, std::string& to)
{
    to.assign(reinterpret_cast<char const*>(at), static_cast<std::size_t>(size));
}
[[gnu::always_inline]] inline void decode_value(
    std::byte const* at, std::int32_t size, std::span<std::byte const>& to)
{
    to = {at, static_cast<std::size_t>(size)};
}
[[gnu::always_inline]] inline void decode_value(
    std::byte const* at, std::int32_t size, std::vector<std::byte>& to)
{
    to.assign(at, at + size);
}
[[gnu::always_inline]] inline void decode_value(std::byte const* at, std::int32_t, timestamp& to)
{
    to.microseconds = load<std::int64_t>(at);
}
[[gnu::always_inline]] inline void decode_value(std::byte const* at, std::int32_t, uuid& to)
{
    std::memcpy(to.data(), at, to.size());
}

/// Digits to the base of 10,000, the first of them worth 10,000^weight.
inline void decode_value(std::byte const* at, std::int32_t, decimal& to)
{
    auto const digits = load<std::int16_t>(at);
    auto const weight = load<std::int16_t>(at + 2);
    auto const sign = load<std::uint16_t>(at + 4);
    to.scale = load<std::int16_t>(at + 6);
    std::int64_t value = 0;
    for (int i = 0; i < digits; ++i)
        value = value * 10'000 + load<std::int16_t>(at + 8 + 2 * i);
    for (int power = (weight - digits + 1) * 4 + to.scale; power != 0;) {
        if (power > 0) {
            value *= 10;
            --power;
        } else {
            value /= 10;
            ++power;
        }
    }
    to.units = sign == 0x4000 ? -value : value;
}

/// One dimension, no NULLs.
inline void decode_value(std::byte const* at, std::int32_t, std::vector<std::int32_t>& to)
{
    auto const dimensions = load<std::int32_t>(at);
    auto const size = dimensions == 0 ? 0 : load<std::int32_t>(at + 12);
    to.resize(static_cast<std::size_t>(size));
    at += 20;
    for (std::int32_t& each : to) {
        each = load<std::int32_t>(at + 4);
        at += 8;
    }
}

} // namespace bench
