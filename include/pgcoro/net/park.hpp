#pragma once

#include "asio.hpp"

#include <exception>
#include <memory>
#include <system_error>
#include <utility>

namespace pgcoro {

/// The completion handler that resumes a parked coroutine. Dropped, it destroys the coroutine.
template <class Executor>
using resumed = typename asio::async_result<asio::use_awaitable_t<Executor>,
    void(std::exception_ptr)>::handler_type;

/// What starts an operation, whatever its type.
template <class Executor>
struct starter
{
    void operator()(resumed<Executor> handler) const { call(what, std::move(handler)); }

    void* what;
    void (*call)(void* what, resumed<Executor> handler);
};

/// Suspends the coroutine and calls `start` with the handler that resumes it. What the operation
/// gives, it leaves in the coroutine's variables, which live as long as the handler: so Asio is
/// compiled for one signature and one initiation, and not for each operation anew. `start` must
/// live until the await is over.
template <class Executor, class Start>
[[nodiscard]] asio::awaitable<void, Executor> park(Start& start)
{
    asio::use_awaitable_t<Executor> token;
    return asio::async_initiate<asio::use_awaitable_t<Executor>, void(std::exception_ptr)>(
        starter<Executor>{&start,
            [](void* what, resumed<Executor> handler) {
                (*static_cast<Start*>(what))(std::move(handler));
            }},
        token);
}

/// Closes a connection that is being made if whoever waits for it is cancelled.
template <class Driver>
void close_when_cancelled(asio::cancellation_slot slot, std::shared_ptr<Driver> const& what)
{
    if (!slot.is_connected())
        return;
    slot.assign([weak = std::weak_ptr<Driver>{what}](asio::cancellation_type) {
        if (auto const alive = weak.lock())
            alive->at_home_later([&driver = *alive] {
                driver.close(std::make_exception_ptr(
                    std::system_error{asio::error_code{asio::error::operation_aborted}}));
            });
    });
}

} // namespace pgcoro
