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
