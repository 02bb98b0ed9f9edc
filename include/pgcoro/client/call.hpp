#pragma once

#include "../net/driver.hpp"
#include "../session/exchange.hpp"
#include "../types/parameters.hpp"
#include "parked_frame.hpp"
#include "range_source.hpp"
#include "resumption.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace pgcoro {

/// Hears at a connection's home that a call is through, or can't have been run.
class call_follower
{
public:
    call_follower() = default;
    call_follower(call_follower const&) = delete;
    call_follower& operator=(call_follower const&) = delete;
    virtual void call_ended(std::uint32_t as, exchange const& what) noexcept = 0;

protected:
    ~call_follower() = default;
};

/// Arguments that a call does not keep: see chunks().
template <class T>
inline constexpr bool is_sent_in_pieces = false;
/// Those of them whose pieces are waited for.
template <class T>
inline constexpr bool is_awaited_in_pieces = false;

/// One call of a verb, made when the verb is called, started when its awaitable is. It owns its
/// request and gathers its result; until it is started it knows no connection. What it gives is no
/// part of its type: the whole call is handed to whoever waits for it, and so all that has to do
/// with waiting is compiled once and not for each type of result.
template <class Driver>
class call : public exchange
{
public:
    using exchange::exchange;

    /// Encodes the arguments into the request. Errors are kept, to be thrown where the call is
    /// awaited.
    template <class... Arguments>
    void encode(Arguments const&... arguments)
    {
        try {
            request& into = this->what();
            if constexpr ((... || is_sent_in_pieces<Arguments>)) {
                encode_parameter_types(into.type_writer(), arguments...);
                this->feed_from(sent_in_pieces(*this, arguments...));
                this->ask_first();
            } else {
                encode_parameters(into.type_writer(), into.parameter_writer(), arguments...);
            }
        } catch (...) {
            this->fail(std::current_exception());
        }
    }

    /// The same as `as` has them, which knows the parameters.
    template <class Parameters, class... Arguments>
    void encode_as(Parameters const& as, Arguments const&... arguments)
    {
        try {
            request& into = this->what();
            as.encode_types(into.type_writer(), arguments...);
            as.encode_values(into.parameter_writer(), arguments...);
        } catch (...) {
            this->fail(std::current_exception());
        }
    }

    /// The parameters are those of each element of a range. Gives whether there are any.
    template <class Range, class Parameters = own_parameters>
    [[nodiscard]] bool encode_each(Range&& range, Parameters as = {})
    {
        try {
            auto each = std::make_unique<range_source<Range, Parameters>>(
                std::forward<Range>(range), std::move(as));
            if (each->empty())
                return false;
            each->encode_types(this->what().type_writer());
            this->feed_from(std::move(each));
        } catch (...) {
            this->fail(std::current_exception());
        }
        return true;
    }

    /// In place of what it was made with.
    void ask(request what) { this->what() = std::move(what); }

    /// How long it may take, from its start; 0: no limit; below 0, the default: the connection's.
    void limit(std::chrono::nanoseconds value) noexcept { limit_ = value; }

    /// Who waits for it: before it sets out.
    template <class Caller>
    void wait(Caller caller)
    {
        waiter_.hold(std::move(caller));
    }
    /// Where it runs, once that is known. `may_leave`: somebody will cancel() it.
    void set_out(std::shared_ptr<Driver> driver, bool may_leave)
    {
        auto const limit = limit_.count() < 0 ? driver->call_limit() : limit_;
        if (this->id() == 0 && (may_leave || limit.count() > 0))
            this->identify(driver->new_id());
        if (limit.count() > 0) {
            auto const now = exchange::clock::now();
            limit_ = limit;
            if (limit < exchange::clock::time_point::max() - now)
                this->expire_at(now + limit);
        }
        if (this->feeds() && !this->takes_ownership()) {
            this->take_ownership(
                owner_id{driver->new_id()}, "a call that is still sending its arguments");
            if (this->id() == 0) // a source that waits asks for it
                this->identify(driver->new_id());
        }
        driver_ = std::move(driver);
    }
    /// Any thread. The caller of call `id` goes away.
    static void cancel(Driver& connection, std::uint64_t id, asio::cancellation_type type)
    {
        bool const only_unwritten =
            (type & (asio::cancellation_type::terminal | asio::cancellation_type::partial)) ==
            asio::cancellation_type::none;
        connection.at_home_later([&connection, id, only_unwritten] {
            connection.abandon(id,
                std::make_exception_ptr(
                    std::system_error{asio::error_code{asio::error::operation_aborted}}),
                only_unwritten);
        });
    }
    /// It will not run: its caller is told why.
    static void refuse(std::unique_ptr<call> what, typename Driver::home_executor const& home,
        std::exception_ptr why)
    {
        auto resumed = std::move(what->waiter_);
        what.reset();
        resumed.complete_later(home, std::move(why), nullptr);
    }

    /// `by` hears of its end before its caller does, who may have gone long before.
    void follow(std::shared_ptr<call_follower> by, std::uint32_t as) noexcept
    {
        follower_ = std::move(by);
        followed_as_ = as;
    }

    /// Where it runs; null until that is known.
    [[nodiscard]] std::shared_ptr<Driver> const& connection() const noexcept { return driver_; }

    /// It waits for the other calls to be through, and closes the connection.
    [[nodiscard]] bool is_last() const noexcept { return last_; }

protected:
    void be_last() noexcept { last_ = true; }

    /// The call is through, its caller not resumed yet: the place to start what must follow.
    virtual void settled() {}

    /// Whether somebody still waits for the call.
    [[nodiscard]] bool awaited() const noexcept { return static_cast<bool>(waiter_); }

    /// Resumes the caller, without the call, before it is through. Not in place: bytes are being
    /// parsed.
    void resume_early()
    {
        this->expire_at(exchange::clock::time_point::max());
        this->be_open();
        waiter_.complete_later(driver_->home(), nullptr, nullptr);
    }

private:
    using waiter = resumption<std::unique_ptr<call>, Driver>;

    std::exception_ptr too_late() const override;
    void finished() override;
    void caller_left() noexcept override;

    std::shared_ptr<Driver> driver_;
    waiter waiter_;
    std::shared_ptr<call_follower> follower_;
    std::chrono::nanoseconds limit_{-1};
    std::uint32_t followed_as_ = 0;
    bool last_ = false;
};

template <class Driver>
std::exception_ptr call<Driver>::too_late() const
{
    return std::make_exception_ptr(
        timeout_error{"timed out after " +
                      std::to_string(std::chrono::ceil<std::chrono::milliseconds>(limit_).count()) +
                      " ms: " + std::string{this->what().sql()}});
}

template <class Driver>
void call<Driver>::finished()
{
    std::unique_ptr<call> mine{this};
    settled();
    if (follower_)
        std::exchange(follower_, nullptr)->call_ended(followed_as_, *this);
    if (!waiter_)
        return;
    auto const driver = std::move(driver_);
    if (!error())
        return waiter_.complete(driver->home(), nullptr, std::move(mine));
    std::exception_ptr failure = error();
    auto resumed = std::move(waiter_);
    mine.reset();
    resumed.complete(driver->home(), std::move(failure), nullptr);
}

template <class Driver>
void call<Driver>::caller_left() noexcept
{
    if (!waiter_)
        return;
    // driver_ stays: what the call is part of may still need the connection.
    waiter_.complete_later(driver_->home(), this->reason_left(), nullptr);
}

/// Starts a call that its caller waits for, and may leave by `slot`. On the caller's thread, as its
/// awaitable starts.
template <class Driver>
void set_going(
    std::shared_ptr<Driver> on, std::unique_ptr<call<Driver>> what, asio::cancellation_slot slot)
{
    Driver& connection = *on;
    what->set_out(std::move(on), slot.is_connected());
    if (slot.is_connected())
        slot.assign(
            [weak = connection.weak_from_this(), id = what->id()](asio::cancellation_type type) {
                if (auto const alive = weak.lock())
                    call<Driver>::cancel(*alive, id, type);
            });
    connection.at_home([&connection, what = std::move(what)]() mutable {
        if (what->is_last())
            connection.close_when_quiet(std::move(what));
        else
            connection.start(std::move(what));
    });
}

template <class Driver>
void check_driver(std::shared_ptr<Driver> const& driver)
{
    if (!driver)
        throw connection_lost{"the connection or transaction is closed, empty or moved from"};
}

/// Runs a call on a connection and gives it back when it is through: nothing happens before the
/// awaitable starts. Without a driver the awaitable throws connection_lost.
template <class Driver>
[[nodiscard]] asio::awaitable<std::unique_ptr<call<Driver>>, typename Driver::executor_type> run(
    std::shared_ptr<Driver> driver, std::unique_ptr<call<Driver>> what)
{
    check_driver(driver);
    co_await call_going<Driver, std::shared_ptr<Driver>>{driver, what};
    co_return std::move(what);
}

/// The same, and gives what the call does.
template <class Call, class Driver>
[[nodiscard]] asio::awaitable<typename Call::result_type, typename Driver::executor_type> run_for(
    std::shared_ptr<Driver> driver, std::unique_ptr<call<Driver>> what)
{
    check_driver(driver);
    co_await call_going<Driver, std::shared_ptr<Driver>>{driver, what};
    co_return static_cast<Call&>(*what).take_result();
}

/// The same of a call that gives nothing.
template <class Driver>
[[nodiscard]] asio::awaitable<void, typename Driver::executor_type> only_run(
    std::shared_ptr<Driver> driver, std::unique_ptr<call<Driver>> what)
{
    check_driver(driver);
    co_await call_going<Driver, std::shared_ptr<Driver>>{driver, what};
}

/// For a call that has nothing to do.
template <class T, class Executor>
[[nodiscard]] asio::awaitable<T, Executor> nothing_done()
{
    co_return T{};
}

} // namespace pgcoro
