#pragma once

#include "lane.hpp"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>

namespace bench {

/// A connected socket of Asio's, behind the functions of a descriptor.
class asio_socket
{
public:
    asio_socket(asio::io_context& context, descriptor from)
        : socket_{context, asio::local::stream_protocol{}, from.release()}
    {
        socket_.non_blocking(true);
    }

    [[nodiscard]] std::size_t read(std::byte* to, std::size_t size)
    {
        return taken([&](asio::error_code& error) {
            return socket_.read_some(asio::buffer(to, size), error);
        });
    }
    [[nodiscard]] std::size_t write(char const* from, std::size_t size)
    {
        return taken([&](asio::error_code& error) {
            return socket_.write_some(asio::buffer(from, size), error);
        });
    }
    template <class Handler>
    void when_readable(Handler&& handler)
    {
        socket_.async_wait(asio::socket_base::wait_read, std::forward<Handler>(handler));
    }
    template <class Handler>
    void when_writable(Handler&& handler)
    {
        socket_.async_wait(asio::socket_base::wait_write, std::forward<Handler>(handler));
    }

private:
    template <class Transfer>
    static std::size_t taken(Transfer&& transfer)
    {
        asio::error_code error;
        std::size_t const count = transfer(error);
        if (error && error != asio::error::would_block)
            throw std::system_error{error};
        return count;
    }

    asio::local::stream_protocol::socket socket_;
};

/// The same as epoll_lanes, on Asio's sockets.
template <class Rows>
class asio_lanes
{
    using lane_type = lane<asio_socket, Rows>;

public:
    asio_lanes(case_id which, std::size_t count) : shared_{which, count}
    {
        for (std::size_t i = 0; i < count; ++i)
            lanes_.push_back(
                std::make_unique<lane_type>(asio_socket{context_, open_prepared(which)}, shared_));
    }

    void run(steady::time_point deadline, tally& counted)
    {
        shared_.begin(deadline, counted);
        for (auto const& each : lanes_) {
            each->start();
            wait(*each);
        }
        context_.restart();
        context_.run();
    }

    [[nodiscard]] Rows& rows() noexcept { return lanes_.front()->rows(); }

private:
    void wait(lane_type& each)
    {
        if (each.blocked())
            each.socket().when_writable([this, &each](asio::error_code) { turn(each); });
        else
            each.socket().when_readable([this, &each](asio::error_code) { turn(each); });
    }
    void turn(lane_type& each)
    {
        if (each.blocked())
            each.write();
        each.read();
        if (!each.done())
            wait(each);
    }

    traffic shared_;
    asio::io_context context_{1};
    std::vector<std::unique_ptr<lane_type>> lanes_;
};

} // namespace bench
