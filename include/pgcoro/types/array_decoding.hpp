#pragma once

#include "array_concepts.hpp"
#include "array_text.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// Makes room for as many elements as a level has. False if it can't have so many.
template <class T, class Allocator>
[[nodiscard]] inline bool size_level(std::vector<T, Allocator>& level, std::size_t size)
{
    level.resize(size);
    return true;
}

template <class T, std::size_t N>
[[nodiscard]] inline bool size_level(std::array<T, N>&, std::size_t size) noexcept
{
    return size == N;
}

/// Elements that have one length in binary, and are never NULL.
template <class Element>
inline constexpr bool is_fixed_element = !takes_null<Element>() && binary_size_of<Element>() >= 0 &&
                                         type_of<Element>() != unspecified_oid;

template <std::size_t Size>
using bits_of_size = std::conditional_t<Size == 8, std::uint64_t,
    std::conditional_t<Size == 4, std::uint32_t,
        std::conditional_t<Size == 2, std::uint16_t, std::uint8_t>>>;

/// Four words, as one register has them.
using four_words = std::uint32_t __attribute__((vector_size(16)));

[[nodiscard]] inline four_words load_four_words(std::byte const* from) noexcept
{
    four_words words;
    std::memcpy(&words, from, sizeof words);
    return words;
}

[[nodiscard]] inline four_words from_big(four_words value) noexcept
{
    using halves = std::uint16_t __attribute__((vector_size(16)));
    if constexpr (std::endian::native == std::endian::little) {
        auto const swapped = std::bit_cast<halves>(value);
        value = std::bit_cast<four_words>((swapped << 8) | (swapped >> 8));
        value = (value << 16) | (value >> 16);
    }
    return value;
}

/// Reads elements of the codec's own type and of fixed size: nothing to ask for each but its length
/// word.
template <class Element, class Level>
[[nodiscard]] inline bool read_fixed_elements(array_elements& from, Level& to)
{
    constexpr std::int32_t size = binary_size_of<Element>();
    constexpr std::ptrdiff_t stride = 4 + size;
    std::byte const* at = from.at;
    if ((from.end - at) / stride < static_cast<std::ptrdiff_t>(to.size()))
        return false;
    if constexpr (std::is_arithmetic_v<Element> && std::is_signed_v<Element> &&
                  sizeof(Element) > 1 && sizeof(Element) == size) {
        // Any bytes are such a number: all the length words are judged together.
        using raw = bits_of_size<sizeof(Element)>;
        std::byte length[4];
        store_big(length, std::uint32_t{sizeof(Element)});
        std::uint32_t right = 0;
        std::memcpy(&right, length, sizeof right);
        std::uint32_t wrong = 0;
        auto const read = [&wrong, right](std::byte const* place, Element& element) {
            std::uint32_t word = 0;
            std::memcpy(&word, place, sizeof word);
            wrong |= word ^ right;
            element = std::bit_cast<Element>(load_big<raw>(place + 4));
        };
        Element* out = to.data();
        Element* const last = out + to.size();
        if constexpr (size == 4) {
            four_words all_wrong{};
            for (; last - out >= 4; out += 4, at += 4 * stride) {
                four_words const first = load_four_words(at);
                four_words const second = load_four_words(at + 2 * stride);
                all_wrong |= __builtin_shufflevector(first, second, 0, 2, 4, 6) ^ right;
                four_words const values =
                    from_big(__builtin_shufflevector(first, second, 1, 3, 5, 7));
                std::memcpy(out, &values, sizeof values);
            }
            wrong = all_wrong[0] | all_wrong[1] | all_wrong[2] | all_wrong[3];
        }
        for (; last - out >= 4; out += 4, at += 4 * stride) {
            read(at, out[0]);
            read(at + stride, out[1]);
            read(at + 2 * stride, out[2]);
            read(at + 3 * stride, out[3]);
        }
        for (; out != last; ++out, at += stride)
            read(at, *out);
        from.at = at;
        return wrong == 0;
    }
    for (auto&& each : to) {
        Element element{};
        if (load_big<std::int32_t>(at) != size ||
            !codec<Element>::decode(
                field{at + 4, size, type_of<Element>(), format::binary}, element))
            return false;
        each = std::move(element);
        at += stride;
    }
    from.at = at;
    return true;
}

/// Reads one element in binary.
template <class Element>
[[nodiscard]] inline bool read_element(array_elements& from, Element& to)
{
    field value;
    return next_element(from, value) && decode_field(value, to);
}

/// Reads as many elements in binary as `to` has.
template <class Element, class Level>
[[nodiscard]] inline bool read_elements(array_elements& from, Level& to)
{
    if constexpr (is_fixed_element<Element>)
        if (from.type == type_of<Element>())
            return read_fixed_elements<Element>(from, to);
    for (auto&& each : to) {
        Element element{};
        if (!read_element(from, element))
            return false;
        each = std::move(element);
    }
    return true;
}

/// Takes one element from those that were read off a literal.
template <class Element>
[[nodiscard]] inline bool read_element(
    typename std::vector<Element>::iterator& from, Element& to) noexcept
{
    to = std::move(*from++);
    return true;
}

/// Takes as many elements as `to` has from those that were read off a literal.
template <class Element, class Level>
[[nodiscard]] inline bool read_elements(
    typename std::vector<Element>::iterator& from, Level& to) noexcept
{
    for (auto&& each : to)
        each = std::move(*from++);
    return true;
}

/// Elements so large that a count alone, which costs four bytes each on the wire, must not make
/// room for them.
template <class Element>
inline constexpr bool is_large_element = sizeof(Element) > 64;

/// Fills nested levels, outermost first.
template <class Element, class Level, class Source>
[[nodiscard]] inline bool fill_level(Source& from, array_dimension const* dimension, Level& to)
{
    auto const size = static_cast<std::size_t>(dimension->size);
    if constexpr (is_large_element<Element> && std::is_same_v<Level, std::vector<Element>>) {
        to.clear();
        while (to.size() != size)
            if (!read_element(from, to.emplace_back()))
                return false;
        return true;
    } else if (!size_level(to, size)) {
        return false;
    } else if constexpr (array_rank_of<Level>() == 1) {
        return read_elements<Element>(from, to);
    } else {
        for (auto& inner : to)
            if (!fill_level<Element>(from, dimension + 1, inner))
                return false;
        return true;
    }
}

/// Fills a whole array. One without elements has no dimensions, and so fits any number of them.
template <class Array, class Source>
[[nodiscard]] inline bool fill_array(Source& from, array_shape const& shape, Array& to)
{
    if (shape.rank == 0)
        return size_level(to, 0);
    return shape.rank == array_rank_of<Array>() &&
           fill_level<innermost_of<Array>>(from, shape.dimensions.data(), to);
}

/// Reads the elements of a literal, whatever its shape.
template <class Element>
[[nodiscard]] inline bool read_literal(
    field const& from, array_shape& shape, std::vector<Element>& to)
{
    oid const type = element_of(from.type);
    array_text_reader reader{from.text(), array_delimiter(type)};
    std::string_view text;
    std::string scratch;
    bool null = false;
    while (reader.next(text, null, scratch)) {
        auto const size = null ? -1 : static_cast<std::int32_t>(text.size());
        auto const* const data = reinterpret_cast<std::byte const*>(text.data());
        Element element{};
        if (!decode_field(field{data, size, type, format::text}, element))
            return false;
        to.push_back(std::move(element));
    }
    shape = reader.shape();
    return reader.ok();
}

template <class Array>
[[nodiscard]] inline bool decode_array(field const& from, Array& to)
{
    using element = innermost_of<Array>;
    if (from.is_binary()) {
        array_elements elements;
        return read_array_header(from, elements) &&
               accepts<element>(elements.type, format::binary) &&
               fill_array(elements, elements.shape, to) && elements.at == elements.end;
    }
    array_shape shape;
    if constexpr (std::is_same_v<Array, std::vector<element>>) {
        to.clear();
        return read_literal(from, shape, to) && shape.rank <= 1;
    } else {
        std::vector<element> flat;
        if (!read_literal(from, shape, flat))
            return false;
        auto at = flat.begin();
        return fill_array(at, shape, to);
    }
}

} // namespace pgcoro
