#pragma once

#include "../net/open_driver.hpp"
#include "../net/threads.hpp"
#include "advisory_lock.hpp"
#include "close_call.hpp"
#include "connection_verbs.hpp"
#include "notifications.hpp"
#include "options.hpp"
#include "retry.hpp"
#include "server_version.hpp"
#include "transaction.hpp"
#include "within.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// One connection to a server. Calls may be made from any number of coroutines at once: they are
/// sent in the order in which they start and share round trips. Move-only; its destructor closes
/// it at once, without waiting.
template <class Executor = asio::any_io_executor, class Threads = single_threaded>
class basic_connection
    : public connection_verbs<basic_connection<Executor, Threads>, driver<Executor, Threads>>
{
public:
    using executor_type = Executor;
    using driver_type = driver<Executor, Threads>;
    template <class T>
    using awaitable = asio::awaitable<T, Executor>;
    using transaction_type = basic_transaction<driver_type>;
    using advisory_lock_type = basic_advisory_lock<driver_type>;
    using notifications_type = basic_notifications<driver_type>;

    /// No connection: calls throw connection_lost.
    basic_connection() noexcept = default;
    /// For connect(): a connection over a driver that has logged in.
    explicit basic_connection(std::shared_ptr<driver_type> driver)
        : driver_{std::move(driver)},
          version_{pgcoro::server_version::parse(driver_->state().parameter("server_version"))},
          process_id_{driver_->state().backend_key().process_id}
    {}
    basic_connection(basic_connection&&) noexcept = default;
    basic_connection& operator=(basic_connection&& other) noexcept
    {
        if (this != &other) {
            terminate();
            connection_verbs<basic_connection, driver_type>::operator=(std::move(other));
            driver_ = std::move(other.driver_);
            version_ = std::move(other.version_);
            process_id_ = other.process_id_;
        }
        return *this;
    }
    ~basic_connection() { terminate(); }

    /// Whether the connection has not been lost or closed, as far as is known here.
    [[nodiscard]] bool is_open() const noexcept { return driver_ && driver_->alive(); }

    [[nodiscard]] pgcoro::server_version const& server_version() const noexcept { return version_; }
    /// The process that serves the connection: pg_backend_pid().
    [[nodiscard]] std::uint32_t server_pid() const noexcept { return process_id_; }

    /// A setting that the server reports without being asked, as it is now: server_version,
    /// TimeZone, DateStyle, client_encoding, application_name…; empty if it is none of these.
    /// Lives until the next call. (Of a thread_safe_connection, ask the server: SHOW.)
    /// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-ASYNC
    [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept
        requires(!Threads::uses_strand)
    {
        return driver_ ? driver_->state().parameter(name) : std::string_view{};
    }
    /// All of them.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> settings() const
        requires(!Threads::uses_strand)
    {
        return driver_ ? driver_->state().parameters() : decltype(settings()){};
    }
    /// Whether a transaction is open, failed ones and those begun by hand included, as of the last
    /// call that was answered.
    [[nodiscard]] bool is_in_transaction() const noexcept requires(!Threads::uses_strand)
    {
        return driver_ && driver_->state().status() != transaction_status::idle;
    }

    /// Begins a transaction, which owns the connection until it ends. See basic_transaction. Throws
    /// transaction_lost if one that was begun by hand is still open, operation_in_progress while
    /// another transaction or a stream owns the connection. Cancelled, it leaves none open.
    /// https://www.postgresql.org/docs/current/sql-begin.html
    [[nodiscard]] awaitable<transaction_type> begin(transaction_options how = {})
    {
        return transaction_type::begin(share_driver(), std::move(how));
    }

    /// Runs `body(tx)`, which returns an awaitable, in a transaction: commits when it returns, and
    /// gives its result; rolls back when it throws, and rethrows. Cancelled, it rolls back. Throws
    /// besides what begin() and commit() do.
    template <class Body>
    [[nodiscard]] auto transaction(transaction_options how, Body body)
    {
        return run_in(begin(std::move(how)), std::move(body));
    }
    template <class Body>
    [[nodiscard]] auto transaction(Body body)
    {
        return run_in(begin(), std::move(body));
    }
    /// The same, begun anew as often as `how` says when the server gives the transaction up for the
    /// sake of others. The body must bear being run again. Throws what the last try did.
    template <class Body>
    [[nodiscard]] auto transaction(retry how, Body body)
    {
        return run_again(share_driver(), std::move(how), std::move(body));
    }

    /// Ends what prepare_transaction() made ready, here or elsewhere. Once started they run, even
    /// if the caller is cancelled. Throws undefined_object if there is none of that id.
    /// https://www.postgresql.org/docs/current/sql-commit-prepared.html
    [[nodiscard]] awaitable<void> commit_prepared(std::string_view id)
    {
        return end_prepared(share_driver(), "COMMIT PREPARED ", id);
    }
    [[nodiscard]] awaitable<void> rollback_prepared(std::string_view id)
    {
        return end_prepared(share_driver(), "ROLLBACK PREPARED ", id);
    }

    /// Waits for the advisory lock `key` of the database and holds it until the object that it
    /// gives ends, across transactions. Taken twice by one connection it must be given back twice.
    /// Throws operation_in_progress while a transaction or stream owns the connection. Cancelled,
    /// it holds nothing: a lock that the server gives all the same is given back.
    /// https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
    [[nodiscard]] awaitable<advisory_lock_type> advisory_lock(
        std::int64_t key, lock_mode mode = lock_mode::exclusive)
    {
        return take_advisory_lock(share_driver(), key, mode, true);
    }
    /// The same without waiting: gives an empty object, which is false, if others hold the lock.
    [[nodiscard]] awaitable<advisory_lock_type> try_advisory_lock(
        std::int64_t key, lock_mode mode = lock_mode::exclusive)
    {
        return take_advisory_lock(share_driver(), key, mode, false);
    }

    /// From now on `by` hears of every statement; null ends it. For all connections, pools'
    /// included, see options::trace(). Without a tracer it costs nothing. Throws connection_lost if
    /// there is no connection.
    void trace(std::shared_ptr<tracer> by)
    {
        if (!driver_)
            throw connection_lost{"the connection is closed, empty or moved from"};
        driver_->at_home([&home = *driver_, by = std::move(by)]() mutable {
            events<driver_type>::of(home).trace(std::move(by));
        });
    }

    /// Asks the server for nothing, and waits for its answer: throws if the connection is lost, or
    /// while a transaction or stream owns it. Errors and cancelling as with verbs.
    [[nodiscard]] awaitable<void> ping()
    {
        return only_run(share_driver(),
            std::make_unique<call<driver_type>>(request{request::protocol::simple, {}}, no_owner));
    }

    /// What asyncpg calls reset: gives back all advisory locks, closes held cursors, and resets all
    /// settings; objects that stand for them find them gone. Temporary tables and LISTENs stay.
    /// Throws operation_in_progress while a transaction or stream owns the connection.
    /// https://www.postgresql.org/docs/current/sql-reset.html
    [[nodiscard]] awaitable<void> reset()
    {
        return only_run(
            share_driver(), std::make_unique<call<driver_type>>(
                                request{request::protocol::simple,
                                    "SELECT pg_advisory_unlock_all(); CLOSE ALL; RESET ALL"},
                                no_owner));
    }

    /// Notifications of a channel, as they come, on an idle connection too: see
    /// basic_notifications. Any number of listeners may share a channel. The name keeps its case,
    /// as a quoted one does. `capacity`: how many may wait to be taken. Throws
    /// operation_in_progress while a transaction or stream owns the connection, encode_error for a
    /// name that does not have 1 to 63 bytes. Cancelled, nobody listens.
    /// https://www.postgresql.org/docs/current/sql-listen.html
    [[nodiscard]] awaitable<notifications_type> listen(
        std::string_view channel, std::size_t capacity = 4096)
    {
        return open_notifications(share_driver(), std::string{channel}, capacity);
    }

    /// `handler(server_message const&)` is called with each notice and warning from now on, one
    /// after the other, on the connection's executor; what it throws goes to whoever runs that. It
    /// may outlive the connection. An empty handler ends it. Without one they are dropped. A pool's
    /// connection forgets it when it is given back. Throws connection_lost if there is no
    /// connection.
    /// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-ASYNC
    void on_notice(notice_handler handler)
    {
        set_handler(&events<driver_type>::on_notice, std::move(handler));
    }

    /// The same for settings that the server reports (see parameter()): `handler(name, value)`
    /// hears of each that has another value.
    /// https://www.postgresql.org/docs/current/libpq-status.html#LIBPQ-PQPARAMETERSTATUS
    void on_parameter(parameter_handler handler)
    {
        set_handler(&events<driver_type>::on_parameter, std::move(handler));
    }

    /// The same for the connection's end: `handler(std::exception_ptr)` is called once, with the
    /// reason: connection_lost, which has the server's last words if there were any. If it has
    /// ended already, that is told.
    void on_termination(termination_handler handler)
    {
        set_handler(&events<driver_type>::on_termination, std::move(handler));
    }

    /// Waits for the calls that are under way, says goodbye and closes. Calls that are made
    /// meanwhile throw connection_lost. Closing a closed connection does nothing. Throws
    /// operation_in_progress while a transaction or stream owns the connection. Cancelled, it
    /// closes at once.
    [[nodiscard]] awaitable<void> close() { return close_driver(driver_); }
    /// The same for no longer than `limit`: then it closes at once, and throws timeout_error. See
    /// within().
    template <class Rep, class Period>
    [[nodiscard]] awaitable<void> close(std::chrono::duration<Rep, Period> limit)
    {
        return within(limit, close());
    }

    /// Closes at once: whatever is under way throws connection_lost. Like moving and destroying,
    /// this changes the object itself: nobody else may be calling it on another thread.
    void terminate() noexcept
    {
        if (!driver_)
            return;
        close_at_once(*std::exchange(driver_, nullptr));
    }

    /// For pools: gives up what its user left open. An open transaction is rolled back at once;
    /// calls made from now on run behind that.
    void clean_up() noexcept
    {
        if (!driver_)
            return;
        auto const driver = driver_;
        driver->at_home_from_destructor([&home = *driver] {
            session& state = home.state();
            state.release_all_owners();
            home.resume_reading();
            if (home.observer())
                events<driver_type>::of(home).on_notice(nullptr);
            if (state.closed() || (state.quiet() && state.status() == transaction_status::idle))
                return;
            auto undo = std::make_unique<exchange>(
                request{request::protocol::simple, "ROLLBACK"}, no_owner);
            undo->must_end_idle();
            undo->roll_back();
            home.start_later(std::move(undo));
        });
    }

    // ---- for the verbs

    /// Null if there is none any more.
    [[nodiscard]] std::shared_ptr<driver_type> share_driver() const noexcept { return driver_; }
    [[nodiscard]] static constexpr owner_id owner() noexcept { return no_owner; }
    template <class Call>
    [[nodiscard]] awaitable<typename Call::result_type> run_call(
        std::unique_ptr<call<driver_type>> what) const
    {
        return run_for<Call>(share_driver(), std::move(what));
    }

private:
    template <class Handler>
    void set_handler(void (events<driver_type>::*on)(Handler), Handler handler)
    {
        if (!driver_)
            throw connection_lost{"the connection is closed, empty or moved from"};
        driver_->at_home([&home = *driver_, on, handler = std::move(handler)]() mutable {
            (events<driver_type>::of(home).*on)(std::move(handler));
        });
    }
    std::shared_ptr<driver_type> driver_;
    pgcoro::server_version version_;
    std::uint32_t process_id_ = 0;
};

} // namespace pgcoro
