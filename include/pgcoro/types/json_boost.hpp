#pragma once

#include "json.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

/// \file
/// boost::json::value in json and jsonb columns, and structs:
///
///     template <>
///     struct pgcoro::json_adapter<address> : pgcoro::boost_json_object<address> {};
///
/// Link Boost.JSON, or include <boost/json/src.hpp> in one of your sources. Integers beyond 64 bits
/// become doubles, as that library reads them.

namespace pgcoro {

template <>
struct json_adapter<boost::json::value>
{
    /// Values may be nested this deep; Boost's own limit of 32 is less than databases hold.
    static constexpr std::size_t max_depth = 1000;

    static bool parse(std::string_view text, boost::json::value& to)
    {
        boost::json::parse_options options;
        options.max_depth = max_depth;
        boost::json::error_code error;
        to = boost::json::parse({text.data(), text.size()}, error, {}, options);
        return !error;
    }

    static void print(boost::json::value const& value, std::string& to)
    {
        to += boost::json::serialize(value);
    }
};

/// For a T that has tag_invoke() for value_to and value_from, or is described to Boost.
template <class T>
struct boost_json_object
{
    static bool parse(std::string_view text, T& to)
    {
        boost::json::value document;
        if (!json_adapter<boost::json::value>::parse(text, document))
            return false;
        try {
            to = boost::json::value_to<T>(document);
        } catch (std::exception const&) { // a member is missing, or of another type
            return false;
        }
        return true;
    }

    static void print(T const& value, std::string& to)
    {
        json_adapter<boost::json::value>::print(boost::json::value_from(value), to);
    }
};

} // namespace pgcoro
