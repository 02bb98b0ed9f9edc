#pragma once

#include "run.hpp"

inline awaitable<std::uint64_t> connect_and_ask(pg::options const& to, int& answer)
{
    auto connection = co_await pg::connect(to);
    answer = co_await connection.fetch_value<int>(sql_of(case_id::connect), one_plus_argument);
    co_await connection.close();
    co_return 1;
}

/// Connects, logs in, asks one query and closes, again and again; as a pool does, which keeps what
/// the password was hashed to, or as somebody does who comes but once.
inline int measure_connecting(arguments const& how)
{
    asio::io_context context{1};
    int answer = 0;
    tally ignored;
    pg::options to = server();
    if (how.which == case_id::reconnect)
        to.remember_scram();
    auto const ask = [&] { return connect_and_ask(to, answer); };
    run_coroutine(context, repeat(ask, steady::now(), ignored));
    return measure(how, {1, answer}, [&](steady::time_point deadline, tally& counted) {
        std::vector<awaitable<void>> all;
        for (std::size_t i = 0; i < how.connections; ++i)
            all.push_back(repeat(ask, deadline, counted));
        run_coroutine(context, run_all(std::move(all)));
    });
}
