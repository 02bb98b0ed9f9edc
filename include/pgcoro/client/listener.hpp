#pragma once

#include "../core/backoff.hpp"
#include "connect.hpp"
#include "needs_session.hpp"
#include "notifications.hpp"
#include "retry.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
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
/// there was a gap. next() is for one coroutine at a time; while it waits others of the same thread
/// or strand may call listen() and unlisten(). Move-only; its end closes the connection.
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

    /// Listens to one more channel: at once, or as soon as there is a connection again. Connects,
    /// if it hasn't yet: only once, and throws what that failed with. Throws encode_error for a
    /// name that does not have 1 to 63 bytes. Cancelled, it does not listen.
    [[nodiscard]] awaitable<void> listen(std::string_view channel)
    {
        return listen(*state_, std::string{channel});
    }

    /// Listens to it no longer; nothing is done if it does not. What has come already is still
    /// heard. Throws what the server refuses UNLISTEN with; a connection that is lost meanwhile is
    /// no error. Cancelled or refused, too, it hears no more of the channel.
    [[nodiscard]] awaitable<void> unlisten(std::string_view channel)
    {
        return unlisten(*state_, std::string{channel});
    }

    /// What it listens to, or will as soon as it is connected. The reference is the listener's, and
    /// changes with it.
    [[nodiscard]] std::vector<std::string> const& channels() const noexcept
    {
        return state_->channels;
    }

    /// The next event. Waits, for as long as it takes, for notifications and for a connection; but
    /// throws what the first attempt to connect failed with, and operation_in_progress while
    /// another coroutine waits in next() or listen() is connecting. Cancelled, it throws
    /// operation_aborted and has taken nothing.
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
        bool connecting = false;
        asio::basic_waitable_timer<std::chrono::steady_clock,
            asio::wait_traits<std::chrono::steady_clock>, executor_type>
            timer;
    };

    static awaitable<void> listen(state& self, std::string channel)
    {
        check_channel(channel);
        if (std::ranges::find(self.channels, channel) != self.channels.end())
            co_return;
        self.channels.push_back(channel);
        try {
            if (self.connection.is_open())
                co_await begin(self.connection, self.heard, {&channel, 1});
            else if (!self.ever_connected && !self.connecting)
                co_await open(self);
        } catch (error const&) {
            if (self.connection.is_open() || !self.ever_connected) {
                std::erase(self.channels, channel);
                throw;
            } // else it was lost: the next one listens
        } catch (...) {
            std::erase(self.channels, channel);
            throw;
        }
    }

    static awaitable<void> unlisten(state& self, std::string channel)
    {
        if (std::erase(self.channels, channel) == 0 || !self.connection.is_open())
            co_return;
        try {
            co_await end(self.connection, self.heard, channel);
        } catch (error const&) {
            if (self.connection.is_open())
                throw;
        }
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
        if (self.connecting)
            throw operation_in_progress{"a listener's connecting"};
        self.connecting = true;
        std::unique_ptr<bool, void (*)(bool*)> const until{
            &self.connecting, [](bool* done) { *done = false; }};
        auto made = co_await connect<Connection>(self.to);
        auto const heard = std::make_shared<listening<driver>>(
            made.share_driver(), std::string{}, self.settings.capacity);
        co_await catch_up(self, made, heard);
        self.connection = std::move(made);
        self.heard = heard;
        self.ever_connected = true;
        self.why = nullptr;
    }
    /// Makes a new connection listen to the channels, though they change meanwhile.
    static awaitable<void> catch_up(
        state& self, Connection& on, std::shared_ptr<listening<driver>> heard)
    {
        std::vector<std::string> begun;
        for (;;) {
            std::vector<std::string> const missing = without(self.channels, begun);
            std::vector<std::string> const unwanted = without(begun, self.channels);
            if (!missing.empty())
                co_await begin(on, heard, missing);
            else if (!unwanted.empty())
                co_await end(on, heard, unwanted.front());
            else
                co_return;
            begun.insert(begun.end(), missing.begin(), missing.end());
            if (missing.empty())
                std::erase(begun, unwanted.front());
        }
    }
    [[nodiscard]] static std::vector<std::string> without(
        std::vector<std::string> const& from, std::vector<std::string> const& those)
    {
        std::vector<std::string> rest;
        for (std::string const& each : from)
            if (std::ranges::find(those, each) == those.end())
                rest.push_back(each);
        return rest;
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
    /// In one round trip. `names` outlive it.
    static awaitable<void> begin(Connection& on, std::shared_ptr<listening<driver>> heard,
        std::span<std::string const> names)
    {
        if (std::exception_ptr const refusal = needs_session(on.share_driver(), "LISTEN"))
            std::rethrow_exception(refusal);
        std::vector<std::string> const channels{names.begin(), names.end()};
        std::string sql;
        for (std::string const& each : channels)
            sql += "LISTEN " + quote_identifier(each) + ';';
        at_home(on, heard, channels, true);
        try {
            co_await on.execute(sql);
        } catch (...) {
            at_home(on, heard, channels, false);
            throw;
        }
    }
    static awaitable<void> end(
        Connection& on, std::shared_ptr<listening<driver>> heard, std::string channel)
    {
        at_home(on, heard, {channel}, false);
        std::string const sql = "UNLISTEN " + quote_identifier(channel);
        co_await on.execute(sql);
    }
    /// Whether what comes of these channels is heard.
    static void at_home(Connection& on, std::shared_ptr<listening<driver>> heard,
        std::vector<std::string> channels, bool hear)
    {
        on.share_driver()->at_home([heard, channels = std::move(channels), hear] {
            if (heard->connection().state().closed())
                return;
            auto& all = events<driver>::of(heard->connection());
            for (std::string const& each : channels)
                if (hear)
                    all.add(heard, each);
                else
                    all.remove(*heard, each);
        });
    }

    std::unique_ptr<state> state_;
};

using listener = basic_listener<connection>;
using thread_safe_listener = basic_listener<thread_safe_connection>;

} // namespace pgcoro
