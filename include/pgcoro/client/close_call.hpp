#pragma once

#include "call.hpp"

#include <memory>
#include <utility>

namespace pgcoro {

/// Waits for the end of a connection.
template <class Driver>
class close_call final : public call<Driver>
{
public:
    close_call() : call<Driver>{request{request::protocol::simple, {}}, no_owner} {}
};

/// Closes a connection when the calls that are under way are through.
template <class Driver>
[[nodiscard]] asio::awaitable<void, typename Driver::executor_type> close_driver(
    std::shared_ptr<Driver> driver)
{
    if (!driver || !driver->alive())
        co_return;
    using executor = typename Driver::executor_type;
    asio::use_awaitable_t<executor> token;
    co_await asio::async_initiate<asio::use_awaitable_t<executor>,
        void(std::exception_ptr, std::unique_ptr<call<Driver>>)>(
        [&driver](auto handler) {
            auto made = std::make_unique<close_call<Driver>>();
            Driver& closing = *driver;
            made->park(driver, std::move(handler));
            closing.at_home([&closing, made = std::move(made)]() mutable {
                closing.close_when_quiet(std::move(made));
            });
        },
        token);
}

} // namespace pgcoro
