#pragma once

#include "../net/open_driver.hpp"
#include "../net/threads.hpp"
#include "close_call.hpp"
#include "options.hpp"
#include "row_stream.hpp"
#include "server_version.hpp"
#include "transaction.hpp"
#include "verbs.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace pgcoro {

/// One connection to a server. Calls may be made from any number of coroutines at once: they are
/// sent in the order in which they start and share round trips. Move-only; its destructor closes
/// it at once, without waiting.
template <class Executor = asio::any_io_executor, class Threads = single_threaded>
class basic_connection
    : public verbs<basic_connection<Executor, Threads>, driver<Executor, Threads>>
{
public:
    using executor_type = Executor;
    using driver_type = driver<Executor, Threads>;
    template <class T>
    using awaitable = asio::awaitable<T, Executor>;
    using transaction_type = basic_transaction<driver_type>;

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
            verbs<basic_connection, driver_type>::operator=(std::move(other));
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
    [[nodiscard]] std::uint32_t server_process_id() const noexcept { return process_id_; }

    /// Begins a transaction, which owns the connection until it ends. See basic_transaction.
    [[nodiscard]] awaitable<transaction_type> begin(transaction_options how = {})
    {
        return transaction_type::begin(share_driver(), how);
    }

    /// Runs `body(tx)`, which returns an awaitable, in a transaction: commits when it returns, and
    /// gives its result; rolls back when it throws, and rethrows. Cancelled, it rolls back.
    template <class Body>
    [[nodiscard]] auto transaction(transaction_options how, Body body)
    {
        return run_in(begin(how), std::move(body));
    }
    template <class Body>
    [[nodiscard]] auto transaction(Body body)
    {
        return run_in(begin(), std::move(body));
    }

    /// Rows as they arrive, a batch at a time, in constant memory. The stream owns the connection
    /// until it has ended or is dropped. See row_stream.
    template <class T = record, class... Arguments>
    [[nodiscard]] awaitable<row_stream<T, driver_type>> stream(
        std::string_view sql, Arguments const&... arguments)
    {
        return open_stream<T>(share_driver(), no_owner, sql, arguments...);
    }

    /// Waits for the calls that are under way, says goodbye and closes. Calls that are made
    /// meanwhile throw connection_lost. Closing a closed connection does nothing. Throws
    /// operation_in_progress while a transaction or stream owns the connection. Cancelled, it
    /// closes at once.
    [[nodiscard]] awaitable<void> close() { return close_driver(driver_); }

    /// Closes at once: whatever is under way throws connection_lost. Like moving and destroying,
    /// this changes the object itself: nobody else may be calling it on another thread.
    void terminate() noexcept
    {
        if (!driver_)
            return;
        auto const driver = std::move(driver_);
        driver->at_home_from_destructor([&closing = *driver] {
            closing.close(std::make_exception_ptr(connection_lost{"the connection was closed"}));
        });
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
            if (state.closed() || (state.quiet() && state.status() == transaction_status::idle))
                return;
            auto undo = std::make_unique<exchange>(
                request{request::protocol::simple, "ROLLBACK"}, no_owner);
            undo->must_end_idle();
            home.start_later(std::move(undo));
        });
    }

    /// Null if there is none any more.
    [[nodiscard]] std::shared_ptr<driver_type> share_driver() const noexcept { return driver_; }
    [[nodiscard]] static constexpr owner_id owner() noexcept { return no_owner; }
    [[nodiscard]] awaitable<std::unique_ptr<call<driver_type>>> run_call(
        std::unique_ptr<call<driver_type>> what) const
    {
        return run(share_driver(), std::move(what));
    }

private:
    std::shared_ptr<driver_type> driver_;
    pgcoro::server_version version_;
    std::uint32_t process_id_ = 0;
};

} // namespace pgcoro
