#pragma once

#include "driver.hpp"
#include "open_socket.hpp"
#include "route.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace pgcoro {

/// The caller of a login: its completion handler is told when the server is ready.
template <class Handler>
class login_exchange final : public exchange
{
public:
    explicit login_exchange(Handler handler)
        : exchange{request{request::protocol::simple, {}}, no_owner}, handler_{std::move(handler)}
    {}

private:
    void finished() override
    {
        std::exception_ptr failure = error();
        auto handler = std::move(handler_);
        delete this;
        std::move(handler)(std::move(failure));
    }

    Handler handler_;
};

/// Logs in over a socket that is connected.
template <class Driver>
[[nodiscard]] asio::awaitable<std::shared_ptr<Driver>, typename Driver::home_executor> log_in_over(
    typename Driver::socket_type socket, route const& to)
{
    using home = typename Driver::home_executor;
    using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>, home>;
    auto const opened = std::make_shared<Driver>(std::move(socket), to.session, to.cancel_timeout);
    timer limit{opened->home(), to.deadline};
    limit.async_wait(
        [weak = std::weak_ptr<Driver>{opened}, where = to.login.where](asio::error_code error) {
            auto const slow = weak.lock();
            if (!error && slow && slow->state().logging_in())
                slow->close(std::make_exception_ptr(timeout_error{
                    "timed out while logging in to " + where + "; is it a PostgreSQL server?"}));
        });
    asio::use_awaitable_t<home> token;
    co_await asio::async_initiate<asio::use_awaitable_t<home>, void(std::exception_ptr)>(
        [&](auto handler) {
            auto slot = asio::get_associated_cancellation_slot(handler);
            if (slot.is_connected())
                slot.assign([weak = std::weak_ptr<Driver>{opened}](asio::cancellation_type) {
                    if (auto const alive = weak.lock())
                        alive->at_home_later([&driver = *alive] {
                            driver.close(std::make_exception_ptr(std::system_error{
                                asio::error_code{asio::error::operation_aborted}}));
                        });
                });
            opened->log_in(
                to.login, std::make_unique<login_exchange<decltype(handler)>>(std::move(handler)));
        },
        token);
    limit.cancel();
    co_return opened;
}

/// Connects to one address and logs in there: encrypted, not, or first the one and then the other,
/// as the options say. Null if the address can't be reached: then `error` says why. Throws
/// timeout_error, authentication_error, protocol_error, or what the server says.
template <class Driver>
[[nodiscard]] asio::awaitable<std::shared_ptr<Driver>, typename Driver::home_executor> log_in_at(
    server_address const& address, route const& to, asio::error_code& error)
{
    auto socket = co_await connect_socket<typename Driver::home_executor>(address, to, error);
    if (error)
        co_return nullptr;
    co_return co_await log_in_over<Driver>(std::move(socket), to);
}

} // namespace pgcoro
