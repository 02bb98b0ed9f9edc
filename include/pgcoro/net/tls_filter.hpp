#pragma once

#include "../core/byte_writer.hpp"
#include "../core/error.hpp"
#include "tls_bio.hpp"
#include "tls_handles.hpp"

#include <cstddef>
#include <new>
#include <span>
#include <string>
#include <utility>

namespace pgcoro {

/// TLS as a filter of bytes, without a socket: ciphertext goes in and plain bytes come out, and the
/// other way round. Whatever it does may leave ciphertext to be sent: handshakes and alerts come
/// about while reading too. (When the server renews its keys, ours follow with the next write.)
class tls_filter
{
public:
    enum class status
    {
        ok,
        wants_input, ///< nothing more comes out before more is received
        ended,       ///< the other side said that it sends no more
        failed,      ///< for good; problem() says why
    };

    /// A client's side, ready for its handshake. Throws std::bad_alloc, or tls_error.
    explicit tls_filter(ssl_ptr connection) : ssl_{std::move(connection)}
    {
        BIO* const bio = wire_.make_bio();
        if (bio == nullptr || !ssl_)
            throw std::bad_alloc{};
        SSL_set_bio(ssl_.get(), bio, bio); // which owns it from now on
        SSL_set_connect_state(ssl_.get());
    }
    tls_filter(tls_filter const&) = delete;
    tls_filter& operator=(tls_filter const&) = delete;

    // ---- the socket's side: ciphertext

    /// Room for what comes from the socket: never empty.
    [[nodiscard]] std::span<std::byte> prepare() { return wire_.prepare(); }
    /// `count` bytes were read into that room.
    void received(std::size_t count) noexcept
    {
        wire_.received(count);
        drained_ = false;
    }
    /// What is to be sent and was not yet.
    [[nodiscard]] std::span<std::byte const> unsent() const noexcept
    {
        return wire_.output().bytes().subspan(sent_);
    }
    void sent(std::size_t count) noexcept
    {
        sent_ += count;
        if (sent_ == wire_.output().size()) {
            sent_ = 0;
            if (wire_.output().capacity() > keep_capacity)
                wire_.output() = byte_writer{};
            else
                wire_.output().clear();
        }
    }

    // ---- our side: plain bytes

    /// Goes on with the handshake; ok when it is done.
    [[nodiscard]] status shake_hands()
    {
        ERR_clear_error();
        return outcome(SSL_do_handshake(ssl_.get()));
    }

    /// Fills `room`, which must not be empty, as far as there is something. `count` bytes were
    /// read, whatever the status: ok means that there may be more.
    [[nodiscard]] status read(std::span<std::byte> room, std::size_t& count)
    {
        count = 0;
        while (count < room.size()) {
            ERR_clear_error();
            std::size_t got = 0;
            int const result =
                SSL_read_ex(ssl_.get(), room.data() + count, room.size() - count, &got);
            if (result != 1)
                return outcome(result);
            count += got;
        }
        return status::ok;
    }

    /// Something may be there to be read that no socket will ever announce.
    [[nodiscard]] bool holds_input() const noexcept { return !drained_; }

    /// Encrypts `plain`, all of it: ok or failed.
    [[nodiscard]] status write(std::span<std::byte const> plain)
    {
        if (plain.empty())
            return status::ok;
        ERR_clear_error();
        std::size_t written = 0;
        return outcome(SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &written));
    }

    /// Tells the other side that we send no more.
    void say_goodbye() noexcept
    {
        ERR_clear_error();
        if (problem_.empty() && SSL_is_init_finished(ssl_.get()) == 1)
            SSL_shutdown(ssl_.get());
        ERR_clear_error();
    }

    /// What failed, in words.
    [[nodiscard]] std::string const& problem() const noexcept { return problem_; }

    /// For what is asked of OpenSSL once the handshake is done.
    [[nodiscard]] SSL* handle() const noexcept { return ssl_.get(); }

private:
    static constexpr std::size_t keep_capacity = std::size_t{96} * 1024;

    [[nodiscard]] status outcome(int result)
    {
        if (result == 1)
            return status::ok;
        if (!problem_.empty())
            return status::failed;
        switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            drained_ = true;
            return status::wants_input;
        case SSL_ERROR_ZERO_RETURN:
            drained_ = true;
            return status::ended;
        default:
            drained_ = true;
            problem_ = take_tls_reason();
            if (long const verdict = SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK)
                problem_.append(": ").append(X509_verify_cert_error_string(verdict));
            return status::failed;
        }
    }

    tls_wire wire_; // before ssl_, which looks into it until its end
    ssl_ptr ssl_;
    std::size_t sent_ = 0;
    bool drained_ = true;
    std::string problem_;
};

} // namespace pgcoro
