#pragma once

#include "../core/error.hpp"
#include "../row/match_columns.hpp"
#include "../row/result_formats.hpp"
#include "../types/known_parameters.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// \file
/// What verify() compares, and the words in which it says what does not fit. Nothing of it knows a
/// statement's C++ type.

namespace pgcoro {

/// Typed statements do not fit the database: what() lists all that does not.
class statement_mismatch : public row_mismatch
{
public:
    using row_mismatch::row_mismatch;
};

/// A column that may be NULL if the catalog says so of its table.
struct doubtful_column
{
    std::size_t statement;
    oid table;
    std::int16_t number;
    std::string text; ///< what is wrong then
};

/// A typed statement without its types, and what was found to be wrong with it.
struct statement_check
{
    std::string_view sql;
    std::vector<oid> arguments;               ///< as their codecs have them
    std::vector<std::string (*)()> cpp_types; ///< of the arguments
    row_type const* row;                      ///< null if any will do
    std::vector<std::string> mismatches;
};

/// Values of the first may be too large for the second.
[[nodiscard]] constexpr bool narrows(oid from, oid to) noexcept
{
    auto const rank = [](oid type) {
        return type == oids::int2     ? 1
               : type == oids::int4   ? 2
               : type == oids::int8   ? 3
               : type == oids::float4 ? 4
               : type == oids::float8 ? 5
                                      : 0;
    };
    return rank(from) != 0 && rank(to) != 0 && rank(from) > rank(to);
}

/// Compares the arguments with what the server infers for the parameters.
inline void check_parameters(statement_check& of, std::span<oid const> inferred)
{
    for (std::size_t i = 0; i < inferred.size() && i < of.arguments.size(); ++i) {
        oid const given = of.arguments[i];
        oid const wanted = inferred[i];
        bool const narrow = narrows(given, wanted);
        if (text_serves(given, wanted) && !narrow)
            continue;
        of.mismatches.push_back("parameter $" + std::to_string(i + 1) + " is " + type_name(wanted) +
                                ", the argument is " + of.cpp_types[i]() +
                                (narrow ? " (would narrow)" : " (for " + type_name(given) + ")"));
    }
}

/// Compares the columns with the row type. What depends on the catalog goes to `doubtful`.
inline void check_columns(statement_check& of, std::size_t number,
    std::vector<column_description> columns, std::vector<doubtful_column>& doubtful)
{
    if (of.row == nullptr)
        return;
    if (columns.empty() && !of.row->members.empty()) {
        of.mismatches.emplace_back("the statement returns no rows");
        return;
    }
    row_description description{std::move(columns)};
    choose_result_formats(description, *of.row);
    std::vector<std::uint8_t> takers;
    std::string error;
    if (!match_columns(description.columns, *of.row, takers, error))
        of.mismatches.push_back(std::move(error));
    for (std::size_t i = 0; i < takers.size(); ++i) {
        column_description const& column = description.columns[i];
        if (takers[i] == of.row->members.size() || column.table == oid{})
            continue;
        row_member const& member = of.row->members[takers[i]];
        if (!member.takes_null)
            doubtful.push_back({number, column.table, column.table_column,
                quoted_column(column) + " may be NULL, " + of.row->label(takers[i]) + " is " +
                    member.cpp_type() + "; use std::optional<" + member.cpp_type() + ">"});
    }
}

/// Asks which columns may be NULL; a view's are not known.
[[nodiscard]] inline std::string nullable_columns_sql(std::vector<doubtful_column> const& doubtful)
{
    std::string sql = "SELECT attrelid::bigint, attnum FROM pg_catalog.pg_attribute a "
                      "JOIN pg_catalog.pg_class c ON c.oid = attrelid "
                      "JOIN pg_catalog.pg_type t ON t.oid = atttypid "
                      "WHERE NOT attnotnull AND NOT typnotnull AND relkind IN ('r', 'p', 'f') "
                      "AND (attrelid, attnum) IN (";
    for (doubtful_column const& each : doubtful) {
        sql += sql.ends_with('(') ? "(" : ", (";
        sql += std::to_string(static_cast<std::uint32_t>(each.table)) + ", " +
               std::to_string(each.number) + ')';
    }
    return sql + ')';
}

/// All that was found; empty if all is well.
[[nodiscard]] inline std::string mismatch_report(std::vector<statement_check> const& checked)
{
    std::string text;
    for (statement_check const& each : checked) {
        if (each.mismatches.empty())
            continue;
        text += text.empty() ? "these statements do not fit the database:\n" : "\n";
        text += each.sql;
        for (std::string const& one : each.mismatches)
            text += "\n  - " + one;
    }
    return text;
}

} // namespace pgcoro
