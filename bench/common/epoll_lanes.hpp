#pragma once

#include "lane.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <sys/epoll.h>

namespace bench {

/// N connections on one thread, with epoll.
template <class Rows>
class epoll_lanes
{
    using lane_type = lane<descriptor, Rows>;

public:
    epoll_lanes(case_id which, std::size_t count) : shared_{which, count}
    {
        for (std::size_t i = 0; i < count; ++i) {
            descriptor opened = open_prepared(which);
            opened.make_non_blocking();
            lanes_.push_back(std::make_unique<lane_type>(std::move(opened), shared_));
            watch(EPOLL_CTL_ADD, *lanes_.back(), EPOLLIN);
        }
    }

    void run(steady::time_point deadline, tally& counted)
    {
        shared_.begin(deadline, counted);
        std::size_t busy = lanes_.size();
        for (auto const& each : lanes_) {
            each->start();
            if (each->blocked())
                watch(EPOLL_CTL_MOD, *each, EPOLLIN | EPOLLOUT);
        }
        std::array<epoll_event, 32> events;
        while (busy != 0) {
            int const count =
                ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < count; ++i) {
                auto const& event = events[static_cast<std::size_t>(i)];
                auto& ready = *static_cast<lane_type*>(event.data.ptr);
                bool const was_blocked = ready.blocked();
                if ((event.events & EPOLLOUT) != 0)
                    ready.write();
                if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0)
                    ready.read();
                if (ready.blocked() != was_blocked)
                    watch(EPOLL_CTL_MOD, ready, ready.blocked() ? EPOLLIN | EPOLLOUT : EPOLLIN);
                if (ready.done())
                    --busy;
            }
        }
    }

    [[nodiscard]] Rows& rows() noexcept { return lanes_.front()->rows(); }

private:
    void watch(int how, lane_type& what, unsigned events)
    {
        epoll_event event{};
        event.events = events;
        event.data.ptr = &what;
        if (::epoll_ctl(epoll_.number(), how, what.socket().number(), &event) < 0)
            throw_errno("epoll_ctl");
    }

    traffic shared_;
    descriptor epoll_{::epoll_create1(EPOLL_CLOEXEC)};
    std::vector<std::unique_ptr<lane_type>> lanes_;
};

} // namespace bench
