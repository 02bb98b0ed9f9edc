#pragma once

#include "resumption.hpp"

#include <cstdint>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>

namespace pgcoro {

/// Parks the caller on a state that lives at its connection's home: `start(*state, waiter)` runs
/// there. Cancelled, `state->leave(reason, number)` does, which must do nothing if that waiter has
/// been resumed by then.
template <class Driver, class Result, class State, class Start>
[[nodiscard]] asio::awaitable<Result, typename Driver::executor_type> wait_on(
    std::shared_ptr<State> state, Start start)
{
    asio::use_awaitable_t<typename Driver::executor_type> token;
    return asio::async_initiate<asio::use_awaitable_t<typename Driver::executor_type>,
        void(std::exception_ptr, Result)>(
        [state = std::move(state), start](auto handler) {
            auto slot = asio::get_associated_cancellation_slot(handler);
            std::uint64_t number = 0;
            if (slot.is_connected()) {
                number = state->connection().new_id();
                slot.assign([weak = std::weak_ptr{state}, number](asio::cancellation_type) {
                    if (auto const alive = weak.lock())
                        alive->connection().at_home_later([alive, number] {
                            alive->leave(std::make_exception_ptr(std::system_error{
                                             asio::error_code{asio::error::operation_aborted}}),
                                number);
                        });
                });
            }
            numbered_resumption<Result, Driver> waiter{std::move(handler), number};
            state->connection().at_home([state, start, waiter = std::move(waiter)]() mutable {
                start(*state, std::move(waiter));
            });
        },
        token);
}

} // namespace pgcoro
