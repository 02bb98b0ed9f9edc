#pragma once

#include "../protocol/row_description.hpp"
#include "../types/builtin_types.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// \file
/// The words in which a plan says what doesn't fit. Slow, and only ever run on the way to an error.

namespace pgcoro {

[[nodiscard]] inline std::string quoted_column(column_description const& column)
{
    return "column \"" + column.name + '"';
}

/// Appends one more thing that is wrong.
inline void add_mismatch(std::string& error, std::string_view text)
{
    if (!error.empty())
        error += "; ";
    error += text;
}

[[nodiscard]] constexpr bool is_number(oid type) noexcept
{
    switch (type) {
    case oids::int2:
    case oids::int4:
    case oids::int8:
    case oids::float4:
    case oids::float8:
    case oids::numeric:
    case oids::oid_:
        return true;
    default:
        return false;
    }
}

/// One column that its member can't take.
[[nodiscard]] inline std::string mismatch_text(column_description const& column,
    std::string const& label, std::string const& cpp_type, oid member_type, bool only_format)
{
    std::string text = quoted_column(column) + " is " + type_name(column.type);
    if (only_format)
        text += column.format == format::text ? " in text format" : " in binary format";
    text += ", " + label + " is " + cpp_type;
    if (!only_format && is_number(column.type) && is_number(member_type))
        text += " (would narrow)";
    return text;
}

/// One value that could not be decoded.
[[nodiscard]] inline std::string failure_text(column_description const& column, std::int32_t size,
    std::string const& label, std::string const& cpp_type)
{
    std::string text = quoted_column(column) + " (" + type_name(column.type) + "): ";
    if (size < 0)
        return text + "NULL, but " + label + " is " + cpp_type + "; use std::optional<" + cpp_type +
               ">";
    text += std::to_string(size) + " bytes in ";
    text += column.format == format::text ? "text" : "binary";
    return text + " format that are no value of " + label + ", " + cpp_type;
}

} // namespace pgcoro
