#pragma once

#include "../protocol/backend_key_data.hpp"
#include "../protocol/startup.hpp"
#include "asio.hpp"
#include "task.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

namespace pgcoro {

/// Asks the server, on a connection of its own, to cancel what a backend is running. The server
/// says nothing and closes; by then the backend has been told.
/// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
template <class Executor>
class cancel_request : public std::enable_shared_from_this<cancel_request<Executor>>
{
public:
    using endpoint = asio::generic::stream_protocol::endpoint;

    /// `ended` is called once: when the server has closed, or nothing can be done.
    cancel_request(Executor const& executor, backend_key_data const& whom, task ended)
        : socket_{executor}, ended_{std::move(ended)}
    {
        write_cancel_request(packet_, whom.process_id, whom.secret);
    }

    void start(endpoint const& server)
    {
        socket_.async_connect(server, next{this->shared_from_this(), &cancel_request::connected});
    }
    /// Gives it up.
    void stop() noexcept
    {
        asio::error_code ignored;
        socket_.close(ignored);
    }

private:
    struct next
    {
        void operator()(asio::error_code error, std::size_t = 0) { (of.get()->*step)(error); }
        std::shared_ptr<cancel_request> of;
        void (cancel_request::*step)(asio::error_code);
    };

    void connected(asio::error_code error)
    {
        if (error)
            return end();
        // A packet of sixteen bytes, the first on its connection, is written whole or not at all.
        socket_.async_write_some(asio::buffer(packet_.data(), packet_.size()),
            next{this->shared_from_this(), &cancel_request::written});
    }
    void written(asio::error_code error)
    {
        if (error)
            return end();
        socket_.async_read_some(
            asio::buffer(scrap_), next{this->shared_from_this(), &cancel_request::closed});
    }
    void closed(asio::error_code) { end(); }
    void end()
    {
        stop();
        task{std::move(ended_)}();
    }

    asio::basic_stream_socket<asio::generic::stream_protocol, Executor> socket_;
    task ended_;
    small_byte_writer<32> packet_;
    std::array<std::byte, 1> scrap_{};
};

} // namespace pgcoro
