#pragma once

#include "../common/lane.hpp"
#include "runs.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include <sys/epoll.h>

namespace bench {

/// N connections on one thread, never blocking. Where there are several queries at once, in
/// pipeline mode, which costs something: a Sync behind each run.
template <class Row>
class pipeline_lanes
{
public:
    pipeline_lanes(case_id which, std::size_t count, std::size_t asking = callers)
        : shared_{which, count, asking},
          queries_{queries_of(which)},
          pipelined_{queries_ > 1 || shared_.depth() > 1}
    {
        for (std::size_t i = 0; i < count; ++i) {
            auto& made = *lanes_.emplace_back(std::make_unique<lane>(which));
            made.what.prepare(made.connection());
            if (pipelined_)
                enter_pipeline(made.connection());
            ::PQsetnonblocking(made.connection(), 1);
            watch(EPOLL_CTL_ADD, made, EPOLLIN);
        }
    }

    void run(steady::time_point deadline, tally& counted)
    {
        shared_.begin(deadline, counted);
        std::size_t busy = lanes_.size();
        for (auto const& each : lanes_) {
            for (std::size_t i = 0; i < shared_.depth(); ++i)
                ask(*each, shared_.start());
            flush(*each);
        }
        std::array<epoll_event, 32> events;
        while (busy != 0) {
            int const count =
                ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < count; ++i) {
                auto& ready = *static_cast<lane*>(events[static_cast<std::size_t>(i)].data.ptr);
                if (::PQconsumeInput(ready.connection()) != 1)
                    fail(ready.connection());
                read(ready);
                flush(ready);
                if (ready.under_way.empty())
                    --busy;
            }
        }
    }

private:
    struct lane
    {
        explicit lane(case_id which) : what{which} {}
        [[nodiscard]] PGconn* connection() const noexcept { return opened.get(); }

        connection_ptr opened = connect();
        query what;
        std::deque<steady::time_point> under_way;
        bool blocked = false;
    };

    [[nodiscard]] static int queries_of(case_id which) noexcept
    {
        switch (which) {
        case case_id::twenty_lookups:
            return lookups_at_once;
        case case_id::batch_insert:
            return inserted_rows;
        default:
            return 1;
        }
    }

    void ask(lane& on, steady::time_point started)
    {
        on.under_way.push_back(started);
        for (int i = 0; i < queries_; ++i)
            on.what.send(on.connection());
        if (pipelined_)
            sync(on.connection());
    }
    /// Where libpq can, without a system call for each.
    static void sync(PGconn* connection)
    {
#ifdef LIBPQ_HAS_SEND_PIPELINE_SYNC
        if (::PQsendPipelineSync(connection) != 1)
            fail(connection);
#else
        sync_pipeline(connection);
#endif
    }

    void read(lane& from)
    {
        while (!from.under_way.empty() && ::PQisBusy(from.connection()) == 0) {
            result_ptr const got{::PQgetResult(from.connection())};
            if (!got) {
                if (!pipelined_)
                    landed(from);
                continue;
            }
            switch (::PQresultStatus(got.get())) {
            case PGRES_TUPLES_OK:
                shared_.count_rows(pass_rows<Row>(got.get()));
                break;
            case PGRES_PIPELINE_SYNC:
                landed(from);
                break;
            case PGRES_COMMAND_OK:
                break;
            default:
                fail(from.connection());
            }
        }
    }

    void landed(lane& from)
    {
        auto const next = shared_.landed(from.under_way.front());
        from.under_way.pop_front();
        if (next)
            ask(from, *next);
    }

    void flush(lane& on)
    {
        int const left = ::PQflush(on.connection());
        if (left < 0)
            fail(on.connection());
        if (on.blocked == (left > 0))
            return;
        on.blocked = left > 0;
        watch(EPOLL_CTL_MOD, on, on.blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }

    void watch(int how, lane& what, unsigned events)
    {
        epoll_event event{};
        event.events = events;
        event.data.ptr = &what;
        if (::epoll_ctl(epoll_.number(), how, ::PQsocket(what.connection()), &event) < 0)
            throw_errno("epoll_ctl");
    }

    traffic shared_;
    int queries_;
    bool pipelined_;
    descriptor epoll_{::epoll_create1(EPOLL_CLOEXEC)};
    std::vector<std::unique_ptr<lane>> lanes_;
};

template <class Row>
int run_pipeline_lanes(arguments const& how)
{
    checked const check = check_case(how.which);
    pipeline_lanes<Row> lanes{how.which, how.connections};
    return measure(how, check,
        [&](steady::time_point deadline, tally& counted) { lanes.run(deadline, counted); });
}

} // namespace bench
