#pragma once

#include "../core/error.hpp"
#include "asio.hpp"
#include "socket_wait.hpp"
#include "time_limit.hpp"
#include "tls_negotiation.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <system_error>

namespace pgcoro {

/// Runs a negotiation on a socket that is connected, and makes the socket non-blocking. Throws
/// timeout_error, and what the negotiation throws.
template <class Executor>
[[nodiscard]] asio::awaitable<void, Executor> negotiate_tls(
    asio::basic_stream_socket<asio::generic::stream_protocol, Executor>& socket,
    tls_negotiation& what, std::chrono::steady_clock::time_point deadline, std::string const& where)
{
    time_limit<Executor> const limit{socket, deadline};
    asio::error_code error;
    socket_wait<Executor> ready{socket, error};
    socket.non_blocking(true);
    while (!what.unsent().empty() || !what.done()) {
        bool const writes = !what.unsent().empty();
        std::size_t count = 0;
        if (writes) {
            auto const bytes = what.unsent();
            count = socket.write_some(asio::buffer(bytes.data(), bytes.size()), error);
        } else {
            auto const room = what.prepare();
            count = socket.read_some(asio::buffer(room.data(), room.size()), error);
        }
        if (error == asio::error::would_block || error == asio::error::try_again) {
            ready.until = writes ? asio::socket_base::wait_write : asio::socket_base::wait_read;
            co_await park<Executor>(ready);
            if (limit.passed())
                throw timeout_error{"timed out while setting up TLS with " + where +
                                    "; is it a PostgreSQL server?"};
            if (error)
                throw std::system_error{error};
        } else if (error == asio::error::eof) {
            what.received_end("the server closed the connection");
        } else if (error) {
            what.received_end("the connection was lost (" + error.message() + ')');
        } else if (writes) {
            what.sent(count);
        } else {
            what.received(count, socket.available(error) != 0);
        }
    }
}

} // namespace pgcoro
