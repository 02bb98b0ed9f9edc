#pragma once

#include "../protocol/backend_key_data.hpp"
#include "../protocol/startup.hpp"
#include "asio.hpp"
#include "task.hpp"
#include "tls_negotiation.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace pgcoro {

/// Asks the server, on a connection of its own, to cancel what a backend is running. The server
/// says nothing and closes; by then the backend has been told. The key that is shown can end
/// anything that the backend runs: it is encrypted where the connection itself is, or not sent.
/// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
template <class Executor>
class cancel_request : public std::enable_shared_from_this<cancel_request<Executor>>
{
public:
    using endpoint = asio::generic::stream_protocol::endpoint;

    /// `encryption`: null for none. `ended` is called once: when the server has closed, or nothing
    /// can be done.
    cancel_request(Executor const& executor, backend_key_data const& whom,
        std::shared_ptr<tls_client> encryption, task ended)
        : socket_{executor}, encryption_{std::move(encryption)}, ended_{std::move(ended)}
    {
        write_cancel_request(packet_, whom.process_id, whom.secret);
    }

    void start(endpoint const& server)
    {
        socket_.async_connect(server, then(&cancel_request::connected));
    }
    /// Gives it up.
    void stop() noexcept
    {
        asio::error_code ignored;
        socket_.close(ignored);
    }

private:
    [[nodiscard]] task then(void (cancel_request::*next)(asio::error_code))
    {
        return task{[self = this->shared_from_this(), next](
                        asio::error_code error) { (self.get()->*next)(error); }};
    }

    void connected(asio::error_code error)
    {
        if (error)
            return end();
        try {
            socket_.non_blocking(true);
            if (encryption_)
                negotiation_.emplace(encryption_, "the server");
        } catch (...) {
            return end();
        }
        go_on({});
    }

    /// Writes what there is to be written and reads what has come, until it has to wait, or is
    /// through. Nobody is told what went wrong: the request is repeated, or its time runs out.
    void go_on(asio::error_code error)
    {
        try {
            // The server has nothing to say but its half of a handshake.
            while (!error && ++steps_ < 1000) {
                bool const writes = !unsent().empty();
                std::size_t const count = writes ? write(error) : read(error);
                if (error == asio::error::would_block || error == asio::error::try_again) {
                    socket_.async_wait(
                        writes ? asio::socket_base::wait_write : asio::socket_base::wait_read,
                        then(&cancel_request::go_on));
                    return;
                }
                if (!error && !writes && negotiation_)
                    negotiate(count);
            }
        } catch (...) {
        }
        end();
    }

    [[nodiscard]] std::span<std::byte const> unsent() noexcept
    {
        if (negotiation_)
            return negotiation_->unsent();
        return filter_ ? filter_->unsent() : packet_.bytes().subspan(sent_);
    }

    [[nodiscard]] std::size_t write(asio::error_code& error)
    {
        auto const bytes = unsent();
        std::size_t const count =
            socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
        if (negotiation_)
            negotiation_->sent(count);
        else if (filter_)
            filter_->sent(count);
        else
            sent_ += count;
        return count;
    }

    [[nodiscard]] std::size_t read(asio::error_code& error)
    {
        std::span<std::byte> const room = negotiation_ ? negotiation_->prepare() : scrap_;
        return socket_.read_some(asio::buffer(room.data(), room.size()), error);
    }

    void negotiate(std::size_t count)
    {
        asio::error_code ignored;
        negotiation_->received(count, socket_.available(ignored) != 0);
        if (!negotiation_->done())
            return;
        // The end of the handshake may still be to be sent: that stands before the request.
        filter_ = negotiation_->take();
        negotiation_.reset();
        if (!filter_ || filter_->write(packet_.bytes()) != tls_filter::status::ok)
            throw tls_error{"the server takes no encrypted request"};
    }

    void end()
    {
        stop();
        task{std::move(ended_)}();
    }

    asio::basic_stream_socket<asio::generic::stream_protocol, Executor> socket_;
    std::shared_ptr<tls_client> encryption_;
    std::optional<tls_negotiation> negotiation_; // while it is under way
    std::unique_ptr<tls_filter> filter_;
    task ended_;
    small_byte_writer<32> packet_;
    std::size_t sent_ = 0;
    int steps_ = 0;
    std::array<std::byte, 64> scrap_{};
};

} // namespace pgcoro
