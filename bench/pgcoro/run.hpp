#pragma once

#include "../common/checks.hpp"
#include "../common/keep.hpp"
#include "rows.hpp"

#include <pgcoro/pgcoro.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace pg = pgcoro;
using asio::awaitable;
using namespace bench;

[[nodiscard]] inline pg::options server()
{
    return pg::options::from_environment();
}

/// Runs a coroutine to its end.
inline void run_coroutine(asio::io_context& context, awaitable<void> body)
{
    std::exception_ptr failure;
    asio::co_spawn(context, std::move(body), [&](std::exception_ptr error) {
        failure = error;
        context.stop(); // an idle connection and an open pool would keep it going
    });
    context.restart();
    context.run();
    if (failure)
        std::rethrow_exception(failure);
}

/// A caller that asks again and again, at least once. `once` gives how many rows it got.
template <class Once>
awaitable<void> repeat(Once once, steady::time_point deadline, tally& counted)
{
    auto now = steady::now();
    do {
        counted.rows += co_await once();
        auto const then = std::exchange(now, steady::now());
        ++counted.queries;
        counted.waits.add(now - then);
    } while (now < deadline);
}

inline awaitable<void> run_all(std::vector<awaitable<void>> each)
{
    co_await pg::gather(std::move(each));
}

template <class Case>
awaitable<void> open_and_check(
    std::size_t count, std::vector<pg::connection>& opened, checked& check)
{
    for (std::size_t i = 0; i < count; ++i)
        opened.push_back(co_await pg::connect(server()));
    id_sequence ids;
    check = co_await Case::check(opened.front(), ids);
}

inline awaitable<void> close_all(std::vector<pg::connection>& opened)
{
    for (auto& connection : opened)
        co_await connection.close();
}

/// Measures `Case`, which has static coroutines check(connection) and once(connection, ids).
template <class Case>
int measure_case(arguments const& how)
{
    asio::io_context context{1};
    std::vector<pg::connection> connections;
    checked check;
    id_sequence ids;
    run_coroutine(context, open_and_check<Case>(how.connections, connections, check));

    std::size_t const callers_each = how.which == case_id::shared_connection ? callers : 1;
    int const status = measure(how, check, [&](steady::time_point deadline, tally& counted) {
        std::vector<awaitable<void>> all;
        for (auto& connection : connections)
            for (std::size_t i = 0; i < callers_each; ++i)
                all.push_back(
                    repeat([&] { return Case::once(connection, ids); }, deadline, counted));
        run_coroutine(context, run_all(std::move(all)));
    });
    run_coroutine(context, close_all(connections));
    return status;
}
