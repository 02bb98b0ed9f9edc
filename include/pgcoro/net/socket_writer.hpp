#pragma once

#include "asio.hpp"
#include "driver_handlers.hpp"
#include "tls_filter.hpp"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <span>

namespace pgcoro {

/// The driver's half that writes: what the session has to send goes to the socket, through the
/// filter where there is one, as far as the socket takes it and a cancellation lets it.
template <class Driver>
class socket_writer
{
public:
    [[nodiscard]] bool may_write(Driver const& at) const
    {
        bool const plain = at.session_.output().empty()
                               ? at.session_.feeding()
                               : !sendable(at).empty() && !at.session_.may_gather();
        return (plain || holds_ciphertext(at)) && !blocked_ && at.socket_.is_open();
    }

    /// A wait for writability is under way.
    [[nodiscard]] bool blocked() const noexcept { return blocked_; }

    void write(Driver& at)
    {
        // Bounded, as reading is.
        for (int writes = 0; writes < 16 && may_write(at); ++writes) {
            if (holds_ciphertext(at)) {
                send_ciphertext(at);
                continue;
            }
            if (at.session_.output().empty())
                at.session_.feed();
            if (sendable(at).empty())
                return;
            if (at.filter_)
                encrypt(at);
            else
                at.session_.output().consume(write_some(at, sendable(at)));
        }
    }

    /// The socket takes more now.
    void go_on(Driver& at)
    {
        blocked_ = false;
        write(at);
    }

    /// What is left to be sent, and the end of TLS, if the socket takes it at once.
    void write_last(Driver& at)
    {
        if (!blocked_)
            write(at);
        if (at.filter_ && !blocked_) {
            at.filter_->say_goodbye();
            send_ciphertext(at);
        }
    }

    /// During the login it is most likely our certificate that the server doesn't like.
    void tls_failed(Driver& at)
    {
        if (at.session_.logging_in())
            at.session_.lose(std::make_exception_ptr(
                tls_error{"TLS failed: " + at.filter_->problem() + at.session_.login_context()}));
        else
            at.session_.received_end(
                "the connection was lost: TLS failed: " + at.filter_->problem());
    }

private:
    /// Of the output, what may be written now.
    [[nodiscard]] std::span<std::byte const> sendable(Driver const& at) const noexcept
    {
        auto const all = at.session_.output().unsent();
        return at.drain_.holds_output() ? all.first(at.drain_.writable(at.session_)) : all;
    }

    /// Some is left, or reading has made it: alerts.
    [[nodiscard]] bool holds_ciphertext(Driver const& at) const
    {
        return at.filter_ && !at.filter_->unsent().empty();
    }

    /// What was encrypted counts as sent: no more of it at once than the socket takes soon.
    void encrypt(Driver& at)
    {
        constexpr std::size_t at_once = std::size_t{64} * 1024;
        std::span<std::byte const> plain = sendable(at);
        plain = plain.first(std::min(plain.size(), at_once));
        if (at.filter_->write(plain) != tls_filter::status::ok)
            return tls_failed(at);
        at.session_.output().consume(plain.size());
        send_ciphertext(at);
    }

    void send_ciphertext(Driver& at)
    {
        while (holds_ciphertext(at) && !blocked_ && at.socket_.is_open())
            at.filter_->sent(write_some(at, at.filter_->unsent()));
    }

    /// How much of it was taken. If none, writing is blocked, or the connection is broken.
    [[nodiscard]] std::size_t write_some(Driver& at, std::span<std::byte const> bytes)
    {
        asio::error_code error;
        std::size_t const count =
            at.socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
        if (error == asio::error::would_block || error == asio::error::try_again) {
            blocked_ = true;
            at.socket_.async_wait(
                asio::socket_base::wait_write, driver_step<Driver>{at, &Driver::write_turn});
        } else if (error) {
            // What the server said before it went may still be there to be read: the reader finds
            // the end, and the reason.
            at.session_.output().clear();
            return at.filter_ ? bytes.size() : 0;
        }
        return count;
    }

    bool blocked_ = false;
};

} // namespace pgcoro
