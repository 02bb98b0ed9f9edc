#pragma once

#include "flight.hpp"
#include "inbox.hpp"
#include "login.hpp"
#include "report.hpp"
#include "unix_socket.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/epoll.h>

namespace bench {

/// Connects, logs in, asks one query and closes, again and again, on N connections at once.
class connect_lanes
{
public:
    connect_lanes(case_id which, std::size_t count)
        : lanes_(count), keep_{which == case_id::reconnect}
    {
        messages to{query_};
        to.parse(statement_name, sql_of(which));
        std::string asked;
        id_sequence ids;
        flight{which}.append_to(asked, ids);
        query_ += asked;
        messages{query_}.terminate();
    }

    void run(steady::time_point deadline, tally& counted)
    {
        for (auto& each : lanes_)
            begin(each);
        std::size_t busy = lanes_.size();
        std::array<epoll_event, 32> events;
        while (busy != 0) {
            int const count =
                ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < count; ++i) {
                auto& ready = *static_cast<one*>(events[static_cast<std::size_t>(i)].data.ptr);
                if (!read(ready))
                    continue;
                auto const now = steady::now();
                counted.waits.add(now - ready.started);
                ++counted.queries;
                ++counted.rows;
                ready.socket = {};
                if (now < deadline)
                    begin(ready);
                else
                    --busy;
            }
        }
    }

private:
    struct one
    {
        descriptor socket;
        inbox in;
        std::string out;
        std::optional<login> entry;
        steady::time_point started;
        bool asked = false;
    };

    void begin(one& each)
    {
        each.started = steady::now();
        each.socket = open_socket(where_);
        each.in = {};
        each.asked = false;
        each.entry.emplace(where_, keep_ ? &kept_ : nullptr);
        each.entry->begin(each.out);
        write(each);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &each;
        if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, each.socket.number(), &event) < 0)
            throw_errno("epoll_ctl");
    }

    static void write(one& each)
    {
        if (!each.out.empty() &&
            each.socket.write(each.out.data(), each.out.size()) != each.out.size())
            throw std::runtime_error{"the socket is full"};
        each.out.clear();
    }

    /// Whether it has got its answer.
    bool read(one& each)
    {
        bool answered = false;
        each.in.received(each.socket.read(each.in.room(), each.in.room_size()));
        each.in.each([&](char type, std::byte const* body, std::size_t size) {
            if (type == 'R') {
                each.entry->answer(body, size, each.out);
            } else if (type == 'E') {
                throw_server_error(body, size);
            } else if (type == 'Z') {
                answered = each.asked;
                if (!each.asked)
                    each.out += query_;
                each.asked = true;
            }
        });
        write(each);
        return answered;
    }

    server_address where_;
    scram::salted kept_;
    descriptor epoll_{::epoll_create1(EPOLL_CLOEXEC)};
    std::vector<one> lanes_;
    std::string query_;
    bool keep_;
};

} // namespace bench
