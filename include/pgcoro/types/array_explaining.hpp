#pragma once

#include "array_shape.hpp"
#include "array_text.hpp"
#include "builtin_types.hpp"
#include "codec.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pgcoro {

/// Why an array's element could not be read; empty if it could.
using explain_element_function = std::string (*)(field const&);

template <class Element>
[[nodiscard]] inline std::string explain_element(field const& from)
{
    if (!takes_null<Element>() && from.is_null())
        return " is NULL, which needs std::optional";
    Element element{};
    if (decode_field(from, element))
        return {};
    std::string const why = explain_value<Element>(from);
    return why.empty() ? " does not fit" : ": " + why;
}

/// Why an array could not be read: it has other dimensions than `rank` (0 takes any number of
/// them), or one of its elements could not be.
[[nodiscard]] inline std::string explain_array(
    field const& from, int rank, explain_element_function explain)
{
    array_shape shape;
    std::size_t number = 0;
    std::string why;
    auto const look_at = [&](field const& element) {
        ++number;
        if (std::string text = why.empty() ? explain(element) : std::string{}; !text.empty())
            why = "its element " + std::to_string(number) + text;
    };
    if (from.is_binary()) {
        array_elements elements;
        if (!read_array_header(from, elements))
            return "that is no array";
        shape = elements.shape;
        field each;
        while (number != shape.count() && next_element(elements, each))
            look_at(each);
    } else {
        oid const type = element_of(from.type);
        array_text_reader reader{from.text(), array_delimiter(type)};
        std::string_view text;
        std::string scratch;
        bool null = false;
        while (reader.next(text, null, scratch))
            look_at({reinterpret_cast<std::byte const*>(text.data()),
                null ? -1 : static_cast<std::int32_t>(text.size()), type, format::text});
        if (!reader.ok())
            return "that is no array";
        shape = reader.shape();
    }
    if (rank != 0 && shape.rank != 0 && shape.rank != rank)
        return "it has " + std::to_string(shape.rank) +
               (shape.rank == 1 ? " dimension" : " dimensions") + ", not " + std::to_string(rank);
    return why;
}

} // namespace pgcoro
