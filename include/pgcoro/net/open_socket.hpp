#pragma once

#include "find_addresses.hpp"
#include "route.hpp"
#include "set_up_socket.hpp"

#include <chrono>
#include <memory>
#include <system_error>
#include <utility>

namespace pgcoro {

/// Connects a socket and sets it up. `error` says why it could not be: timed_out, if the deadline
/// came first. Throws connect_error if the server is not run by whom the route requires, and
/// std::system_error if the caller was cancelled.
template <class Executor>
[[nodiscard]] asio::awaitable<asio::basic_stream_socket<asio::generic::stream_protocol, Executor>,
    Executor>
connect_socket(server_address const& address, route const& to, asio::error_code& error)
{
    using socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
    using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>, Executor>;
    auto const executor = co_await asio::this_coro::executor;
    asio::use_awaitable_t<Executor> const token;
    // Shared with the timer's handler, which may be on its way already when it is cancelled.
    struct attempt
    {
        explicit attempt(Executor const& on) : to{on} {}
        socket to;
        bool over = false;
        bool timed_out = false;
    };
    auto const current = std::make_shared<attempt>(executor);
    timer limit{executor, to.deadline};
    limit.async_wait([current](asio::error_code cancelled) {
        if (!cancelled && !current->over) {
            current->timed_out = true;
            current->to.close(cancelled);
        }
    });
    co_await current->to.async_connect(address.endpoint, asio::redirect_error(token, error));
    current->over = true;
    limit.cancel();
    if (current->timed_out)
        error = asio::error::timed_out;
    else if (error == asio::error::operation_aborted)
        throw std::system_error{error};
    else if (!error && address.endpoint.protocol().family() == AF_UNIX)
        check_peer(current->to.native_handle(), to.requirepeer, address.name);
    else if (!error)
        error = set_up_socket(current->to.native_handle(), to.socket);
    co_return std::move(current->to);
}

} // namespace pgcoro
