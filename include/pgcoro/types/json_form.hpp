#pragma once

#include "array_braces.hpp"
#include "array_shape.hpp"
#include "array_text.hpp"
#include "text_form.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pgcoro {

/// Appends a JSON string: in quotes, with what JSON wants escaped.
inline void append_json_string(std::string_view text, std::string& to)
{
    to += '"';
    for (char const c : text) {
        auto const code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            to += '\\';
            to += c;
        } else if (code < 0x20) {
            to += "\\u00";
            to += "0123456789abcdef"[code >> 4];
            to += "0123456789abcdef"[code & 15];
        } else {
            to += c;
        }
    }
    to += '"';
}

/// A value whose text is a JSON number, if it is finite.
[[nodiscard]] constexpr bool is_json_number(oid type) noexcept
{
    switch (type) {
    case oids::int2:
    case oids::int4:
    case oids::int8:
    case oids::oid_:
    case oids::float4:
    case oids::float8:
    case oids::numeric:
        return true;
    default:
        return false;
    }
}

inline void append_json_scalar(field const& from, std::string& to)
{
    std::string text;
    append_text(from, text);
    if (from.is_null())
        to += "null";
    else if (from.type == oids::bool_ && (text == "t" || text == "f"))
        to += text == "t" ? "true" : "false";
    else if (from.type == oids::json || (from.type == oids::jsonb && !from.is_binary()))
        to += text;
    else if (is_json_number(from.type) && !text.empty() &&
             text.find_first_not_of("0123456789+-.eE") == text.npos)
        to += text;
    else
        append_json_string(text, to);
}

/// Puts JSON's brackets around elements that are JSON already.
inline void append_json_levels(
    array_shape const& shape, std::vector<std::string> const& elements, std::string& to)
{
    byte_writer out;
    array_braces brackets{shape, ',', out, "[]"};
    for (std::string const& each : elements) {
        brackets.before_element();
        out.put(std::string_view{each});
    }
    brackets.close();
    to.append(reinterpret_cast<char const*>(out.data()), out.size());
}

/// False, with nothing appended, if it is no array that can be read.
inline bool append_json_array(field const& from, std::string& to)
{
    oid const type = element_of(from.type);
    if (type == unspecified_oid || is_text_like(from.type))
        return false;
    std::vector<std::string> elements;
    if (from.is_binary()) {
        array_elements binary;
        if (!has_array_text_form(from.type) || !read_array_header(from, binary))
            return false;
        field each;
        for (std::size_t left = binary.shape.count(); left != 0; --left) {
            if (!next_element(binary, each))
                return false;
            append_json_scalar(each, elements.emplace_back());
        }
        append_json_levels(binary.shape, elements, to);
        return true;
    }
    array_text_reader reader{from.text(), array_delimiter(type)};
    std::string_view text;
    std::string scratch;
    bool null = false;
    while (reader.next(text, null, scratch))
        append_json_scalar(
            field{reinterpret_cast<std::byte const*>(text.data()),
                null ? -1 : static_cast<std::int32_t>(text.size()), type, format::text},
            elements.emplace_back());
    if (!reader.ok())
        return false;
    append_json_levels(reader.shape(), elements, to);
    return true;
}

/// Appends the value as JSON: null, true and false, numbers, arrays of built-in types, json and
/// jsonb as they are; all else as a string of its text. So are numbers that JSON has not: NaN and
/// the infinite ones.
/// https://www.postgresql.org/docs/current/functions-json.html, to_json
inline void append_json(field const& from, std::string& to)
{
    if (from.is_null() || !append_json_array(from, to))
        append_json_scalar(from, to);
}

} // namespace pgcoro
