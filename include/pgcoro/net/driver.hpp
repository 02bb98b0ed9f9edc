#pragma once

#include "../session/session.hpp"
#include "asio.hpp"
#include "deadline_watch.hpp"
#include "drain_watch.hpp"
#include "driver_handlers.hpp"
#include "read_pause.hpp"
#include "socket_reader.hpp"
#include "socket_writer.hpp"
#include "task.hpp"
#include "tls_client.hpp"
#include "tls_filter.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// Runs a session on a socket. Its one reader owns the socket's read side for the connection's
/// life; writing never waits for it nor it for writing. Everything here happens on the home
/// executor unless it says otherwise.
template <class Executor, class Threads>
class driver : public std::enable_shared_from_this<driver<Executor, Threads>>
{
public:
    using executor_type = Executor;
    using threads = Threads;
    using home_executor = typename Threads::template home<Executor>;
    using socket_type = asio::basic_stream_socket<asio::generic::stream_protocol, home_executor>;

    /// `cancel_timeout`: how long what a caller has left may still run; 0: no limit. `way`: how
    /// long it took to get here. `filter`: null for a connection without TLS; else `client` is what
    /// further connections begin with.
    driver(socket_type socket, session_settings settings, std::chrono::milliseconds cancel_timeout,
        std::chrono::steady_clock::duration way, std::unique_ptr<tls_filter> filter = {},
        std::shared_ptr<tls_client> client = {})
        : session_{settings},
          home_{socket.get_executor()},
          socket_{std::move(socket)},
          filter_{std::move(filter)},
          client_{std::move(client)},
          gss_{socket_.get_executor()},
          pause_{socket_.get_executor()},
          drain_{socket_.get_executor(), cancel_timeout, way},
          deadlines_{socket_.get_executor()}
    {
        socket_.non_blocking(true);
    }
    driver(driver const&) = delete;
    driver& operator=(driver const&) = delete;

    [[nodiscard]] session& state() noexcept { return session_; }
    [[nodiscard]] session const& state() const noexcept { return session_; }
    /// Any thread.
    [[nodiscard]] home_executor const& home() const noexcept { return home_; }

    /// Any thread: runs `what` on the home executor: in place where that is this thread's anyway.
    template <class Function>
    void at_home(Function&& what)
    {
        if constexpr (Threads::uses_strand)
            asio::dispatch(home(), errand{*this, task{std::forward<Function>(what)}});
        else
            what();
    }
    /// Any thread: the same, but never on a strand in place: for destructors. `what` must not
    /// write. Should memory run out, the connection is closed.
    template <class Function>
    void at_home_from_destructor(Function&& what) noexcept
    {
        try {
            if constexpr (Threads::uses_strand)
                at_home_later(std::forward<Function>(what));
            else
                what();
        } catch (...) {
            session_.lose(std::current_exception());
        }
    }
    /// Any thread: the same, but never in place: for cancellation handlers.
    template <class Function>
    void at_home_later(Function&& what)
    {
        asio::post(home(), errand{*this, task{std::forward<Function>(what)}});
    }

    void log_in(login_settings settings, std::unique_ptr<exchange> caller)
    {
        session_.log_in(std::move(settings), std::move(caller));
        settle();
        read_later();
    }

    /// A call starts. Its caller is never resumed from in here.
    void start(std::unique_ptr<exchange> call)
    {
        bool const quiet = session_.output().empty() && session_.quiet();
        if (call->deadline() != exchange::clock::time_point::max())
            deadlines_.add(*this, call->deadline());
        session_.start(std::move(call));
        settle(quiet);
    }

    /// The same from where nothing may be written: it leaves with the executor's next turn.
    void start_later(std::unique_ptr<exchange> call)
    {
        session_.start(std::move(call));
        settle();
    }

    /// The same, as soon as nobody owns the connection.
    void start_unowned(std::unique_ptr<exchange> call)
    {
        session_.start_unowned(std::move(call));
        settle();
    }

    /// Who hears what the server says unasked; null until somebody wants to.
    [[nodiscard]] std::shared_ptr<session_observer> const& observer() const noexcept
    {
        return observer_;
    }
    void observe(std::shared_ptr<session_observer> observer) noexcept
    {
        observer_ = std::move(observer);
        session_.observe(observer_.get());
    }

    void abandon(std::uint64_t id, std::exception_ptr reason, bool only_unwritten)
    {
        if (exchange* const closer = closing_.find(id)) {
            if (only_unwritten)
                return;
            closer->fail(std::move(reason));
            close(std::make_exception_ptr(connection_lost{"the connection was closed"}));
            return;
        }
        session_.abandon(id, std::move(reason), only_unwritten);
        drain_.look(*this);
        settle();
    }

    /// `what` runs once the connection is closed or lost, from the executor's queue.
    void when_closed(task what) noexcept { when_closed_ = std::move(what); }

    /// How long calls may take that don't say it themselves; 0: no limit. To be set before the
    /// first of them.
    void limit_calls(std::chrono::nanoseconds limit) noexcept { call_limit_ = limit; }
    [[nodiscard]] std::chrono::nanoseconds call_limit() const noexcept { return call_limit_; }

    /// What deadline_watch needs.
    void end_overdue(exchange::clock::time_point now)
    {
        while (exchange const* const late = session_.overdue(now))
            abandon(late->id(), late->too_late(), false);
    }

    void release_owner(owner_id id)
    {
        session_.release_owner(id);
        resume_reading();
    }

    /// Refuses further calls, and closes when those under way are through: then `done` finishes.
    /// While somebody owns the connection it is refused.
    void close_when_quiet(std::unique_ptr<exchange> done)
    {
        if (session_.owners().depth() != 0) {
            done->fail(std::make_exception_ptr(
                operation_in_progress{std::string{session_.owners().top_name()}}));
            session_.hand_back(std::move(done));
            return settle();
        }
        session_.refuse_calls();
        closing_.push_back(std::move(done));
        settle();
    }

    /// What exchange `id` sends has more now.
    void feed_again(std::uint64_t id)
    {
        session_.feed_again(id);
        settle(true);
    }

    /// Reading goes on after an owner had paused it.
    void resume_reading()
    {
        session_.resume();
        read_later();
    }

    /// What drain_watch needs.
    void look_at_drain()
    {
        drain_.look(*this);
        settle();
    }
    [[nodiscard]] auto peer(asio::error_code& error)
    {
        end_pause();
        return socket_.remote_endpoint(error);
    }
    /// Null if the connection is not encrypted.
    [[nodiscard]] std::shared_ptr<tls_client> const& encryption() const noexcept { return client_; }

    /// Ends the connection now: a goodbye if the socket takes it at once, and everything that is
    /// under way fails with `reason`.
    void close(std::exception_ptr reason)
    {
        session_.say_goodbye();
        pause_.end(*this);
        writer_.write_last(*this);
        session_.lose(std::move(reason));
        shut_socket();
        settle();
    }

    /// Any thread: whether the connection has not been lost or closed, as far as is known.
    [[nodiscard]] bool alive() const noexcept { return alive_; }

    /// Any thread. For a cancellation slot: see session::abandon.
    [[nodiscard]] std::uint64_t new_id() noexcept { return ++last_id_; }

private:
    friend driver_guard<driver>;
    friend socket_reader<driver>;
    friend socket_writer<driver>;
    friend read_pause<driver>;
    using step = driver_step<driver>;
    using errand = driver_errand<driver>;

    void drop_everything() noexcept
    {
        session_.observe(nullptr); // nobody is to be told
        session_.lose(
            std::make_exception_ptr(connection_lost{"the executor of the connection is gone"}));
        session_.drop_finished();
        if (observer_)
            observer_->dropped();
        exchange_list const dropped = std::move(closing_);
    }

    void read_later()
    {
        if (reader_.reading() || pause_.under_way() || session_.closed())
            return;
        if (session_.paused())
            return watch_later();
        try {
            reader_.begin(*this);
        } catch (...) {
            session_.lose(std::current_exception());
            settle();
        }
    }

    /// While reading is paused a handler of ours waits all the same: for the connection's end, and
    /// for that of the executor, which only a handler can learn of.
    void watch_later()
    {
        if (watching_)
            return;
        watching_ = true;
        socket_.async_wait(asio::socket_base::wait_error, step{*this, &driver::watch_turn});
    }

    void watch_turn(asio::error_code, std::size_t)
    {
        watching_ = false;
        if (session_.resume())
            read_later(); // what is left to be read, and then the end
    }

    /// One turn of the reader: takes what there is, hands over what is finished, and lets the calls
    /// that were made meanwhile leave together.
    void read_turn(asio::error_code error, std::size_t count)
    {
        reader_.ended();
        if (session_.closed())
            return;
        in_turn_ = true;
        std::uint64_t const answered = session_.answered();
        count = reader_.read(*this, error, count);
        end_turn();
        pause_reading(count, session_.answered() - answered);
        read_later();
    }

    /// More is about to come than has: if it is worth it, reading goes on in a moment.
    void pause_reading(std::size_t bytes, std::uint64_t answered)
    {
        if (pace_.is_slack(bytes, session_.in_flight()))
            return pace_.rest();
        auto const wait = pace_.after_read(
            std::chrono::steady_clock::now(), bytes, answered, session_.in_flight());
        if (wait.count() == 0 || !may_pause())
            return;
        try {
            pause_.begin(*this, wait);
        } catch (...) { // out of memory: it is read at once
        }
    }
    [[nodiscard]] bool may_pause() const
    {
        return !session_.closed() && !session_.paused() && !session_.feeding() &&
               reader_.emptied() && !reader_.reading() && !writer_.blocked();
    }

    void pause_turn(asio::error_code, std::size_t) { end_pause(); }

    /// What was called meanwhile is not written in place: whoever is already on the way to cancel
    /// the call before it must come first, and some of it may have to be held back.
    void end_pause()
    {
        if (!pause_.under_way())
            return;
        if (!pause_.end(*this))
            session_.lose(std::make_exception_ptr(
                connection_lost{"the connection was lost: the system does not watch its socket"}));
        settle();
        read_later();
    }

    /// A login by Kerberos needs a token of ours, which may take its time.
    void find_gss_token()
    {
        try {
            while (session_.has_gss_step()) {
                if (int const found = session_.begin_gss_step(); found >= 0) {
                    gss_.assign({AF_UNIX, 0}, found);
                    return gss_.async_wait(
                        asio::socket_base::wait_read, step{*this, &driver::gss_turn});
                }
                session_.end_gss_step();
            }
        } catch (...) {
            session_.lose(std::current_exception());
        }
    }

    void gss_turn(asio::error_code, std::size_t)
    {
        asio::error_code ignored;
        gss_.close(ignored);
        if (session_.closed())
            return;
        in_turn_ = true;
        try {
            session_.end_gss_step();
        } catch (...) {
            session_.lose(std::current_exception());
        }
        end_turn();
        read_later();
    }

    /// Behind what was read.
    void end_turn()
    {
        in_turn_ = false;
        if (session_.has_gss_step())
            find_gss_token();
        settle_in_place();
    }

    /// What a change of the session asks for, outside of the reader's turn: the finished calls are
    /// told later, output leaves at once if nothing else is under way, else with its fellows.
    void settle(bool write_now = false)
    {
        if (in_turn_)
            return;
        session_.start_owed();
        if (session_.closed())
            shut_socket();
        else if (write_now)
            writer_.write(*this);
        bool const waits_to_write = writer_.may_write(*this) && !session_.closed();
        if ((session_.has_finished() || waits_to_write || may_close()) && !settling_) {
            settling_ = true;
            asio::post(home(), step{*this, &driver::settle_turn});
        }
    }

    void write_turn(asio::error_code, std::size_t)
    {
        writer_.go_on(*this);
        settle();
    }

    void settle_turn(asio::error_code, std::size_t)
    {
        settling_ = false;
        settle_in_place();
    }

    /// The same where callers may be resumed. Those who finish meanwhile have to wait for the next
    /// turn: a caller that tries again for ever must not keep the executor to itself.
    void settle_in_place()
    {
        if (session_.closed())
            shut_socket(); // first: whoever asks is told that the connection is not alive
        in_turn_ = true;
        try {
            for (std::size_t count = session_.finished(); count != 0; --count)
                session_.finish_next();
            if (may_close()) {
                close(std::make_exception_ptr(connection_lost{"the connection was closed"}));
                while (!closing_.empty())
                    session::finish(closing_.pop_front());
            }
        } catch (...) {
            // A completion handler of the user's threw: that goes to whoever runs the executor.
            in_turn_ = false;
            settle();
            read_later();
            throw;
        }
        session_.start_owed();
        in_turn_ = false;
        drain_.look(*this);
        if (!session_.closed())
            writer_.write(*this);
        settle();
    }

    [[nodiscard]] bool may_close() const noexcept
    {
        return !closing_.empty() && (session_.quiet() || session_.closed());
    }

    void shut_socket() noexcept
    {
        alive_ = false;
        drain_.stop();
        deadlines_.stop();
        asio::error_code ignored;
        pause_.drop();
        if (socket_.is_open())
            socket_.close(ignored);
        if (gss_.is_open())
            gss_.close(ignored);
        if (when_closed_)
            tell_closed();
    }
    void tell_closed() noexcept
    {
        try {
            asio::post(home(), std::move(when_closed_));
        } catch (...) { // out of memory: whoever looks sees that the connection is not alive
        }
    }

    std::shared_ptr<session_observer> observer_;
    session session_;
    home_executor home_;
    socket_type socket_;
    std::unique_ptr<tls_filter> filter_; // null: the connection is not encrypted
    std::shared_ptr<tls_client> client_;
    task when_closed_;
    socket_type gss_;       // open while a token of Kerberos is waited for
    exchange_list closing_; // who waits for the connection's end
    template <class T>
    using shared = std::conditional_t<Threads::uses_strand, std::atomic<T>, T>;

    shared<std::uint64_t> last_id_{0};
    shared<bool> alive_{true};
    socket_reader<driver> reader_;
    socket_writer<driver> writer_;
    read_pause<driver> pause_;
    typename Threads::pace pace_;
    drain_watch<driver> drain_;
    deadline_watch<driver> deadlines_;
    std::chrono::nanoseconds call_limit_{};
    bool watching_ = false; // a wait for the socket's end is under way
    bool in_turn_ = false;  // what is started now leaves when the turn ends
    bool settling_ = false; // settle_in_place() is posted
};

} // namespace pgcoro
