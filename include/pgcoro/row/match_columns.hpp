#pragma once

#include "../core/byte_reader.hpp"
#include "../protocol/row_description.hpp"
#include "plan_text.hpp"
#include "row_type.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pgcoro {

/// Finds each column the member that takes it: its index, or members.size(). False, with all that
/// doesn't fit in `error`, if the columns aren't those of the row type.
[[nodiscard]] inline bool match_columns(std::vector<column_description> const& columns,
    row_type const& type, std::vector<std::uint8_t>& takers, std::string& error)
{
    error.clear();
    takers.clear();
    std::size_t const count = type.members.size();
    if (type.kind != row_kind::by_name && columns.size() != count) {
        error = "the query returns " + std::to_string(columns.size()) +
                (columns.size() == 1 ? " column, " : " columns, ") + type.cpp_type() + " takes " +
                std::to_string(count);
        return false;
    }

    std::vector<std::uint8_t> times(count);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        std::size_t const index = type.find(i, columns[i].name);
        takers.push_back(static_cast<std::uint8_t>(index));
        if (index == count || times[index] == 2)
            continue;
        if (++times[index] == 2)
            add_mismatch(error, quoted_column(columns[i]) + " occurs more than once");
        else if (!type.members[index].accepts(columns[i].type, columns[i].format))
            add_mismatch(error, mismatch_text(columns[i], type.members[index], type.label(index)));
    }
    for (std::size_t i = 0; i < count; ++i)
        if (times[i] == 0)
            add_mismatch(error, "column \"" + std::string{type.members[i].name} + "\" is missing");
    return error.empty();
}

/// Every column is just what the codec of the member at the same place asked for.
[[nodiscard]] inline bool is_exact(std::vector<column_description> const& columns,
    row_type const& type, std::vector<std::uint8_t> const& takers) noexcept
{
    if (columns.size() != type.members.size())
        return false;
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (takers[i] != i || !type.members[i].owns(columns[i]))
            return false;
    return true;
}

/// Goes through a row that could not be decoded until it finds why.
[[nodiscard]] inline std::string explain_row(std::vector<column_description> const& columns,
    row_type const& type, std::span<std::byte const> body)
{
    byte_reader reader{body};
    auto const count = reader.get<std::uint16_t>();
    if (!reader.ok())
        return "the row is empty";
    if (count != columns.size())
        return "the row has " + std::to_string(count) + " fields, its description " +
               std::to_string(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        column_description const& column = columns[i];
        auto const size = reader.get<std::int32_t>();
        auto const bytes = reader.get_bytes(size > 0 ? static_cast<std::size_t>(size) : 0);
        if (!reader.ok() || size < -1)
            return quoted_column(column) + ": the row ends within it";
        std::size_t const index = type.find(i, column.name);
        field const value{bytes.data(), size, column.type, column.format};
        std::string why;
        if (index != type.members.size() && !type.members[index].decodes(value, why))
            return failure_text(column, value, type.label(index), type.members[index], why);
    }
    return reader.exhausted() ? "the row can be decoded" : "the row is longer than its fields";
}

} // namespace pgcoro
