#pragma once

#include "../core/error.hpp"
#include "../protocol/notification.hpp"
#include "resumption.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace pgcoro {

/// More notifications came than a listener's queue holds: the newest were dropped. Thrown by next()
/// in the place where they would have been; the listener goes on.
class notifications_lost : public error
{
public:
    explicit notifications_lost(std::string const& channel, std::uint64_t count)
        : error{make_error_code(errc::notifications_lost),
              std::to_string(count) + (count == 1 ? " notification" : " notifications") +
                  " of channel \"" + channel +
                  "\" came faster than they were taken, and were dropped"},
          count_{count}
    {}
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

private:
    std::uint64_t count_;
};

/// What a listener shares with the connection: its queue, and who waits. Lives on the connection's
/// home executor.
template <class Driver>
class listening
{
public:
    using waiter = numbered_resumption<notification, Driver>;

    listening(std::shared_ptr<Driver> driver, std::string channel, std::size_t capacity)
        : driver_{std::move(driver)}, channel_{std::move(channel)}, capacity_{capacity}
    {}

    [[nodiscard]] Driver& connection() const noexcept { return *driver_; }
    [[nodiscard]] std::string const& channel() const noexcept { return channel_; }

    // ---- for the connection

    void arrived(notification const& message)
    {
        if (waiter_) {
            waiter caller = std::move(waiter_);
            caller.complete_later(driver_->home(), nullptr, message);
        } else if (queue_.size() >= capacity_) {
            ++lost_;
        } else {
            queue_.push_back({message, std::exchange(lost_, 0)});
        }
    }
    /// Nothing more will come.
    void ended(std::exception_ptr reason)
    {
        error_ = std::move(reason);
        leave(error_);
    }
    /// The executor is going away, and who waits with it.
    void drop_waiter() noexcept { waiter const dropped = std::move(waiter_); }

    // ---- for the listener

    void next(waiter caller)
    {
        if (waiter_)
            return fail(std::move(caller),
                std::make_exception_ptr(operation_in_progress{"a listener's next()"}));
        std::uint64_t& lost = queue_.empty() ? lost_ : queue_.front().lost_before;
        if (lost != 0) {
            auto const count = std::exchange(lost, 0);
            return fail(
                std::move(caller), std::make_exception_ptr(notifications_lost{channel_, count}));
        }
        if (!queue_.empty()) {
            notification first = std::move(queue_.front().message);
            queue_.pop_front();
            return caller.complete_later(driver_->home(), nullptr, std::move(first));
        }
        if (error_)
            return fail(std::move(caller), error_);
        waiter_ = std::move(caller);
    }
    /// Whoever waits in next() goes away; the listener goes on.
    void leave(std::exception_ptr reason, std::uint64_t number = 0)
    {
        if (waiter_.is(number))
            fail(std::move(waiter_), std::move(reason));
    }

private:
    struct queued
    {
        notification message;
        std::uint64_t lost_before = 0;
    };

    void fail(waiter caller, std::exception_ptr reason)
    {
        caller.complete_later(driver_->home(), std::move(reason), {});
    }

    std::shared_ptr<Driver> driver_;
    std::string channel_;
    std::size_t capacity_;
    std::deque<queued> queue_;
    std::uint64_t lost_ = 0; // behind all that is queued
    std::exception_ptr error_;
    waiter waiter_;
};

} // namespace pgcoro
