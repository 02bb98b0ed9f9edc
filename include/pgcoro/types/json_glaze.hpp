#pragma once

#include "json.hpp"

#include <glaze/json.hpp>

#include <string>
#include <string_view>

/// \file
/// Whatever glaze reads and writes in json and jsonb columns; glaze needs C++23. Its own dynamic
/// type has changed its name from version to version, so that is adapted like a struct:
///
///     template <>
///     struct pgcoro::json_adapter<address> : pgcoro::glaze_json<address> {};
///
/// Tried with glaze 5.0 and gcc 12; the tests have a stand-in with its signatures.

namespace pgcoro {

/// `Options` are glaze's, for reading: error_on_unknown_keys and the like.
template <class T, glz::opts Options = glz::opts{}>
struct glaze_json
{
    static bool parse(std::string_view text, T& to)
    {
        std::string const terminated{text}; // glaze looks for a zero at the end
        return !glz::read<Options>(to, terminated);
    }

    static void print(T const& value, std::string& to)
    {
        std::string text;
        (void)glz::write_json(value, text);
        to += text;
    }
};

} // namespace pgcoro
