#pragma once

#include "../protocol/row_description.hpp"
#include "../types/builtin_types.hpp"
#include "../types/text_form.hpp"
#include "row_type.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
[[nodiscard]] inline std::string mismatch_text(
    column_description const& column, row_member const& member, std::string const& label)
{
    format const other = column.format == format::text ? format::binary : format::text;
    bool const only_format = member.accepts(column.type, other);
    std::string text = quoted_column(column) + " is " + type_name(column.type);
    if (only_format)
        text += column.format == format::text ? " in text format" : " in binary format";
    text += ", " + label + " is " + member.cpp_type();
    if (only_format && column.type >= first_user_oid && element_of(member.type) != unspecified_oid)
        text += "; cast it to " + type_name(member.type) + ", or take it by name";
    else if (only_format && column.type >= first_user_oid)
        text += "; take it by name"; // there is no cast between ranges
    if (only_format)
        return text;
    if (is_number(column.type) && is_number(member.type))
        text += " (would narrow)";
    else if (!member.type_name.empty())
        text += " (for " + std::string{member.type_name} + ")";
    return text;
}

/// The value's beginning, as much of it as an error text needs.
[[nodiscard]] inline std::string shown_value(
    field const& value, void (*print)(field const&, std::string&))
{
    constexpr std::size_t longest = 40;
    field beginning = value;
    beginning.size = std::min(value.size, std::int32_t{longest});
    std::string shown;
    print(value.is_binary() && has_text_form(value.type) ? value : beginning, shown);
    bool const whole = value.is_binary() && has_text_form(value.type)
                           ? shown.size() <= longest
                           : beginning.size == value.size;
    if (shown.size() > longest)
        shown.resize(longest);
    if (!whole)
        shown += "...";
    return value.is_binary() ? shown : '\'' + shown + '\'';
}

/// Infinite values of these types are kept apart by infinity_or.
[[nodiscard]] constexpr bool has_infinity(oid type) noexcept
{
    return type == oids::date || type == oids::timestamp || type == oids::timestamptz;
}

/// One value that could not be decoded; `why` may be empty.
[[nodiscard]] inline std::string failure_text(column_description const& column, field const& value,
    std::string const& label, row_member const& member, std::string const& why)
{
    std::string const cpp_type = member.cpp_type();
    std::string const start = quoted_column(column) + " (" + type_name(column.type) + "): ";
    if (value.is_null())
        return start + "NULL, but " + label + " is " + cpp_type + "; use std::optional<" +
               cpp_type + ">";
    std::string const shown = shown_value(value, member.print);
    std::string text = start + shown + " is no value for " + label + ", which is " + cpp_type +
                       (why.empty() ? "" : ": " + why);
    if (has_infinity(value.type) && shown.find("infinity") != shown.npos)
        text += "; use pgcoro::infinity_or<" + cpp_type + ">";
    return text;
}

} // namespace pgcoro
