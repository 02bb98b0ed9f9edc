#pragma once

#include "record_collector.hpp"
#include "verb_calls.hpp"

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace pgcoro {

/// What a stream and its exchange share. Lives on the connection's home executor.
template <class T, class Driver>
class stream_state : public std::enable_shared_from_this<stream_state<T, Driver>>
{
public:
    using batch = std::optional<result<T>>;
    using plan_type = typename row_collector<T>::plan;
    using waiter = resumption<batch, Driver>;

    stream_state(std::shared_ptr<Driver> driver, std::uint64_t id)
        : driver_{std::move(driver)}, id_{id}
    {}

    [[nodiscard]] Driver& connection() const noexcept { return *driver_; }
    /// Of the stream as an owner, and of its exchange.
    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

    // ---- for the exchange

    void plan(plan_type by) { plan_ = std::move(by); }
    /// Gives whether enough is waiting to be taken.
    [[nodiscard]] bool add(
        block_ref const& from, std::byte const* begin, std::byte const* end, std::size_t count)
    {
        collector_.add(plan_, from, begin, end, count);
        rows_ += count;
        bytes_ += static_cast<std::size_t>(end - begin);
        answer_later();
        return bytes_ >= enough;
    }
    void ended(std::exception_ptr error)
    {
        if (std::exchange(ended_, true))
            return;
        error_ = std::move(error);
        answer_later();
    }
    /// The connection is gone without a word, and the executor with it: so is who waits.
    void drop_waiter() noexcept { waiter const dropped = std::move(waiter_); }

    // ---- for the stream

    void next(waiter caller)
    {
        if (waiter_)
            return caller.complete_later(driver_->home(),
                std::make_exception_ptr(operation_in_progress{"a row stream's next()"}), {});
        waiter_ = std::move(caller);
        answer_later();
    }

    /// Whoever waits in next() goes away; the stream goes on.
    void leave(std::exception_ptr reason)
    {
        if (!waiter_)
            return;
        waiter leaving = std::move(waiter_);
        leaving.complete_later(driver_->home(), std::move(reason), {});
    }

    void abandon()
    {
        auto const dropped = std::make_exception_ptr(connection_lost{"the row stream was dropped"});
        leave(dropped);
        if (std::exchange(ended_, true))
            return;
        driver_->release_owner(owner_id{id_});
        driver_->abandon(id_, dropped, false);
        driver_->resume_reading();
    }

private:
    static constexpr std::size_t enough = std::size_t{256} * 1024;

    /// The consumer is never resumed while bytes are being parsed, and gets all there is by then.
    void answer_later()
    {
        if (!waiter_ || answering_ || (rows_ == 0 && !ended_))
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
        if (rows_ != 0) {
            rows_ = bytes_ = 0;
            try {
                answer = collector_.take(plan_);
            } catch (...) {
                // A row of this batch can't be decoded: that is the end.
                error_ = failure = std::current_exception();
                abandon();
            }
            driver_->resume_reading();
        } else {
            failure = error_;
        }
        caller.complete(driver_->home(), std::move(failure), std::move(answer));
    }

    std::shared_ptr<Driver> driver_;
    std::uint64_t id_;
    plan_type plan_;
    row_collector<T> collector_;
    std::size_t rows_ = 0;
    std::size_t bytes_ = 0;
    std::exception_ptr error_;
    waiter waiter_;
    bool ended_ = false;
    bool answering_ = false;
};

/// Rows as they arrive. The stream owns the connection until next() has given the end, or it is
/// dropped: then what is still to come is read and thrown away, and the connection may be used at
/// once. Reading pauses while batches wait to be taken. Move-only.
template <class T, class Driver>
class row_stream
{
public:
    using batch = std::optional<result<T>>;

    row_stream() noexcept = default;
    explicit row_stream(std::shared_ptr<stream_state<T, Driver>> state) : state_{std::move(state)}
    {}
    row_stream(row_stream&&) noexcept = default;
    row_stream& operator=(row_stream&& other) noexcept
    {
        if (this != &other) {
            abandon();
            state_ = std::move(other.state_);
        }
        return *this;
    }
    ~row_stream() { abandon(); }

    /// The rows that have arrived since, at least one; nothing at the end. Views in the rows point
    /// into the batch. One call at a time: a second throws operation_in_progress. Throws what the
    /// query failed with, and decode_error. Cancelled, it throws operation_aborted at once and has
    /// taken nothing: call it again, or drop the stream.
    [[nodiscard]] asio::awaitable<batch, typename Driver::executor_type> next()
    {
        if (!state_)
            throw connection_lost{"the row stream is empty or was moved from"};
        asio::use_awaitable_t<typename Driver::executor_type> token;
        return asio::async_initiate<asio::use_awaitable_t<typename Driver::executor_type>,
            void(std::exception_ptr, batch)>(
            [state = state_](auto handler) {
                auto slot = asio::get_associated_cancellation_slot(handler);
                if (slot.is_connected())
                    slot.assign([weak = std::weak_ptr{state}](asio::cancellation_type) {
                        if (auto const alive = weak.lock())
                            alive->connection().at_home_later([alive] {
                                alive->leave(std::make_exception_ptr(std::system_error{
                                    asio::error_code{asio::error::operation_aborted}}));
                            });
                    });
                resumption<batch, Driver> waiter{std::move(handler)};
                state->connection().at_home([state, waiter = std::move(waiter)]() mutable {
                    state->next(std::move(waiter));
                });
            },
            token);
    }

private:
    void abandon() noexcept
    {
        if (!state_)
            return;
        auto const state = std::move(state_);
        state->connection().at_home_from_destructor([state] { state->abandon(); });
    }

    std::shared_ptr<stream_state<T, Driver>> state_;
};

/// The stream's way through the connection. Its caller is resumed as soon as the columns are known;
/// rows go to the state.
template <class T, class Driver>
class stream_call final : public rows_call<T, Driver>
{
public:
    stream_call(std::string_view sql, owner_id via) : rows_call<T, Driver>{sql, via, call_type<T>}
    {}
    ~stream_call() override
    {
        if (state_ && !settled_)
            state_->drop_waiter();
    }

    /// `place` is where the caller, as long as it waits, wants the stream.
    void open(std::shared_ptr<Driver> driver, row_stream<T, Driver>& place)
    {
        std::uint64_t const id = driver->new_id();
        state_ = std::make_shared<stream_state<T, Driver>>(std::move(driver), id);
        place_ = &place;
        this->identify(id);
        this->take_ownership(owner_id{id}, "a row stream");
    }

private:
    void columns(server_statement& from) override
    {
        rows_call<T, Driver>::columns(from);
        state_->plan(this->plan());
        if (std::exchange(opened_, true)) // it had to be parsed again
            return;
        row_stream<T, Driver> stream{state_};
        if (!this->awaited())
            return;
        *place_ = std::move(stream);
        this->resume_early();
    }
    void rows(block_ref const& from, std::byte const* begin, std::byte const* end,
        std::size_t count) override
    {
        if (state_->add(from, begin, end, count))
            this->pause_reading();
    }
    void settled() override
    {
        settled_ = true;
        if (!state_)
            return;
        state_->connection().release_owner(owner_id{state_->id()});
        if (opened_)
            state_->ended(this->error());
    }

    std::shared_ptr<stream_state<T, Driver>> state_;
    row_stream<T, Driver>* place_ = nullptr;
    bool opened_ = false;
    bool settled_ = false;
};

template <class T, class Driver>
[[nodiscard]] asio::awaitable<row_stream<T, Driver>, typename Driver::executor_type> run_stream(
    std::shared_ptr<Driver> driver, std::unique_ptr<stream_call<T, Driver>> made)
{
    row_stream<T, Driver> opened;
    if (driver)
        made->open(driver, opened);
    co_await run(std::move(driver), std::unique_ptr<call<Driver>>{std::move(made)});
    co_return opened;
}

template <class T, class Driver, class... Arguments>
[[nodiscard]] asio::awaitable<row_stream<T, Driver>, typename Driver::executor_type> open_stream(
    std::shared_ptr<Driver> driver, owner_id via, std::string_view sql,
    Arguments const&... arguments)
{
    auto made = std::make_unique<stream_call<T, Driver>>(sql, via);
    made->encode(arguments...);
    return run_stream(std::move(driver), std::move(made));
}

} // namespace pgcoro
