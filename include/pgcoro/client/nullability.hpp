#pragma once

#include "connect.hpp"

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace pgcoro {

/// Whether there can be a NULL in a statement's column, as far as the catalog knows.
enum class nullability : std::uint8_t
{
    unknown,  ///< it is computed, or a view's
    not_null, ///< its table's column, or its type, is declared NOT NULL; an outer join ignores that
    nullable,
};

/// Asks for each of the columns of a prepared statement, in one round trip; none if all of them are
/// computed. `on`: the connection or transaction that runs the question. Throws what fetch() does.
/// https://www.postgresql.org/docs/current/catalog-pg-attribute.html
template <class Holder, class Driver>
[[nodiscard]] asio::awaitable<std::vector<nullability>, typename Driver::executor_type>
nullability_of(Holder& on, basic_statement<Driver> what)
{
    std::vector<nullability> found(what.columns().size(), nullability::unknown);
    std::string columns;
    for (column_description const& each : what.columns())
        if (each.table != oid{})
            columns += (columns.empty() ? "(" : ", (") +
                       std::to_string(static_cast<std::uint32_t>(each.table)) + ", " +
                       std::to_string(each.table_column) + ')';
    if (columns.empty())
        co_return found;
    std::string const sql =
        "SELECT attrelid::bigint, attnum, attnotnull OR typnotnull FROM pg_catalog.pg_attribute "
        "JOIN pg_catalog.pg_class c ON c.oid = attrelid "
        "JOIN pg_catalog.pg_type t ON t.oid = atttypid "
        "WHERE relkind IN ('r', 'p', 'f') AND (attrelid, attnum) IN (" +
        columns + ')';
    auto const known =
        co_await on.template fetch<std::tuple<std::int64_t, std::int16_t, bool>>(sql);
    for (std::size_t i = 0; i < found.size(); ++i)
        for (auto const& [table, number, never] : known)
            if (static_cast<std::uint32_t>(what.columns()[i].table) == table &&
                what.columns()[i].table_column == number)
                found[i] = never ? nullability::not_null : nullability::nullable;
    co_return found;
}

} // namespace pgcoro
