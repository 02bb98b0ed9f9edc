#pragma once

#include "call.hpp"

#include <memory>
#include <utility>
#include <variant>

namespace pgcoro {

/// Waits for the end of a connection.
template <class Driver>
class close_call final : public call<std::monostate, Driver>
{
public:
    close_call() : call<std::monostate, Driver>{request{request::protocol::simple, {}}, no_owner} {}

private:
    std::monostate take_result() override { return {}; }
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
        void(std::exception_ptr, std::monostate)>(
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
