#pragma once

#include "array_shape.hpp"
#include "builtin_types.hpp"
#include "codec.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <type_traits>
#include <vector>

namespace pgcoro {

/// What iterating over a range gives.
template <class R>
using element_of_range = std::iter_value_t<decltype(std::begin(std::declval<R&>()))>;

/// Iterates over elements, more than once: std::vector, std::span, std::set, views, arrays of C...
/// Not what is one value in itself: strings, bytes, maps, what contains its own kind (paths, JSON).
template <class R>
concept element_range = requires(R& range)
{
    {
        std::begin(range)
        } -> std::forward_iterator;
    std::end(range);
}
&&!std::convertible_to<R const&, std::string_view> && !requires
{
    typename R::mapped_type;
}
&&!std::same_as<element_of_range<R>, std::remove_cv_t<R>> &&
    !std::same_as<element_of_range<R>, std::byte>;

/// How many dimensions of an array codec<T> takes: 0 for what is no array, and can be an element;
/// -1 for what is an array, but no level of another.
template <class T>
[[nodiscard]] consteval int array_rank_of() noexcept
{
    if constexpr (requires { codec<T>::array_rank; })
        return codec<T>::array_rank;
    else
        return 0;
}

/// A range whose elements have a codec, or are such ranges themselves.
template <class R>
concept array_range = element_range<R> && !has_own_codec<R> && has_codec<element_of_range<R>> &&
                      (array_rank_of<element_of_range<R>>() == 0 ||
                          (array_rank_of<element_of_range<R>>() > 0 &&
                              array_rank_of<element_of_range<R>>() < max_array_rank &&
                              !takes_null<element_of_range<R>>()));

template <class T>
struct innermost
{
    using type = T;
};

template <class T>
requires(array_rank_of<T>() > 0) struct innermost<T> : innermost<element_of_range<T>>
{};

/// What the elements are, below all levels of nested ranges.
template <class T>
using innermost_of = typename innermost<T>::type;

/// A range that can be filled: nested std::vector and std::array.
template <class R>
inline constexpr bool is_fillable = false;
template <class T, class Allocator>
inline constexpr bool
    is_fillable<std::vector<T, Allocator>> = array_rank_of<T>() == 0 || is_fillable<T>;
template <class T, std::size_t N>
inline constexpr bool is_fillable<std::array<T, N>> = array_rank_of<T>() == 0 || is_fillable<T>;

/// Gives an array's codec its OID if the elements have one.
template <class Element>
struct array_codec_type
{};

template <class Element>
requires(array_of(type_of<Element>()) != unspecified_oid) struct array_codec_type<Element>
{
    static constexpr oid type = array_of(type_of<Element>());
};

/// Whether arrays of this type and format can be read, given what their elements are.
template <class Element>
[[nodiscard]] constexpr bool accepts_array_of(oid type, format as) noexcept
{
    if (borrows<Element>() && as == format::text) // an escaped element is nowhere as it is meant
        return false;
    oid const element = element_of(type);
    if (element == unspecified_oid) // of what, only the elements tell; text is safe to try
        return type >= first_user_oid &&
               (as == format::text || accepts<Element>(first_user_oid, as));
    return accepts<Element>(element, as);
}

} // namespace pgcoro
