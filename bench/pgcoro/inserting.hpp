#pragma once

#include "run.hpp"

/// A thousand inserts in one round trip.
struct inserting
{
    static awaitable<checked> check(pg::connection& connection, id_sequence& ids)
    {
        clear_batch();
        co_await once(connection, ids);
        co_return check_batch();
    }
    static awaitable<std::uint64_t> once(pg::connection& connection, id_sequence&)
    {
        co_await connection.execute_many(
            sql_of(case_id::batch_insert), batch_rows(case_id::batch_insert));
        co_return 0;
    }
};

/// Ten thousand rows by COPY.
struct copying
{
    static awaitable<checked> check(pg::connection& connection, id_sequence& ids)
    {
        clear_batch();
        co_await once(connection, ids);
        co_return check_batch();
    }
    static awaitable<std::uint64_t> once(pg::connection& connection, id_sequence&)
    {
        co_await connection.copy_in("bench_batch", batch_rows(case_id::copy_in));
        co_return 0;
    }
};
