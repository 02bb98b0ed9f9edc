#pragma once

#include "../core/backoff.hpp"
#include "connect.hpp"
#include "needs_session.hpp"
#include "notifications.hpp"
#include "retry.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// What a listener hears: a notification, or that some may have been missed.
struct listener_event
{
    notification message; ///< empty if some may have been missed
    /// Null, or why: what the connection was lost with, or notifications_lost. By now the listener
    /// listens again: whatever state is kept up by notifications should be read anew.
    std::exception_ptr missed;
};

/// How long a listener waits between attempts to connect, and what it keeps.
struct listener_options
{
    std::chrono::milliseconds first_delay{100}; ///< doubled each time, up to a half less by chance
    std::chrono::milliseconds longest_delay{10'000};
    std::size_t capacity = 4096; ///< notifications that may wait to be taken
};

/// Notifications of any number of channels, over a connection of its own. When that is lost another
/// one is made, for as long as it takes, and listens to the same channels; next() then says that
/// there was a gap. For one coroutine at a time. Move-only; its end closes the connection.
///
///     pg::listener events{co_await asio::this_coro::executor, options};
///     co_await events.listen("orders");
///     for (;;) {
///         auto const event = co_await events.next();
///         if (event.missed) …read all orders… else …event.message.payload…
///     }
///
/// https://www.postgresql.org/docs/current/sql-listen.html
template <class Connection>
class basic_listener
{
public:
    using executor_type = typename Connection::executor_type;
    template <class T>
    using awaitable = asio::awaitable<T, executor_type>;

    /// Nothing is done yet.
    basic_listener(executor_type executor, options to, listener_options how = {})
        : state_{std::make_unique<state>(std::move(executor), std::move(to), how)}
    {}

    /// Listens to one more channel. Connects, if it hasn't yet: only once, and throws what that
    /// failed with. Throws encode_error for a name that does not have 1 to 63 bytes. Cancelled, it
    /// does not listen.
    [[nodiscard]] awaitable<void> listen(std::string_view channel)
    {
        return listen(*state_, std::string{channel});
    }

    /// The next event. Waits, for as long as it takes, for notifications and for a connection; but
    /// throws what the first attempt to connect failed with. Cancelled, it throws operation_aborted
    /// and has taken nothing.
    [[nodiscard]] awaitable<listener_event> next() { return next(*state_); }

    /// The connection; closed while there is none. For statements of one's own, and settings: they
    /// are gone with it.
    [[nodiscard]] Connection& connection() noexcept { return state_->connection; }

    /// Says goodbye. next() would connect again.
    [[nodiscard]] awaitable<void> close()
    {
        state_->ever_connected = false;
        return state_->connection.close();
    }

private:
    using driver = typename Connection::driver_type;

    struct state
    {
        state(executor_type executor, options where, listener_options how)
            : to{std::move(where)}, settings{how}, timer{std::move(executor)}
        {}

        options to;
        listener_options settings;
        std::vector<std::string> channels;
        Connection connection;
        std::shared_ptr<listening<driver>> heard; // of this connection
        std::exception_ptr why;                   // the last one was lost
        bool ever_connected = false;
        asio::basic_waitable_timer<std::chrono::steady_clock,
            asio::wait_traits<std::chrono::steady_clock>, executor_type>
            timer;
    };

    static awaitable<void> listen(state& self, std::string channel)
    {
        check_channel(channel);
        if (!self.connection.is_open() && !self.ever_connected)
            co_await open(self);
        if (self.connection.is_open())
            co_await begin(self.connection, self.heard, channel);
        self.channels.push_back(std::move(channel));
    }

    static awaitable<listener_event> next(state& self)
    {
        listener_event event;
        for (;;) {
            if (!self.connection.is_open() && drained(self)) {
                if (self.ever_connected) {
                    co_await open_again(self);
                    event.missed = std::exchange(self.why, nullptr);
                    co_return event;
                }
                co_await open(self);
            }
            try {
                event.message = co_await wait_on<driver, notification>(self.heard,
                    [](listening<driver>& from, typename listening<driver>::waiter caller) {
                        from.next(std::move(caller));
                    });
                co_return event;
            } catch (notifications_lost const&) {
                event.missed = std::current_exception();
                co_return event;
            } catch (error const&) {
                if (self.connection.is_open())
                    throw; // next() of another coroutine
                self.why = std::current_exception();
            }
        }
    }
    /// What came before the connection was lost is heard first: then next() throws the reason.
    [[nodiscard]] static bool drained(state const& self) noexcept
    {
        return !self.heard || !self.ever_connected || self.why;
    }

    static awaitable<void> open(state& self)
    {
        auto made = co_await connect<Connection>(self.to);
        auto const heard = std::make_shared<listening<driver>>(
            made.share_driver(), std::string{}, self.settings.capacity);
        for (std::size_t i = 0; i < self.channels.size(); ++i)
            co_await begin(made, heard, self.channels[i]);
        self.connection = std::move(made);
        self.heard = heard;
        self.ever_connected = true;
        self.why = nullptr;
    }
    static awaitable<void> open_again(state& self)
    {
        auto const why = self.why;
        for (std::uint32_t attempt = 1;; ++attempt) {
            try {
                co_await open(self);
                self.why = why;
                co_return;
            } catch (error const&) { // for now
            } catch (std::system_error const& problem) {
                if (problem.code() == asio::error::operation_aborted)
                    throw;
            }
            self.timer.expires_after(backoff_delay(self.settings.first_delay,
                self.settings.longest_delay, attempt, some_noise(&self)));
            co_await self.timer.async_wait(asio::use_awaitable_t<executor_type>{});
        }
    }
    static awaitable<void> begin(
        Connection& on, std::shared_ptr<listening<driver>> heard, std::string const& channel)
    {
        if (std::exception_ptr const refusal = needs_session(on.share_driver(), "LISTEN"))
            std::rethrow_exception(refusal);
        on.share_driver()->at_home([heard, channel] {
            if (!heard->connection().state().closed())
                events<driver>::of(heard->connection()).add(heard, channel);
        });
        std::string const sql = "LISTEN " + quote_identifier(channel);
        co_await on.execute(sql);
    }

    std::unique_ptr<state> state_;
};

using listener = basic_listener<connection>;
using thread_safe_listener = basic_listener<thread_safe_connection>;

} // namespace pgcoro
