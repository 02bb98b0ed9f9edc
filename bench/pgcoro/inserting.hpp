#pragma once

#include "run.hpp"

#include <vector>

/// A thousand inserts in one round trip.
struct inserting
{
    static awaitable<checked> check(pg::connection& connection, id_sequence&)
    {
        clear_batch();
        std::vector<batch_row> const rows(inserted_rows);
        co_await connection.execute_many(sql_of(case_id::batch_insert), rows);
        co_return check_batch();
    }
    static awaitable<std::uint64_t> once(pg::connection& connection, id_sequence&)
    {
        std::vector<batch_row> const rows(inserted_rows);
        co_await connection.execute_many(sql_of(case_id::batch_insert), rows);
        co_return 0;
    }
};

/// Ten thousand rows by COPY.
struct copying
{
    static awaitable<std::uint64_t> copy(pg::connection& connection)
    {
        std::vector<batch_row> const rows(copied_rows);
        co_return co_await connection.copy_in("bench_batch", rows);
    }
    static awaitable<checked> check(pg::connection& connection, id_sequence&)
    {
        clear_batch();
        co_await copy(connection);
        co_return check_batch();
    }
    static awaitable<std::uint64_t> once(pg::connection& connection, id_sequence&)
    {
        co_await copy(connection);
        co_return 0;
    }
};
