#pragma once

#include "asio.hpp"
#include "task.hpp"

#include <chrono>

namespace pgcoro {

/// Ends calls whose time is up. One timer for all the calls of a connection, set to the first
/// deadline there is and left alone when that call ends before it: so with a limit for every call
/// it is set about once in the time of the limit, and a call costs a look at the clock but no
/// system call.
template <class Driver>
class deadline_watch
{
public:
    using clock = std::chrono::steady_clock;

    explicit deadline_watch(typename Driver::home_executor const& home) : timer_{home} {}

    /// A call starts that must be through by `deadline`.
    void add(Driver& at, clock::time_point deadline)
    {
        if (deadline < set_to_)
            wait_until(at, deadline);
    }

    void stop() noexcept
    {
        set_to_ = never;
        timer_.cancel();
    }

private:
    static constexpr clock::time_point never = clock::time_point::max();

    void wait_until(Driver& at, clock::time_point when)
    {
        set_to_ = when;
        timer_.expires_at(when);
        timer_.async_wait(task{[self = at.shared_from_this(), this](asio::error_code error) {
            if (error || set_to_ == never) // set anew, or stopped
                return;
            set_to_ = never;
            self->end_overdue(clock::now());
            auto const next = self->state().next_deadline();
            if (next != never)
                add(*self, next);
        }});
    }

    asio::basic_waitable_timer<clock, asio::wait_traits<clock>, typename Driver::home_executor>
        timer_;
    clock::time_point set_to_ = never;
};

} // namespace pgcoro
