#pragma once

#include "../../integration/certificates.hpp"

#include <pgcoro/net/tls_client.hpp>
#include <pgcoro/net/tls_negotiation.hpp>

#include <openssl/ssl.h>

#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

/// The server's side of TLS in memory, by OpenSSL's own means: what one sends the other receives.
class memory_server
{
public:
    struct wishes
    {
        int version = 0;                     // the highest; 0: OpenSSL's
        std::string protocol = "postgresql"; // by ALPN; empty: none is chosen
        bool asks_for_certificate = false;
    };

    explicit memory_server(certificate const& with) : memory_server{with, wishes{}} {}
    memory_server(certificate const& with, wishes how)
        : context_{SSL_CTX_new(TLS_server_method())}, protocol_{how.protocol}
    {
        SSL_CTX* const context = context_.get();
        SSL_CTX_set_max_proto_version(context, how.version);
        SSL_CTX_use_certificate(context, const_cast<X509*>(with.get()));
        SSL_CTX_use_PrivateKey(context, with.key());
        if (how.asks_for_certificate)
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
        SSL_CTX_set_alpn_select_cb(context, &memory_server::choose, this);
        ssl_.reset(SSL_new(context));
        BIO* const in = BIO_new(BIO_s_mem());
        BIO* const out = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl_.get(), in, out);
        SSL_set_accept_state(ssl_.get());
    }

    [[nodiscard]] SSL* handle() const { return ssl_.get(); }

    void receive(std::span<std::byte const> bytes)
    {
        if (!bytes.empty())
            BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    }
    /// Goes on with the handshake; what it wants to send.
    std::string shake_hands()
    {
        SSL_do_handshake(ssl_.get());
        return sent();
    }
    [[nodiscard]] bool done() const { return SSL_is_init_finished(ssl_.get()) == 1; }

    std::string encrypt(std::string_view plain)
    {
        SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
        return sent();
    }
    std::string decrypt()
    {
        std::string plain;
        char some[4096];
        for (int count = 0; (count = SSL_read(ssl_.get(), some, sizeof some)) > 0;)
            plain.append(some, static_cast<std::size_t>(count));
        return plain;
    }
    std::string say_goodbye()
    {
        SSL_shutdown(ssl_.get());
        return sent();
    }
    std::string sent()
    {
        std::string bytes(BIO_ctrl_pending(SSL_get_wbio(ssl_.get())), '\0');
        if (!bytes.empty())
            BIO_read(SSL_get_wbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
        return bytes;
    }

private:
    static int choose(SSL*, unsigned char const** out, unsigned char* size, unsigned char const*,
        unsigned, void* self)
    {
        std::string const& name = static_cast<memory_server*>(self)->protocol_;
        *out = reinterpret_cast<unsigned char const*>(name.data());
        *size = static_cast<unsigned char>(name.size());
        return name.empty() ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_OK;
    }

    pgcoro::ssl_context_ptr context_;
    std::string protocol_;
    pgcoro::ssl_ptr ssl_;
};

/// Gives bytes to whatever has prepare() and received().
template <class To>
void feed(To& to, std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const room = to.prepare();
        std::size_t const count = std::min(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), count);
        bytes.remove_prefix(count);
        if constexpr (requires { to.received(count); })
            to.received(count);
        else
            to.received(count, false);
    }
}

/// Takes what it wants to send.
template <class From>
std::string take(From& from)
{
    auto const bytes = from.unsent();
    std::string const text{reinterpret_cast<char const*>(bytes.data()), bytes.size()};
    from.sent(bytes.size());
    return text;
}
