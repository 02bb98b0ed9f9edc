#pragma once

#include "runs.hpp"

#include <deque>

#include <poll.h>

namespace bench {

/// A hundred callers on one connection in pipeline mode, each query with a Sync of its own.
inline int run_shared(arguments const& how, checked const& check)
{
    auto const opened = connect();
    PGconn* const connection = opened.get();
    query what{how.which};
    what.prepare(connection);
    enter_pipeline(connection);
    ::PQsetnonblocking(connection, 1);

    auto const wait = [&] {
        bool const unsent = ::PQflush(connection) > 0;
        pollfd ready{
            ::PQsocket(connection), static_cast<short>(unsent ? POLLIN | POLLOUT : POLLIN), 0};
        ::poll(&ready, 1, -1);
        if ((ready.revents & POLLIN) != 0 && ::PQconsumeInput(connection) != 1)
            fail(connection);
    };
    auto const ask = [&] {
        what.send(connection);
        sync_pipeline(connection);
    };
    return measure(how, check, [&](steady::time_point deadline, tally& counted) {
        std::deque<steady::time_point> started;
        for (int i = 0; i < callers; ++i) {
            started.push_back(steady::now());
            ask();
        }
        while (!started.empty()) {
            if (::PQisBusy(connection) != 0) {
                wait();
                continue;
            }
            result_ptr const got{::PQgetResult(connection)};
            if (::PQresultStatus(got.get()) == PGRES_TUPLES_OK) {
                counted.rows += pass_rows<single_row<std::int32_t>>(got.get());
            } else if (::PQresultStatus(got.get()) == PGRES_PIPELINE_SYNC) {
                auto const now = steady::now();
                counted.waits.add(now - started.front());
                started.pop_front();
                ++counted.queries;
                if (now < deadline) {
                    started.push_back(now);
                    ask();
                }
            } else if (got) {
                fail(connection);
            }
        }
    });
}

} // namespace bench
