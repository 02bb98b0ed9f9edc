#pragma once

#include "run.hpp"

/// A thousand inserts in one transaction, started together.
struct inserting
{
    static awaitable<void> insert(pg::connection& connection)
    {
        batch_row const row;
        auto tx = co_await connection.begin();
        std::vector<awaitable<pg::command_tag>> all;
        for (int i = 0; i < inserted_rows; ++i)
            all.push_back(tx.execute(
                sql_of(case_id::batch_insert), row.a, row.b, row.c, row.d, row.e, row.f, row.g));
        co_await pg::gather(std::move(all));
        co_await tx.commit();
    }

    static awaitable<checked> check(pg::connection& connection, id_sequence&)
    {
        clear_batch();
        co_await insert(connection);
        co_return check_batch();
    }
    static awaitable<std::uint64_t> once(pg::connection& connection, id_sequence&)
    {
        co_await insert(connection);
        co_return 0;
    }
};
