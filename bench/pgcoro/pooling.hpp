#pragma once

#include "run.hpp"

inline awaitable<std::uint64_t> ask_pool(pg::pool& pool, int& answer)
{
    answer = co_await pool.fetch_value<int>(sql_of(case_id::shared_pool), one_plus_argument);
    co_return 1;
}

inline awaitable<void> close_pool(pg::pool& pool)
{
    co_await pool.close();
}

/// A hundred callers on a pool of `how.connections`.
inline int measure_pool(arguments const& how)
{
    asio::io_context context{1};
    pg::pool pool{context.get_executor(), server(),
        {.min_size = how.connections, .max_size = how.connections}};
    int answer = 0;
    auto const ask = [&] { return ask_pool(pool, answer); };
    auto const run = [&](steady::time_point deadline, tally& counted) {
        std::vector<awaitable<void>> all;
        for (int i = 0; i < callers; ++i)
            all.push_back(repeat(ask, deadline, counted));
        run_coroutine(context, run_all(std::move(all)));
    };
    tally ignored;
    run(steady::now(), ignored);
    int const status = measure(how, {1, answer}, run);
    run_coroutine(context, close_pool(pool));
    return status;
}
