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
/// from that decision until the last request's connection has ended and the call was answered,
/// nothing may be written but what is the call's own: a range ends with its Sync, a COPY with its
/// CopyFail, and without them the server would never answer. Those are given a moment to end it
/// before the server is asked; the rest of a stream is read for as long as a request would take. A
/// request that comes before the server has begun with the call is lost: it is repeated. All of it
/// must be over within the limit, or the connection is closed.
template <class Driver>
class drain_watch
{
public:
    using home_executor = typename Driver::home_executor;
    using clock = std::chrono::steady_clock;

    /// `limit` 0: none. `way`: how long it takes to reach the server.
    drain_watch(home_executor const& home, std::chrono::milliseconds limit, clock::duration way)
        : limit_{limit}, patience_{std::max(way, moment)}, timer_{home}
    {
        // It may have taken long for once, and some of the limit must be left.
        patience_ = std::min<clock::duration>(patience_, std::chrono::seconds{1});
        if (limit.count() > 0)
            patience_ = std::min<clock::duration>(patience_, limit / 4);
    }

    /// Nothing may be written but so much as writable() says.
    [[nodiscard]] bool holds_output() const noexcept { return holding_; }
    [[nodiscard]] std::size_t writable(session const& state) const noexcept
    {
        return state.answered() == drained_ ? state.unsent_of_head() : 0;
    }

    /// To be called whenever a call is started, abandoned or answered, before anything is written.
    void look(Driver& at)
    {
        session const& state = at.state();
        bool const answered = state.answered() != drained_;
        if (holding_ && request_ended_ && answered)
            holding_ = false;
        if (holding_ || state.closed())
            return;
        if (!state.drains()) {
            if (std::exchange(draining_, false))
                timer_.cancel();
            return;
        }
        bool const another = !draining_ || answered;
        if (another) {
            draining_ = request_ended_ = true;
            drained_ = state.answered();
            begun_ = clock::now();
            deadline_ = limit_.count() > 0 ? begun_ + limit_ : clock::time_point::max();
            repeat_after_ = moment;
        }
        holding_ = state.may_cancel();
        if (holding_ && state.head_is_open())
            wait_until(at, std::min(deadline_, begun_ + patience_));
        else if (holding_ && state.head_is_written())
            cancel(at);
        else if (holding_)
            wait_until(at, std::min(deadline_, begun_ + moment));
        else if (another)
            wait_until(at, deadline_);
    }

    void stop() noexcept
    {
        draining_ = holding_ = false;
        timer_.cancel();
        if (auto const request = request_.lock())
            request->stop();
    }

private:
    static constexpr clock::duration moment = std::chrono::milliseconds{10};

    void cancel(Driver& at)
    {
        wait_until(at, deadline_);
        asio::error_code error;
        auto const server = at.peer(error);
        if (error)
            return;
        at.state().cancels_head();
        request_ended_ = false;
        auto const request = std::make_shared<cancel_request<home_executor>>(at.home(),
            at.state().backend_key(), at.encryption(), task{[self = at.shared_from_this(), this] {
                request_ended_ = true;
                if (holding_ && self->state().answered() == drained_)
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
        if (request_ended_ && at.state().answered() != drained_)
            return;
        if (clock::now() >= deadline_)
            at.close(std::make_exception_ptr(connection_lost{
                "the connection was closed: a statement that was cancelled did not end within "
                "cancel_timeout"}));
        else if (at.state().may_cancel())
            cancel(at);
        else
            wait_until(at, deadline_);
    }

    std::chrono::milliseconds limit_;
    clock::duration patience_; // with the rest of a stream
    asio::basic_waitable_timer<clock, asio::wait_traits<clock>, home_executor> timer_;
    std::weak_ptr<cancel_request<home_executor>> request_;
    clock::time_point begun_{};
    clock::time_point deadline_{};
    clock::duration repeat_after_{};
    std::uint64_t drained_ = 0; // session::answered() while the abandoned call is at the head
    bool draining_ = false;     // the timer is set for it
    bool holding_ = false;      // it is cancelled, or will be
    bool request_ended_ = false;
};

} // namespace pgcoro
