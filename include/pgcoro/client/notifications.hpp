#pragma once

#include "../core/quoting.hpp"
#include "call.hpp"
#include "events.hpp"
#include "needs_session.hpp"
#include "wait_on.hpp"

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Notifications of one channel, as they come; made by basic_connection::listen(). Up to its
/// capacity they wait here to be taken; what comes beyond that is dropped, and counted: next() says
/// so in its place. Move-only. Its destructor ends it without waiting: if it was the connection's
/// last of the channel an UNLISTEN goes out at once, or when the open transaction has ended.
/// https://www.postgresql.org/docs/current/sql-listen.html
template <class Driver>
class basic_notifications
{
public:
    basic_notifications() noexcept = default;
    explicit basic_notifications(std::shared_ptr<listening<Driver>> state)
        : state_{std::move(state)}
    {}
    basic_notifications(basic_notifications&&) noexcept = default;
    basic_notifications& operator=(basic_notifications&& other) noexcept
    {
        if (this != &other) {
            abandon();
            state_ = std::move(other.state_);
        }
        return *this;
    }
    ~basic_notifications() { abandon(); }

    /// The next notification, as soon as there is one. Throws notifications_lost where some were
    /// dropped, and then goes on; once all that came was taken, connection_lost if the connection
    /// is. One call at a time: a second throws operation_in_progress. Cancelled, it throws
    /// operation_aborted and has taken nothing.
    [[nodiscard]] asio::awaitable<notification, typename Driver::executor_type> next()
    {
        if (!state_)
            throw connection_lost{"the listener is empty or was moved from"};
        return wait_on<Driver, notification>(
            state_, [](listening<Driver>& state, typename listening<Driver>::waiter caller) {
                state.next(std::move(caller));
            });
    }

    /// Empty if the listener is, or was moved from.
    [[nodiscard]] std::string_view channel() const noexcept
    {
        return state_ ? std::string_view{state_->channel()} : std::string_view{};
    }

private:
    void abandon() noexcept
    {
        if (!state_)
            return;
        auto const state = std::move(state_);
        Driver& home = state->connection();
        home.at_home_from_destructor([state, &home] {
            if (home.state().closed() || !events<Driver>::of(home).remove(*state))
                return;
            home.start_unowned(
                std::make_unique<exchange>(request{request::protocol::simple,
                                               "UNLISTEN " + quote_identifier(state->channel())},
                    no_owner));
        });
    }

    std::shared_ptr<listening<Driver>> state_;
};

/// The server cuts longer names off without a word, and then tells of the shorter one.
inline constexpr std::size_t longest_channel_name = 63;
inline void check_channel(std::string const& channel)
{
    if (channel.empty() || channel.size() > longest_channel_name)
        throw encode_error{"a channel's name has 1 to 63 bytes, not " +
                           std::to_string(channel.size()) + ": \"" + channel + '"'};
}

template <class Driver>
[[nodiscard]] asio::awaitable<basic_notifications<Driver>, typename Driver::executor_type>
open_notifications(std::shared_ptr<Driver> driver, std::string channel, std::size_t capacity)
{
    check_channel(channel);
    if (std::exception_ptr const refusal = needs_session(driver, "LISTEN"))
        std::rethrow_exception(refusal);
    auto made = std::make_unique<call<Driver>>(
        request{request::protocol::simple, "LISTEN " + quote_identifier(channel)}, no_owner);
    basic_notifications<Driver> opened;
    if (driver) {
        auto const state =
            std::make_shared<listening<Driver>>(driver, std::move(channel), capacity);
        opened = basic_notifications<Driver>{state};
        // Before the LISTEN: its destructor undoes it, and no other's UNLISTEN comes between.
        driver->at_home([state] {
            if (!state->connection().state().closed())
                events<Driver>::of(state->connection()).add(state);
        });
    }
    co_await run(std::move(driver), std::move(made));
    co_return opened;
}

} // namespace pgcoro
