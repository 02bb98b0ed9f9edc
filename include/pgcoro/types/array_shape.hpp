#pragma once

#include "../core/byte_order.hpp"
#include "../core/oid.hpp"
#include "field.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace pgcoro {

/// One dimension of an array: how many elements, and the subscript of the first in SQL.
struct array_dimension
{
    std::int32_t size = 0;
    std::int32_t first = 1;

    friend bool operator==(array_dimension const&, array_dimension const&) = default;
};

/// The server refuses more.
inline constexpr int max_array_rank = 6;

/// The dimensions of an array, outermost first. One without elements has none.
struct array_shape
{
    int rank = 0;
    std::array<array_dimension, max_array_rank> dimensions{};

    /// How many elements there are in all. The sizes must not be negative.
    [[nodiscard]] constexpr std::size_t count() const noexcept
    {
        std::size_t product = rank == 0 ? 0 : 1;
        for (int i = 0; i < rank; ++i) {
            auto const size =
                static_cast<std::size_t>(dimensions[static_cast<std::size_t>(i)].size);
            if (size != 0 && product > std::numeric_limits<std::size_t>::max() / size)
                return std::numeric_limits<std::size_t>::max();
            product *= size;
        }
        return product;
    }
};

/// The elements of an array in binary format: a length word and so many bytes each.
struct array_elements
{
    array_shape shape;
    oid type{}; ///< of the elements
    std::byte const* at = nullptr;
    std::byte const* end = nullptr;
};

/// Reads what stands before the elements. False if it is malformed, or promises more elements than
/// there are length words: nobody then makes room for them. The rank is from 0 to 6, and every
/// dimension has elements unless it is the only one.
/// https://www.postgresql.org/docs/current/arrays.html
[[nodiscard]] inline bool read_array_header(field const& from, array_elements& to) noexcept
{
    constexpr std::ptrdiff_t fixed = 12;
    constexpr std::ptrdiff_t each = 8;
    if (from.size < fixed)
        return false;
    std::byte const* at = from.data;
    to.end = at + from.size;
    auto const rank = load_big<std::int32_t>(at);
    to.type = oid{load_big<std::uint32_t>(at + 8)}; // between them, whether there are NULLs
    at += fixed;
    if (rank < 0 || rank > max_array_rank || to.end - at < rank * each)
        return false;
    to.shape.rank = rank;
    for (std::size_t i = 0; i < static_cast<std::size_t>(rank); ++i) {
        auto const size = load_big<std::int32_t>(at);
        auto const first = load_big<std::int32_t>(at + 4);
        if (size < (rank == 1 ? 0 : 1) ||
            std::int64_t{first} + size - 1 > std::numeric_limits<std::int32_t>::max())
            return false;
        to.shape.dimensions[i] = {size, first};
        at += each;
    }
    to.at = at;
    return to.shape.count() <= static_cast<std::size_t>(to.end - at) / 4;
}

/// Takes one element. False if it is not whole.
[[nodiscard]] inline bool next_element(array_elements& from, field& element) noexcept
{
    if (from.end - from.at < 4)
        return false;
    auto const size = load_big<std::int32_t>(from.at);
    from.at += 4;
    if (size < -1 || size > from.end - from.at)
        return false;
    element = {from.at, size, from.type, format::binary};
    from.at += size < 0 ? 0 : size;
    return true;
}

} // namespace pgcoro
