// libpq as a C program uses it: a thread for each connection, which waits in PQexecPrepared; binary
// results, read in place. Pipeline mode for several queries at once.

#include "pipeline_lanes.hpp"

#include <exception>
#include <mutex>
#include <thread>
#include <vector>

using namespace bench;

namespace {

/// Calls `work(i, tally)` on a thread for each of `count`.
template <class Work>
void on_threads(std::size_t count, tally& counted, Work const& work)
{
    std::mutex mutex;
    std::exception_ptr failure;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
            try {
                tally mine;
                work(i, mine);
                std::scoped_lock const lock{mutex};
                counted.queries += mine.queries;
                counted.rows += mine.rows;
                counted.waits.add(mine.waits);
            } catch (...) {
                std::scoped_lock const lock{mutex};
                failure = std::current_exception();
            }
        });
    for (auto& each : threads)
        each.join();
    if (failure)
        std::rethrow_exception(failure);
}

/// Repeats `run`, which gives a number of rows, on a thread for each connection.
template <class Run>
int measure_threads(arguments const& how, Run const& run)
{
    checked const check = check_case(how.which);
    std::deque<query> queries;
    std::vector<connection_ptr> connections;
    for (std::size_t i = 0; i < how.connections; ++i) {
        queries.emplace_back(how.which);
        if (connects(how.which))
            continue;
        connections.push_back(connect());
        if (how.which != case_id::copy_in)
            queries.back().prepare(connections.back().get());
    }
    return measure(how, check, [&](steady::time_point deadline, tally& counted) {
        on_threads(how.connections, counted, [&](std::size_t i, tally& mine) {
            PGconn* const connection = connections.empty() ? nullptr : connections[i].get();
            auto now = steady::now();
            do {
                mine.rows += run(connection, queries[i]);
                ++mine.queries;
                auto const then = std::exchange(now, steady::now());
                mine.waits.add(now - then);
            } while (now < deadline);
        });
    });
}

/// Callers who share connections: those of each have a thread, and their queries are in a pipeline.
int measure_shared(arguments const& how)
{
    checked const check = check_case(how.which);
    std::deque<pipeline_lanes<single_row<std::int32_t>>> lanes;
    for (std::size_t i = 0; i < how.connections; ++i)
        lanes.emplace_back(how.which, 1, callers / how.connections);
    return measure(how, check, [&](steady::time_point deadline, tally& counted) {
        on_threads(how.connections, counted,
            [&](std::size_t i, tally& mine) { lanes[i].run(deadline, mine); });
    });
}

int run_case(arguments const& how)
{
    switch (how.which) {
    case case_id::shared_connection:
        return run_pipeline_lanes<single_row<std::int32_t>>(how);
    case case_id::shared_pool:
        return measure_shared(how);
    case case_id::reconnect:
        return print_skip(how, "can't keep the hashed password");
    case case_id::connect:
        return measure_threads(how, [](PGconn*, query& what) { return run_connect(what); });
    case case_id::copy_in:
        return measure_threads(
            how, [](PGconn* connection, query&) { return run_copy(connection); });
    case case_id::batch_insert:
        return measure_threads(how, run_inserts);
    case case_id::twenty_lookups:
        return measure_threads(how, run_lookups);
    default:
        return with_row_of(
            how.which, [&]<class Row>(Row) { return measure_threads(how, run_query<Row>); });
    }
}

} // namespace

int main(int argc, char** argv)
{
    return report(argc, argv, run_case);
}
