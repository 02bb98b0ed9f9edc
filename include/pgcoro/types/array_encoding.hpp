#pragma once

#include "../core/error.hpp"
#include "array_braces.hpp"
#include "array_concepts.hpp"
#include "array_text.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace pgcoro {

/// Calls `use` with a range that can be iterated over: the given one, or, of a view that changes as
/// it goes, a copy.
template <class R, class Use>
inline void with_range(R const& range, Use&& use)
{
    if constexpr (requires { std::begin(range) == std::end(range); }) {
        use(range);
    } else {
        R copy = range;
        use(copy);
    }
}

[[noreturn]] inline void throw_not_rectangular(std::size_t wanted, std::size_t found)
{
    throw encode_error{"an array must be rectangular, but of its rows one has " +
                       std::to_string(wanted) + " elements, another " + std::to_string(found)};
}

/// Notes the sizes of all levels. Throws encode_error if those of one level differ.
template <class R>
inline void measure_levels(R const& range, std::int32_t* sizes)
{
    with_range(range, [sizes](auto& level) {
        std::size_t count = 0;
        if constexpr (requires { std::size(level); })
            count = static_cast<std::size_t>(std::size(level));
        else
            count = static_cast<std::size_t>(std::distance(std::begin(level), std::end(level)));
        if (count > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
            throw encode_error{"an array can't have " + std::to_string(count) + " elements"};
        if (*sizes >= 0 && static_cast<std::size_t>(*sizes) != count)
            throw_not_rectangular(static_cast<std::size_t>(*sizes), count);
        *sizes = static_cast<std::int32_t>(count);
        if constexpr (array_rank_of<R>() > 1)
            for (auto const& inner : level)
                measure_levels<element_of_range<R>>(inner, sizes + 1);
    });
}

/// The shape of nested ranges; without dimensions if there are no elements.
template <class R>
[[nodiscard]] inline array_shape shape_of(R const& range)
{
    std::array<std::int32_t, max_array_rank> sizes;
    sizes.fill(-1);
    measure_levels(range, sizes.data());
    array_shape shape;
    shape.rank = array_rank_of<R>();
    for (std::size_t i = 0; i < static_cast<std::size_t>(shape.rank); ++i) {
        if (sizes[i] <= 0)
            return {};
        shape.dimensions[i] = {sizes[i], 1};
    }
    return shape;
}

/// Calls `visit` with each element of nested ranges.
template <int Rank, class R, class Visit>
inline void visit_elements(R const& range, Visit& visit)
{
    with_range(range, [&visit](auto& level) {
        for (auto&& each : level)
            if constexpr (Rank > 1)
                visit_elements<Rank - 1, element_of_range<R>>(each, visit);
            else
                visit(each);
    });
}

inline void put_array_header(array_shape const& shape, oid element, byte_writer& to)
{
    to.put(static_cast<std::int32_t>(shape.rank));
    to.put(std::int32_t{0}); // whether there are NULLs
    to.put(static_cast<std::uint32_t>(element));
    for (std::size_t i = 0; i < static_cast<std::size_t>(shape.rank); ++i) {
        to.put(shape.dimensions[i].size);
        to.put(shape.dimensions[i].first);
    }
}

/// A number whose binary form is its bytes in network order.
template <class T>
concept plain_number = std::is_arithmetic_v<T> && sizeof(T) > 1 &&
                       (std::is_signed_v<T> || std::is_floating_point_v<T>)&&binary_size_of<T>() ==
                           sizeof(T);

template <class T>
struct bits_of
{
    using type = std::conditional_t<sizeof(T) == 8, std::uint64_t,
        std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint16_t>>;
};

/// Appends the elements in binary: `count` of them, in `range`, which is Rank levels deep. True if
/// one was NULL.
template <int Rank, class Element, class R>
inline bool put_binary_elements(R const& range, std::size_t count, byte_writer& to)
{
    bool nulls = false;
    if constexpr (plain_number<Element>) {
        std::byte* at = to.extend(count * (4 + sizeof(Element)));
        auto put = [&at](Element value) {
            store_big(at, static_cast<std::uint32_t>(sizeof(Element)));
            store_big(at + 4, std::bit_cast<typename bits_of<Element>::type>(value));
            at += 4 + sizeof(Element);
        };
        visit_elements<Rank>(range, put);
    } else {
        auto put = [&](Element const& element) {
            if (is_null(element)) {
                to.put(std::int32_t{-1});
                nulls = true;
                return;
            }
            std::size_t const length_at = to.size();
            to.put(std::int32_t{0});
            codec<Element>::encode(element, format::binary, to);
            to.patch(length_at, static_cast<std::int32_t>(to.size() - length_at - 4));
        };
        visit_elements<Rank>(range, put);
    }
    return nulls;
}

template <int Rank, class Element, class R>
inline void encode_binary_array(R const& range, array_shape const& shape, byte_writer& to)
{
    if (type_of<Element>() == unspecified_oid)
        throw encode_error{"an array in binary format needs the OID of its elements"};
    std::size_t const start = to.size();
    put_array_header(shape, type_of<Element>(), to);
    if (shape.rank != 0 && put_binary_elements<Rank, Element>(range, shape.count(), to))
        to.patch(start + 4, std::int32_t{1});
}

template <int Rank, class Element, class R>
inline void encode_text_array(R const& range, array_shape const& shape, byte_writer& to)
{
    small_byte_writer<64> plain;
    array_braces braces{shape, array_delimiter(type_of<Element>()), to};
    auto put = [&](Element const& element) {
        braces.before_element();
        if (is_null(element)) {
            to.put(std::string_view{"NULL"});
            return;
        }
        plain.clear();
        codec<Element>::encode(element, format::text, plain);
        put_array_element({reinterpret_cast<char const*>(plain.data()), plain.size()}, to);
    };
    if (shape.rank != 0)
        visit_elements<Rank>(range, put);
    braces.close();
}

} // namespace pgcoro
