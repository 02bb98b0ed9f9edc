#pragma once

#include "array_shape.hpp"
#include "array_text.hpp"
#include "builtin_types.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace pgcoro {

/// Why an array could not be read, as far as that lies in its shape: it has other dimensions than
/// `rank` (0 takes any number of them), or a NULL among its elements that must not be there.
[[nodiscard]] inline std::string explain_array(field const& from, int rank, bool takes_null)
{
    array_shape shape;
    std::size_t number = 0;
    std::size_t first_null = 0;
    if (from.is_binary()) {
        array_elements elements;
        if (!read_array_header(from, elements))
            return "that is no array";
        shape = elements.shape;
        field each;
        while (first_null == 0 && number != shape.count() && next_element(elements, each))
            first_null = (++number, each.is_null()) ? number : 0;
    } else {
        array_text_reader reader{from.text(), array_delimiter(element_of(from.type))};
        std::string_view text;
        std::string scratch;
        bool null = false;
        for (; reader.next(text, null, scratch); ++number)
            first_null = null && first_null == 0 ? number + 1 : first_null;
        if (!reader.ok())
            return "that is no array";
        shape = reader.shape();
    }
    if (rank != 0 && shape.rank != 0 && shape.rank != rank)
        return "it has " + std::to_string(shape.rank) +
               (shape.rank == 1 ? " dimension" : " dimensions") + ", not " + std::to_string(rank);
    if (first_null != 0 && !takes_null)
        return "its element " + std::to_string(first_null) + " is NULL, which needs std::optional";
    return {};
}

} // namespace pgcoro
