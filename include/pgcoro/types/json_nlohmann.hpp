#pragma once

#include "json.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// \file
/// nlohmann::json and nlohmann::ordered_json in json and jsonb columns, and structs:
///
///     NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(address, street, town)
///     template <>
///     struct pgcoro::json_adapter<address> : pgcoro::nlohmann_object<address> {};
///
/// Integers beyond 64 bits become doubles, as that library reads them.

namespace pgcoro {

template <class Json>
struct nlohmann_document
{
    static bool parse(std::string_view text, Json& to)
    {
        to = Json::parse(text.begin(), text.end(), nullptr, false);
        return !to.is_discarded();
    }

    static void print(Json const& value, std::string& to) { to += value.dump(); }
};

template <>
struct json_adapter<nlohmann::json> : nlohmann_document<nlohmann::json>
{};
template <>
struct json_adapter<nlohmann::ordered_json> : nlohmann_document<nlohmann::ordered_json>
{};

/// For a T that has to_json() and from_json().
template <class T>
struct nlohmann_object
{
    static bool parse(std::string_view text, T& to)
    {
        nlohmann::json document;
        if (!nlohmann_document<nlohmann::json>::parse(text, document))
            return false;
        try {
            document.get_to(to);
        } catch (nlohmann::json::exception const&) { // a member is missing, or of another type
            return false;
        }
        return true;
    }

    static void print(T const& value, std::string& to) { to += nlohmann::json(value).dump(); }
};

} // namespace pgcoro
