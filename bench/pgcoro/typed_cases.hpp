#pragma once

#include "run.hpp"

#include <array>
#include <span>
#include <string>
#include <type_traits>

// The cases for rows whose type is known: Row is an aggregate or, for one column, a scalar.

template <class Row>
[[nodiscard]] std::int64_t weigh_typed(Row const& row)
{
    if constexpr (requires { columns(row); })
        return weigh_row(row);
    else
        return weigh(row);
}

template <class Rows>
[[nodiscard]] checked weigh_result(Rows const& rows)
{
    checked sum{rows.size(), 0};
    for (auto const& row : rows)
        *sum.checksum += weigh_typed(row);
    return sum;
}

template <class Row, class... Arguments>
awaitable<std::uint64_t> fetch_rows(
    pg::connection& connection, case_id which, Arguments... arguments)
{
    auto const rows = co_await connection.fetch<Row>(sql_of(which), arguments...);
    keep(rows);
    co_return rows.size();
}

template <class Row, case_id Which>
struct all_rows
{
    static auto fetch(pg::connection& connection)
    {
        if constexpr (Which == case_id::pg_type)
            return connection.fetch<Row>(sql_of(Which), -1, true);
        else if constexpr (Which == case_id::integers)
            return connection.fetch<Row>(sql_of(Which), series_length);
        else
            return connection.fetch<Row>(sql_of(Which));
    }
    static awaitable<checked> check(pg::connection& connection, id_sequence&)
    {
        co_return weigh_result(co_await fetch(connection));
    }
    static awaitable<std::uint64_t> once(pg::connection& connection, id_sequence&)
    {
        auto const rows = co_await fetch(connection);
        keep(rows);
        co_return rows.size();
    }
};

struct one_plus
{
    static awaitable<checked> check(pg::connection& connection, id_sequence&)
    {
        co_return checked{
            1, co_await connection.fetch_value<int>(sql_of(case_id::one_plus), one_plus_argument)};
    }
    static awaitable<std::uint64_t> once(pg::connection& connection, id_sequence&)
    {
        keep(co_await connection.fetch_value<int>(sql_of(case_id::one_plus), one_plus_argument));
        co_return 1;
    }
};

/// A row that owns its text comes alone; views need the result that keeps it.
template <class Row>
struct lookup
{
    static constexpr bool views = pg::borrows_bytes<Row>;

    static auto find(pg::connection& connection, int id)
    {
        if constexpr (views)
            return connection.fetch<Row>(sql_of(case_id::lookup), id);
        else
            return connection.fetch_row<Row>(sql_of(case_id::lookup), id);
    }
    static Row const& row_of(auto const& found)
    {
        if constexpr (views)
            return found.front();
        else
            return *found;
    }

    static awaitable<checked> check(pg::connection& connection, id_sequence& ids)
    {
        auto const found = co_await find(connection, ids.next());
        co_return checked{1, weigh_typed(row_of(found))};
    }
    static awaitable<std::uint64_t> once(pg::connection& connection, id_sequence& ids)
    {
        auto const found = co_await find(connection, ids.next());
        keep(row_of(found));
        co_return 1;
    }
};

template <class Row>
struct twenty_lookups
{
    using ids_type = std::array<int, lookups_at_once>;

    static ids_type next_ids(id_sequence& ids)
    {
        ids_type all;
        for (int& id : all)
            id = ids.next();
        return all;
    }

    static awaitable<checked> check(pg::connection& connection, id_sequence& ids)
    {
        auto const all = next_ids(ids);
        co_return weigh_result(co_await connection.fetch_many<Row>(sql_of(case_id::lookup), all));
    }
    static awaitable<std::uint64_t> once(pg::connection& connection, id_sequence& ids)
    {
        auto const all = next_ids(ids);
        auto const found = co_await connection.fetch_many<Row>(sql_of(case_id::lookup), all);
        keep(found);
        co_return found.size();
    }
};
