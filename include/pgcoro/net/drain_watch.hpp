#pragma once

#include "../core/error.hpp"
#include "../session/session.hpp"
#include "asio.hpp"
#include "cancel_request.hpp"
#include "task.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

namespace pgcoro {

/// What becomes of a call at the head whose caller has gone. The server is asked to cancel it, if
/// nothing else can be hit instead: it cancels whatever it is running when the request arrives. So
/// from the first request until the last one's connection has ended and the call was answered,
/// nothing may be written but what is the call's own: a range ends with its Sync, a COPY with its
/// CopyFail, and without them the server would never answer. Those are given a moment to end it
/// before the server is asked. A request that comes before the server has begun with the call is
/// lost: it is repeated. All of it must be over within the limit, or the connection is closed.
template <class Driver>
class drain_watch
{
public:
    using home_executor = typename Driver::home_executor;
    using clock = std::chrono::steady_clock;

    drain_watch(home_executor const& home, std::chrono::milliseconds limit)
        : limit_{limit}, timer_{home}
    {}

    /// Nothing may be written but so much as writable() says.
    [[nodiscard]] bool holds_output() const noexcept { return cancelling_; }
    [[nodiscard]] std::size_t writable(session const& state) const noexcept
    {
        return state.answered() == drained_ ? state.unsent_of_head() : 0;
    }

    /// To be called whenever a call is abandoned, or answered, before anything is written.
    void look(Driver& at)
    {
        session const& state = at.state();
        bool const answered = state.answered() != drained_;
        if (cancelling_ && request_ended_ && answered)
            cancelling_ = false;
        if (cancelling_ || state.closed())
            return;
        if (!state.drains()) {
            if (std::exchange(draining_, false))
                timer_.cancel();
            return;
        }
        if (draining_ && !answered)
            return;
        draining_ = request_ended_ = true;
        drained_ = state.answered();
        deadline_ = limit_.count() > 0 ? clock::now() + limit_ : clock::time_point::max();
        repeat_after_ = std::chrono::milliseconds{10};
        if (!state.may_cancel()) // nor later, for this one
            wait_until(at, deadline_);
        else if (state.head_is_written())
            cancel(at);
        else
            wait_until(at, std::min(deadline_, clock::now() + repeat_after_));
    }

    void stop() noexcept
    {
        draining_ = cancelling_ = false;
        timer_.cancel();
        if (auto const request = request_.lock())
            request->stop();
    }

private:
    void cancel(Driver& at)
    {
        wait_until(at, deadline_);
        asio::error_code error;
        auto const server = at.peer(error);
        if (error)
            return;
        cancelling_ = true;
        request_ended_ = false;
        auto const request = std::make_shared<cancel_request<home_executor>>(at.home(),
            at.state().backend_key(), at.encryption(), task{[self = at.shared_from_this(), this] {
                request_ended_ = true;
                if (cancelling_ && self->state().answered() == drained_)
                    wait_until(*self, std::min(deadline_, clock::now() + repeat_after_));
                repeat_after_ *= 2;
                self->look_at_drain();
            }});
        request->start(server);
        request_ = request;
    }

    void wait_until(Driver& at, clock::time_point when)
    {
        timer_.expires_at(when);
        timer_.async_wait(task{[self = at.shared_from_this(), this](asio::error_code error) {
            if (!error && draining_)
                time_is_up(*self);
        }});
    }

    void time_is_up(Driver& at)
    {
        if (!cancelling_ && at.state().answered() != drained_)
            return;
        if (clock::now() >= deadline_)
            at.close(std::make_exception_ptr(connection_lost{
                "the connection was closed: a statement that was cancelled did not end within "
                "cancel_timeout"}));
        else if (request_ended_ && at.state().may_cancel())
            cancel(at);
        else
            wait_until(at, deadline_); // others are behind it by now
    }

    std::chrono::milliseconds limit_;
    asio::basic_waitable_timer<clock, asio::wait_traits<clock>, home_executor> timer_;
    std::weak_ptr<cancel_request<home_executor>> request_;
    clock::time_point deadline_{};
    std::chrono::milliseconds repeat_after_{};
    std::uint64_t drained_ = 0; // session::answered() while the abandoned call is at the head
    bool draining_ = false;     // the timer is set for it
    bool cancelling_ = false;
    bool request_ended_ = false;
};

} // namespace pgcoro
