#pragma once

#include "../net/driver.hpp"
#include "../session/exchange.hpp"
#include "resumption.hpp"

#include <exception>
#include <memory>
#include <utility>

namespace pgcoro {

/// One call of a verb, made when the verb is called, started when its awaitable is. It owns its
/// request and gathers its result; until it is started it knows no connection.
template <class Result, class Driver>
class call : public exchange
{
public:
    using result_type = Result;
    using exchange::exchange;

    /// On the caller's thread, as its awaitable starts.
    template <class Handler>
    void park(std::shared_ptr<Driver> driver, Handler handler)
    {
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) {
            if (this->id() == 0)
                this->identify(driver->new_id());
            slot.assign([weak = std::weak_ptr<Driver>{driver}, id = this->id()](
                            asio::cancellation_type type) {
                if (auto const alive = weak.lock())
                    cancel(*alive, id, type);
            });
        }
        waiter_ = resumption<Result, Driver>{std::move(handler)};
        driver_ = std::move(driver);
    }

protected:
    /// What the caller gets. Throws what it gets instead.
    [[nodiscard]] virtual Result take_result() = 0;
    /// The call is through, its caller not resumed yet: the place to start what must follow.
    virtual void settled() {}

    /// Resumes the caller before the call is through. Not in place: bytes are being parsed.
    void resume_later(Result result)
    {
        if (waiter_)
            waiter_.complete_later(driver_->home(), nullptr, std::move(result));
    }

    [[nodiscard]] std::shared_ptr<Driver> const& connection() const noexcept { return driver_; }

private:
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

    void finished() override
    {
        std::unique_ptr<call> mine{this};
        settled();
        if (!waiter_)
            return;
        std::exception_ptr failure = error();
        Result result{};
        if (!failure) {
            try {
                result = take_result();
            } catch (...) {
                failure = std::current_exception();
            }
        }
        auto const driver = std::move(driver_);
        auto waiter = std::move(waiter_);
        mine.reset();
        waiter.complete(driver->home(), std::move(failure), std::move(result));
    }

    void caller_left() noexcept override
    {
        if (!waiter_)
            return;
        // driver_ stays: what the call is part of may still need the connection.
        waiter_.complete_later(driver_->home(), this->reason_left(), Result{});
    }

    std::shared_ptr<Driver> driver_;
    resumption<Result, Driver> waiter_;
};

/// Runs a call on a connection: nothing happens before the awaitable starts. Without a driver the
/// awaitable throws connection_lost.
template <class Result, class Driver>
[[nodiscard]] asio::awaitable<Result, typename Driver::executor_type> run(
    std::shared_ptr<Driver> driver, std::unique_ptr<call<Result, Driver>> what)
{
    using executor = typename Driver::executor_type;
    asio::use_awaitable_t<executor> token;
    return asio::async_initiate<asio::use_awaitable_t<executor>, void(std::exception_ptr, Result)>(
        [driver = std::move(driver), what = std::move(what)](auto handler) mutable {
            if (!driver) {
                auto const on = asio::get_associated_executor(handler);
                asio::post(on, task{[handler = std::move(handler)]() mutable {
                    handler(std::make_exception_ptr(connection_lost{
                                "the connection or transaction is closed, empty or moved from"}),
                        Result{});
                }});
                return;
            }
            Driver& connection = *driver;
            what->park(std::move(driver), std::move(handler));
            connection.at_home([&connection, what = std::move(what)]() mutable {
                connection.start(std::move(what));
            });
        },
        token);
}

} // namespace pgcoro
