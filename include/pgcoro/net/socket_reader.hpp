#pragma once

#include "asio.hpp"
#include "driver_handlers.hpp"
#include "tls_filter.hpp"

#include <cstddef>
#include <exception>
#include <span>

namespace pgcoro {

/// The driver's half that reads: what the socket has goes to the session, through the filter where
/// there is one.
template <class Driver>
class socket_reader
{
public:
    /// A read is under way.
    [[nodiscard]] bool reading() const noexcept { return reading_; }

    /// The last one left nothing to be read, as far as is known.
    [[nodiscard]] bool emptied() const noexcept { return last_ < room_; }

    /// Begins one, of which the driver's read_turn() hears the end. May throw.
    void begin(Driver& at)
    {
        reading_ = true;
        try {
            if (at.filter_ && at.filter_->holds_input()) // of which the socket knows nothing
                asio::post(at.home(), step{at, &Driver::read_turn});
            else
                at.socket_.async_read_some(room(at), step{at, &Driver::read_turn});
        } catch (...) {
            reading_ = false;
            throw;
        }
    }
    void ended() noexcept { reading_ = false; }

    /// `count` bytes have come, and maybe there are more. Gives how many it were in all.
    std::size_t read(Driver& at, asio::error_code error, std::size_t count)
    {
        came_ = 0;
        try {
            read_all(at, error, count);
        } catch (...) {
            at.session_.lose(std::current_exception());
        }
        return came_;
    }

private:
    using step = driver_step<Driver>;

    void read_all(Driver& at, asio::error_code error, std::size_t count)
    {
        if (error)
            return broke(at, error);
        take(at, count);
        // Bounded, so that one large result does not starve the executor's other work.
        for (int reads = 1; reads < 16 && count == room_; ++reads) {
            if (at.session_.closed() || at.session_.paused())
                return;
            count = at.socket_.read_some(room(at), error);
            if (error == asio::error::would_block || error == asio::error::try_again)
                return;
            if (error)
                return broke(at, error);
            take(at, count);
        }
    }

    /// Where the next read goes. It stays there: only a reader moves it.
    [[nodiscard]] asio::mutable_buffer room(Driver& at)
    {
        std::span<std::byte> const found =
            at.filter_ ? at.filter_->prepare() : at.session_.prepare_input();
        room_ = found.size();
        return {found.data(), found.size()};
    }

    void take(Driver& at, std::size_t count)
    {
        came_ += count;
        last_ = count;
        if (!at.filter_)
            return at.session_.received(count);
        if (count != 0)
            at.filter_->received(count);
        decrypt(at);
    }

    /// What was received comes out of the filter, until there is no more or nobody wants it now.
    static void decrypt(Driver& at)
    {
        while (!at.session_.closed() && !at.session_.paused()) {
            std::span<std::byte> const room = at.session_.prepare_input();
            std::size_t count = 0;
            auto const status = at.filter_->read(room, count);
            if (count != 0)
                at.session_.received(count);
            if (status == tls_filter::status::wants_input)
                return;
            if (status == tls_filter::status::ended)
                return at.session_.received_end();
            if (status == tls_filter::status::failed)
                return at.writer_.tls_failed(at);
        }
    }

    static void broke(Driver& at, asio::error_code error)
    {
        if (error == asio::error::eof)
            return at.session_.received_end();
        at.session_.received_end("the connection was lost: " + error.message());
    }

    std::size_t room_ = 0; // how much the read under way may give
    std::size_t came_ = 0; // with this turn
    std::size_t last_ = 0; // with its last read
    bool reading_ = false;
};

} // namespace pgcoro
