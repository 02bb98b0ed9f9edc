#pragma once

#include "park.hpp"
#include "task.hpp"

#include <exception>
#include <utility>

namespace pgcoro {

/// What park() starts for who waits on a socket that is being set up: until it is connected, or can
/// be read or written. One type for all of it, for Asio's sake. What it ends with goes to `error`:
/// operation_aborted, if whoever waits is cancelled. All must live until the await is over.
template <class Executor>
struct socket_wait
{
    using protocol = asio::generic::stream_protocol;

    asio::basic_stream_socket<protocol, Executor>& socket;
    asio::error_code& error;
    protocol::endpoint const* connects_to = nullptr;
    asio::socket_base::wait_type until = asio::socket_base::wait_read;

    void operator()(resumed<Executor> handler)
    {
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected())
            slot.assign([&of = socket](asio::cancellation_type) {
                asio::error_code ignored;
                of.cancel(ignored);
            });
        task then{[&to = error, handler = std::move(handler)](asio::error_code result) mutable {
            to = result;
            std::move(handler)(std::exception_ptr{});
        }};
        if (connects_to != nullptr)
            socket.async_connect(*connects_to, std::move(then));
        else
            socket.async_wait(until, std::move(then));
    }
};

} // namespace pgcoro
