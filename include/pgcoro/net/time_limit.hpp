#pragma once

#include "../core/share.hpp"
#include "asio.hpp"
#include "task.hpp"

#include <chrono>
#include <memory>

namespace pgcoro {

/// Closes a socket if the deadline comes before this object's end: what the socket is waiting for
/// ends with operation_aborted then.
template <class Executor>
class time_limit
{
public:
    using socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;

    time_limit(socket& what, std::chrono::steady_clock::time_point deadline)
        : timer_{what.get_executor(), deadline}, shared_{share<state>()}
    {
        shared_->closes = &what;
        timer_.async_wait(task{[shared = shared_](asio::error_code cancelled) {
            // It may be on its way already when the timer is cancelled.
            if (cancelled || shared->closes == nullptr)
                return;
            shared->passed = true;
            shared->closes->close(cancelled);
        }});
    }
    time_limit(time_limit const&) = delete;
    time_limit& operator=(time_limit const&) = delete;
    ~time_limit() { shared_->closes = nullptr; }

    /// The deadline came.
    [[nodiscard]] bool passed() const noexcept { return shared_->passed; }

private:
    struct state
    {
        socket* closes = nullptr;
        bool passed = false;
    };

    asio::basic_waitable_timer<std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>, Executor>
        timer_;
    std::shared_ptr<state> shared_;
};

} // namespace pgcoro
