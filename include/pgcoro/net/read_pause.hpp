#pragma once

#include "asio.hpp"
#include "driver_handlers.hpp"

#include <chrono>
#include <utility>

#include <unistd.h>

namespace pgcoro {

/// Leaves a socket unread for a moment, and unwatched: for a socket that Asio watches, whatever
/// comes wakes the thread, whether somebody reads or not. Meanwhile the driver's socket is not
/// open: nothing can be written.
template <class Driver>
class read_pause
{
public:
    using clock = std::chrono::steady_clock;

    explicit read_pause(typename Driver::home_executor const& home) : timer_{home} {}
    read_pause(read_pause const&) = delete;
    read_pause& operator=(read_pause const&) = delete;
    ~read_pause() { drop(); }

    [[nodiscard]] bool under_way() const noexcept { return held_ >= 0; }

    /// Of a driver that neither reads nor waits to write. Its pause_turn() hears of the end. Should
    /// the system refuse it there is no pause, nor if it throws.
    void begin(Driver& at, clock::duration length)
    {
        asio::error_code error;
        if (protocol_.family() == AF_UNSPEC) {
            protocol_ = at.socket_.local_endpoint(error).protocol();
            if (error)
                return;
        }
        timer_.expires_after(length);
        timer_.async_wait(driver_step<Driver>{at, &Driver::pause_turn});
        held_ = at.socket_.release(error);
    }

    /// The socket is the driver's again; false if there was no pause, or if the system refuses it:
    /// then it is closed.
    bool end(Driver& at) noexcept
    {
        if (!under_way())
            return false;
        asio::error_code error;
        try {
            timer_.cancel();
            at.socket_.assign(protocol_, held_, error);
        } catch (...) { // out of memory
            error = asio::error::no_memory;
        }
        if (error) {
            drop();
            return false;
        }
        held_ = -1;
        at.socket_.non_blocking(true, error);
        return true;
    }

    /// Closes the socket, if there is a pause.
    void drop() noexcept
    {
        if (under_way())
            ::close(std::exchange(held_, -1));
    }

private:
    asio::basic_waitable_timer<clock, asio::wait_traits<clock>, typename Driver::home_executor>
        timer_;
    asio::generic::stream_protocol protocol_{AF_UNSPEC, 0};
    int held_ = -1;
};

} // namespace pgcoro
