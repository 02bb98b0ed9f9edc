#pragma once

#include "asio.hpp"
#include "find_addresses.hpp"
#include "route.hpp"
#include "set_up_socket.hpp"
#include "socket_wait.hpp"
#include "time_limit.hpp"

#include <system_error>
#include <utility>

#include <unistd.h>

namespace pgcoro {

/// Connecting waited for writability, and Asio watches for that from then on: on TCP each wait for
/// something to read would end once for nothing, with a system call more for each query. What is
/// registered anew is watched for reading alone until a write has to wait.
template <class Socket>
void forget_writability(
    Socket& socket, asio::generic::stream_protocol const& protocol, asio::error_code& error)
{
    Socket fresh{socket.get_executor()};
    auto const handle = socket.release(error);
    if (error)
        return;
    fresh.assign(protocol, handle, error);
    if (error)
        ::close(handle);
    else
        socket = std::move(fresh);
}

/// Connects a socket and sets it up. `error` says why it could not be: timed_out, if the deadline
/// came first. Throws connect_error if the server is not run by whom the route requires, and
/// std::system_error if the caller was cancelled.
template <class Executor>
[[nodiscard]] asio::awaitable<asio::basic_stream_socket<asio::generic::stream_protocol, Executor>,
    Executor>
connect_socket(server_address const& address, route const& to, asio::error_code& error)
{
    asio::basic_stream_socket<asio::generic::stream_protocol, Executor> socket{
        co_await asio::this_coro::executor};
    {
        time_limit<Executor> const limit{socket, to.deadline};
        socket_wait<Executor> connected{socket, error, &address.endpoint};
        co_await park<Executor>(connected);
        if (limit.passed())
            error = asio::error::timed_out;
    }
    if (error == asio::error::operation_aborted)
        throw std::system_error{error};
    if (!error && address.endpoint.protocol().family() == AF_UNIX)
        check_peer(socket.native_handle(), to.requirepeer, address.name);
    else if (!error)
        error = set_up_socket(socket.native_handle(), to.socket);
    if (!error)
        forget_writability(socket, address.endpoint.protocol(), error);
    co_return socket;
}

} // namespace pgcoro
