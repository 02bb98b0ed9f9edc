#pragma once

#include "run.hpp"

inline awaitable<std::uint64_t> connect_and_ask(int& answer)
{
    auto connection = co_await pg::connect(server());
    answer = co_await connection.fetch_value<int>(sql_of(case_id::connect), one_plus_argument);
    co_await connection.close();
    co_return 1;
}

/// Connects, logs in, asks one query and closes, again and again.
inline int measure_connecting(arguments const& how)
{
    asio::io_context context{1};
    int answer = 0;
    tally ignored;
    auto const ask = [&answer] { return connect_and_ask(answer); };
    run_coroutine(context, repeat(ask, steady::now(), ignored));
    return measure(how, {1, answer}, [&](steady::time_point deadline, tally& counted) {
        std::vector<awaitable<void>> all;
        for (std::size_t i = 0; i < how.connections; ++i)
            all.push_back(repeat(ask, deadline, counted));
        run_coroutine(context, run_all(std::move(all)));
    });
}
