#pragma once

#include "call.hpp"
#include "wait_on.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace pgcoro {

/// What a stream and its exchange share. Lives on the connection's home executor. The collector
/// gathers what arrives until it is taken: its `batch_type`, by take().
template <class Collector, class Driver>
class stream_state : public std::enable_shared_from_this<stream_state<Collector, Driver>>
{
public:
    using batch = std::optional<typename Collector::batch_type>;
    using waiter = numbered_resumption<batch, Driver>;

    stream_state(std::shared_ptr<Driver> driver, std::uint64_t id)
        : driver_{std::move(driver)}, id_{id}
    {}

    [[nodiscard]] Driver& connection() const noexcept { return *driver_; }
    /// Of the stream as an owner, and of its exchange.
    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

    // ---- for the exchange

    [[nodiscard]] Collector& collector() noexcept { return collector_; }
    /// So much was added to what is collected. Gives whether enough is waiting to be taken.
    [[nodiscard]] bool added(std::size_t bytes)
    {
        bytes_ += bytes;
        answer_later();
        return bytes_ >= enough;
    }
    void ended(std::exception_ptr error)
    {
        over_ = true;
        if (closer_)
            std::exchange(closer_, {}).complete_later(driver_->home(), error, {});
        if (std::exchange(ended_, true))
            return;
        error_ = std::move(error);
        answer_later();
    }
    /// The connection is gone without a word, and the executor with it: so is who waits.
    void drop_waiter() noexcept
    {
        waiter const dropped = std::move(waiter_);
        waiter const closing = std::move(closer_);
    }

    // ---- for the stream

    void next(waiter caller)
    {
        if (waiter_)
            return caller.complete_later(driver_->home(),
                std::make_exception_ptr(operation_in_progress{"a stream's next()"}), {});
        waiter_ = std::move(caller);
        answer_later();
    }

    /// Whoever waits in next() or close() goes away; the stream goes on.
    void leave(std::exception_ptr reason, std::uint64_t number = 0)
    {
        for (waiter* each : {&waiter_, &closer_})
            if (each->is(number))
                std::exchange(*each, {}).complete_later(driver_->home(), reason, {});
    }

    void abandon()
    {
        auto const dropped = std::make_exception_ptr(connection_lost{"the stream was dropped"});
        leave(dropped);
        if (std::exchange(ended_, true))
            return;
        driver_->abandon(id_, dropped, false);
        driver_->release_owner(owner_id{id_}); // it may have ended, and not have been told
    }

    void close(waiter caller)
    {
        abandon();
        if (over_)
            return caller.complete_later(driver_->home(), told_ ? nullptr : error_, {});
        closer_ = std::move(caller);
    }

private:
    static constexpr std::size_t enough = std::size_t{256} * 1024;

    /// The consumer is never resumed while bytes are being parsed, and gets all there is by then.
    void answer_later()
    {
        if (!waiter_ || answering_ || (bytes_ == 0 && !ended_))
            return;
        answering_ = true;
        driver_->at_home_later([self = this->shared_from_this()] { self->answer(); });
    }

    void answer()
    {
        answering_ = false;
        if (!waiter_)
            return;
        waiter caller = std::move(waiter_);
        std::exception_ptr failure;
        batch answer;
        if (bytes_ != 0) {
            bytes_ = 0;
            try {
                answer = collector_.take();
            } catch (...) {
                // A row of this batch can't be decoded: that is the end.
                error_ = failure = std::current_exception();
                told_ = true;
                abandon();
            }
            driver_->resume_reading();
        } else {
            failure = error_;
            told_ = true;
        }
        caller.complete(driver_->home(), std::move(failure), std::move(answer));
    }

    std::shared_ptr<Driver> driver_;
    std::uint64_t id_;
    Collector collector_;
    std::size_t bytes_ = 0;
    std::exception_ptr error_;
    waiter waiter_;
    waiter closer_;
    bool ended_ = false; // for who reads it
    bool over_ = false;  // for the connection, too
    bool told_ = false;  // who reads it knows the error
    bool answering_ = false;
};

/// What arrives, as it arrives. The stream owns the connection until next() has given the end, or
/// it is closed or dropped: then the connection may be used at once, and what is still to come is
/// read and thrown away, for as long as a request to cancel would take (some 10 ms, or what
/// connecting took); what takes longer is cancelled at the server. Cancelling undoes what the
/// statement did. So it is done only outside of transactions, or where the transaction is rolled
/// back next, and there only for statements that by their words just read: one with INSERT, UPDATE,
/// DELETE, MERGE or INTO in it runs to its end unseen. A query whose functions change data, and
/// that shall do all it can, must be read to its end. What runs on for longer than
/// options::cancel_timeout costs the connection. Reading pauses while batches wait to be taken.
/// Move-only.
/// https://www.postgresql.org/docs/current/protocol-flow.html
template <class Collector, class Driver>
class basic_stream
{
public:
    using batch = std::optional<typename Collector::batch_type>;
    using state_type = stream_state<Collector, Driver>;

    basic_stream() noexcept = default;
    explicit basic_stream(std::shared_ptr<state_type> state) : state_{std::move(state)} {}
    basic_stream(basic_stream&&) noexcept = default;
    basic_stream& operator=(basic_stream&& other) noexcept
    {
        if (this != &other) {
            abandon();
            state_ = std::move(other.state_);
        }
        return *this;
    }
    ~basic_stream() { abandon(); }

    /// What has arrived since, at least one row; nothing at the end. Views in rows point into the
    /// batch. One call at a time: a second throws operation_in_progress. Throws what the query
    /// failed with, and decode_error: that is the end. Cancelled, it throws operation_aborted at
    /// once and has taken nothing: call it again, or drop the stream.
    [[nodiscard]] asio::awaitable<batch, typename Driver::executor_type> next()
    {
        if (!state_)
            throw connection_lost{"the stream is empty or was moved from"};
        return wait_on<Driver, batch>(
            state_, [](state_type& state, typename state_type::waiter caller) {
                state.next(std::move(caller));
            });
    }

    /// Ends it before its time, as dropping it does, and waits until the statement has ended.
    /// Throws what that failed with, unless next() has, but not that it was cancelled;
    /// connection_lost if it ran on for too long. The object is empty from then on, even if it
    /// throws or is cancelled: then it goes on as if it had been dropped. An empty one has nothing
    /// to do.
    [[nodiscard]] asio::awaitable<void, typename Driver::executor_type> close()
    {
        return wait_for_end(std::move(*this));
    }

    /// For who knows the collector: what it notes when it is taken from, and at the end, is not
    /// changed before next() is called again.
    [[nodiscard]] Collector const& collector() const noexcept { return state_->collector(); }

private:
    /// Should it never be awaited, the stream is dropped with it.
    static asio::awaitable<void, typename Driver::executor_type> wait_for_end(basic_stream closing)
    {
        if (closing.state_)
            co_await wait_on<Driver, batch>(
                closing.state_, [](state_type& state, typename state_type::waiter caller) {
                    state.close(std::move(caller));
                });
    }

    void abandon() noexcept
    {
        if (!state_)
            return;
        auto const state = std::move(state_);
        state->connection().at_home_from_destructor([state] { state->abandon(); });
    }

    std::shared_ptr<state_type> state_;
};

} // namespace pgcoro
