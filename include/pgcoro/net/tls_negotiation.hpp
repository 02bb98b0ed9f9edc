#pragma once

#include "../core/byte_writer.hpp"
#include "../core/error.hpp"
#include "../protocol/startup.hpp"
#include "tls_client.hpp"
#include "tls_filter.hpp"
#include "tls_peer.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// The way from a connected socket to an encrypted one, without the socket: the request for TLS,
/// its answer, the handshake, and what is checked then.
/// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
class tls_negotiation
{
public:
    enum class state
    {
        asking,      ///< for one byte of an answer
        shaking,     ///< hands
        encrypted,   ///< take() gives the filter
        not_offered, ///< the server has no TLS; the connection goes on without
    };

    /// `where`: the server, for messages. Throws tls_error.
    tls_negotiation(std::shared_ptr<tls_client> with, std::string where)
        : client_{std::move(with)}, where_{std::move(where)}
    {
        if (client_->how().negotiation == ssl_negotiation::direct)
            begin();
        else
            write_ssl_request(request_);
    }

    tls_negotiation(tls_negotiation const&) = delete;
    tls_negotiation& operator=(tls_negotiation const&) = delete;

    [[nodiscard]] state now() const noexcept { return now_; }
    /// TLS itself was begun: the server has it.
    [[nodiscard]] bool began() const noexcept { return now_ == state::shaking || filter_; }
    [[nodiscard]] bool done() const noexcept { return now_ >= state::encrypted; }

    /// What is to be sent and was not yet.
    [[nodiscard]] std::span<std::byte const> unsent() noexcept
    {
        return filter_ ? filter_->unsent() : request_.bytes().subspan(sent_);
    }
    void sent(std::size_t count) noexcept
    {
        if (filter_)
            filter_->sent(count);
        else
            sent_ += count;
    }

    /// Room for what is read: one byte for the answer. What stands behind it is not the server's,
    /// and must never be taken for something that came encrypted.
    [[nodiscard]] std::span<std::byte> prepare()
    {
        return filter_ ? filter_->prepare() : std::span<std::byte>{answer_};
    }
    /// `count` bytes were read into that room; `more`: others wait behind them. Throws tls_error,
    /// protocol_error, connect_error.
    void received(std::size_t count, bool more)
    {
        if (!filter_)
            return take_answer(more);
        filter_->received(count);
        shake();
    }
    /// The server ended the connection. Throws.
    [[noreturn]] void received_end(std::string_view how)
    {
        if (filter_)
            fail(std::string{how} + " during the handshake");
        throw connection_lost{std::string{how} + " when asked for TLS (connecting to " + where_ +
                              "); is it a PostgreSQL server?"};
    }

    [[nodiscard]] std::unique_ptr<tls_filter> take() noexcept { return std::move(filter_); }

private:
    void take_answer(bool more)
    {
        char const answer = static_cast<char>(answer_[0]);
        if (answer == 'E')
            // What it says is not shown: nobody knows yet whose words they are.
            throw connect_error{
                "the server answered the request for TLS with an error (connecting to " + where_ +
                "); it may be out of connections or memory"};
        if (answer != 'S' && answer != 'N')
            throw protocol_error{"the server broke the protocol: it answered the request for TLS "
                                 "with neither yes nor no (connecting to " +
                                 where_ + "); is it a PostgreSQL server?"};
        if (more)
            throw protocol_error{"unencrypted bytes came behind the answer to the request for TLS "
                                 "(connecting to " +
                                 where_ + "): somebody interferes with the connection"};
        if (answer == 'S')
            return begin();
        if (client_->how().mode >= ssl_mode::require)
            fail("the server does not support it");
        now_ = state::not_offered;
    }

    void begin()
    {
        now_ = state::shaking;
        filter_ = std::make_unique<tls_filter>(client_->make_connection());
        SSL_set_cert_cb(
            filter_->handle(),
            [](SSL*, void* self) {
                static_cast<tls_negotiation*>(self)->asked_for_certificate_ = true;
                return 1;
            },
            this);
        shake();
    }

    void shake()
    {
        switch (filter_->shake_hands()) {
        case tls_filter::status::ok:
            check_protocol();
            check_name();
            check_own_certificate();
            SSL_set_cert_cb(filter_->handle(), nullptr, nullptr);
            now_ = state::encrypted;
            return;
        case tls_filter::status::wants_input:
            return;
        default:
            fail(filter_->problem() + advice());
        }
    }

    void check_protocol()
    {
        unsigned char const* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(filter_->handle(), &name, &size);
        bool const named = size != 0;
        if (named && std::string_view{reinterpret_cast<char const*>(name), size} != "postgresql")
            fail("the server speaks another protocol within TLS than PostgreSQL's");
        if (!named && client_->how().negotiation == ssl_negotiation::direct)
            fail("the server did not confirm that it speaks PostgreSQL's protocol (ALPN), which "
                 "sslnegotiation=direct needs");
    }

    void check_name()
    {
        if (client_->how().mode != ssl_mode::verify_full)
            return;
        X509 const* const certificate = SSL_get0_peer_certificate(filter_->handle());
        std::string names;
        if (client_->host().empty())
            fail("sslmode=verify-full needs the host's name");
        if (certificate == nullptr || !is_made_out_for(certificate, client_->host(), names))
            fail("the server's certificate is not made out for \"" + client_->host() +
                 "\", but for " + (names.empty() ? "nobody" : names));
    }

    void check_own_certificate()
    {
        if (client_->how().certificate_mode != client_certificate::require)
            return;
        if (!asked_for_certificate_)
            fail("sslcertmode=require, and the server did not ask for our certificate");
        if (SSL_get_certificate(filter_->handle()) == nullptr)
            fail("sslcertmode=require, and there is no certificate of ours: see sslcert");
    }

    /// What to do about it.
    [[nodiscard]] std::string advice() const
    {
        switch (SSL_get_verify_result(filter_->handle())) {
        case X509_V_OK:
            return {};
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "; sslrootcert has to name the certificate of who signed the server's";
        case X509_V_ERR_UNABLE_TO_GET_CRL:
            return "; sslcrl needs a list of every authority between the server and the root";
        default:
            return {};
        }
    }

    [[noreturn]] void fail(std::string const& why)
    {
        throw tls_error{"could not set up TLS: " + why + " (connecting to " + where_ + ')'};
    }

    std::shared_ptr<tls_client> client_;
    std::string where_;
    state now_ = state::asking;
    std::unique_ptr<tls_filter> filter_;
    small_byte_writer<8> request_;
    std::size_t sent_ = 0;
    std::array<std::byte, 1> answer_{};
    bool asked_for_certificate_ = false;
};

} // namespace pgcoro
