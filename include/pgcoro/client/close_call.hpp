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
    close_call() : call<Driver>{request{request::protocol::simple, {}}, no_owner}
    {
        this->be_last();
    }
};

/// Closes a connection when the calls that are under way are through.
template <class Driver>
[[nodiscard]] asio::awaitable<void, typename Driver::executor_type> close_driver(
    std::shared_ptr<Driver> driver)
{
    if (!driver || !driver->alive())
        co_return;
    co_await run(std::move(driver), std::unique_ptr<call<Driver>>{new close_call<Driver>});
}

/// Whatever is under way throws connection_lost.
template <class Driver>
void close_at_once(Driver& closing) noexcept
{
    closing.at_home_from_destructor([&closing] {
        closing.close(std::make_exception_ptr(connection_lost{"the connection was closed"}));
    });
}

} // namespace pgcoro
