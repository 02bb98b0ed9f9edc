#pragma once

#include "run.hpp"

template <class Pool>
awaitable<std::uint64_t> ask_pool(Pool& pool, int& answer)
{
    answer =
        co_await pool.template fetch_value<int>(sql_of(case_id::shared_pool), one_plus_argument);
    co_return 1;
}

template <class Pool>
awaitable<void> close_pool(Pool& pool)
{
    co_await pool.close();
}

/// A hundred callers on a pool of `how.connections`.
template <class Pool>
int measure_pool(arguments const& how)
{
    asio::io_context context{1};
    Pool pool{context.get_executor(), server(),
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
