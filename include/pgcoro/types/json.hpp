#pragma once

#include "codec.hpp"

#include <concepts>
#include <string>
#include <string_view>

namespace pgcoro {

/// Makes T a type of json and jsonb columns: specialise it for a type of your own,
///
///     template <>
///     struct pgcoro::json_adapter<document>
///     {
///         static bool parse(std::string_view text, document& to);   // false: not such a document
///         static void print(document const& value, std::string& to); // appends
///     };
///
/// or derive it from one that is ready: types/json_nlohmann.hpp, types/json_boost.hpp and
/// types/json_glaze.hpp adapt those libraries' own values, and have a base for structs that they
/// can read and write. A T is one column then, and no row type any more.
///
/// Without any of them std::string and std::string_view hold JSON as text.
template <class T>
struct json_adapter;

/// Has a json_adapter.
template <class T>
concept json_document = requires(std::string_view text, T& to, T const& value, std::string& out)
{
    {
        json_adapter<T>::parse(text, to)
        } -> std::same_as<bool>;
    json_adapter<T>::print(value, out);
};

template <json_document T>
inline constexpr bool has_own_codec<T> = true;

/// json and jsonb. Sent as text of the type that the server infers; where nothing tells, write
/// `$1::jsonb`. SQL's NULL is not JSON's null: it needs std::optional.
/// https://www.postgresql.org/docs/current/datatype-json.html
template <json_document T>
struct codec<T>
{
    static constexpr format result_format = format::binary; // in arrays nothing is escaped

    static constexpr bool accepts(oid from, format) noexcept
    {
        return from == oids::json || from == oids::jsonb;
    }

    static bool decode(field const& from, T& to)
    {
        std::string_view text = from.text();
        if (from.is_binary() && from.type == oids::jsonb) {
            if (text.empty() || text.front() != version)
                return false;
            text.remove_prefix(1);
        }
        return json_adapter<T>::parse(text, to);
    }

    static void encode(T const& value, format, byte_writer& to)
    {
        std::string text;
        json_adapter<T>::print(value, text);
        to.put(std::string_view{text});
    }

private:
    static constexpr char version = 1; // of jsonb's binary format, in front of the text
};

} // namespace pgcoro
