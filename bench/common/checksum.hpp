#pragma once

#include "rows.hpp"

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

namespace bench {

// A number for each value, the same as that of the function bench_weigh() on the server.

[[nodiscard]] inline std::int64_t weigh(std::span<std::byte const> value) noexcept
{
    auto const size = static_cast<std::int64_t>(value.size());
    if (size == 0)
        return 0;
    return size * 31 + std::to_integer<std::int64_t>(value.front()) +
           std::to_integer<std::int64_t>(value.back()) * 7;
}
[[nodiscard]] inline std::int64_t weigh(std::string_view value) noexcept
{
    return weigh(std::as_bytes(std::span{value.data(), value.size()}));
}
[[nodiscard]] inline std::int64_t weigh(char value) noexcept
{
    return weigh(std::string_view{&value, 1});
}
[[nodiscard]] constexpr std::int64_t weigh(bool value) noexcept
{
    return value ? 1 : 2;
}
template <std::integral T>
[[nodiscard]] constexpr std::int64_t weigh(T value) noexcept
{
    return static_cast<std::int64_t>(value);
}
[[nodiscard]] inline std::int64_t weigh(double value) noexcept
{
    return std::llround(value * 8);
}
[[nodiscard]] inline std::int64_t weigh(std::span<std::int32_t const> value) noexcept
{
    std::int64_t sum = 0;
    std::int64_t place = 0;
    for (std::int32_t const each : value)
        sum += ++place * each;
    return sum;
}
[[nodiscard]] inline std::int64_t weigh(std::vector<std::int32_t> const& value) noexcept
{
    return weigh(std::span<std::int32_t const>{value});
}
[[nodiscard]] inline std::int64_t weigh(std::vector<std::byte> const& value) noexcept
{
    return weigh(std::span<std::byte const>{value});
}
[[nodiscard]] constexpr std::int64_t weigh(timestamp value) noexcept
{
    return value.microseconds % 1'000'003;
}
[[nodiscard]] constexpr std::int64_t weigh(decimal value) noexcept
{
    for (; value.scale < 2; ++value.scale)
        value.units *= 10;
    return value.units;
}
[[nodiscard]] inline std::int64_t weigh(uuid const& value) noexcept
{
    return weigh(std::span<std::byte const>{value});
}
template <class T>
[[nodiscard]] std::int64_t weigh(std::optional<T> const& value) noexcept
{
    return value ? weigh(*value) : 1'000'003;
}

/// A row's part of the checksum: the columns' weights, each times its place.
template <class... T>
[[nodiscard]] std::int64_t weigh_columns(std::tuple<T...> const& values) noexcept
{
    std::int64_t sum = 0;
    std::int64_t place = 0;
    std::apply([&](auto const&... each) { ((sum += ++place * weigh(each)), ...); }, values);
    return sum;
}
template <class Row>
[[nodiscard]] std::int64_t weigh_row(Row const& row) noexcept
{
    return weigh_columns(columns(row));
}

} // namespace bench
