#pragma once

#include "tls_server.hpp"

#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/// What a false server has behind the handshake: blocking, and done with after twenty seconds.
class tls_peer
{
public:
    tls_peer(SSL* tls, int socket) noexcept : tls_{tls}, socket_{socket} {}

    void send(std::string_view bytes)
    {
        if (!bytes.empty())
            ::SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()));
    }
    /// The same for ever, until nobody takes it any more.
    void send_for_ever(std::string_view bytes)
    {
        while (::SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) > 0)
            ;
    }
    /// Past TLS.
    void send_raw(std::string_view bytes) const
    {
        [[maybe_unused]] auto const sent =
            ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    /// What comes next.
    std::string receive()
    {
        char bytes[16384];
        int const count = ::SSL_read(tls_, bytes, sizeof bytes);
        std::string const got{bytes, static_cast<std::size_t>(count > 0 ? count : 0)};
        heard_ += got;
        return got;
    }
    /// Until the other side closes.
    void wait_for_end()
    {
        while (!receive().empty())
            ;
    }
    /// Ends TLS as it should be done; else the connection just breaks off.
    void say_goodbye() { ::SSL_shutdown(tls_); }
    [[nodiscard]] SSL* handle() const noexcept { return tls_; }
    [[nodiscard]] std::string const& heard() const noexcept { return heard_; }

private:
    SSL* tls_;
    int socket_;
    std::string heard_;
};

/// A server with a certificate that is good, and bad intentions: each connection is served, behind
/// the handshake, as was said last. One after the other, on a thread of its own.
class false_tls_server
{
public:
    using serve = std::function<void(tls_peer&)>;

    false_tls_server() : context_{::SSL_CTX_new(::TLS_server_method()), &::SSL_CTX_free}
    {
        certificate const& shown = shared_certificates().server;
        ::SSL_CTX_use_certificate(context_.get(), const_cast<X509*>(shown.get())); // shares it
        ::SSL_CTX_use_PrivateKey(context_.get(), shown.key());

        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(listener_, 8);
        socklen_t size = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread{[this] { accept_all(); }};
    }
    false_tls_server(false_tls_server const&) = delete;
    false_tls_server& operator=(false_tls_server const&) = delete;
    ~false_tls_server()
    {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// From the next connection on.
    void next(serve how)
    {
        std::scoped_lock const lock{mutex_};
        how_ = std::move(how);
        heard_.clear();
    }
    /// All that was said to it since. Waits until the connection is through.
    [[nodiscard]] std::string heard()
    {
        std::scoped_lock const lock{mutex_};
        return heard_;
    }

private:
    void accept_all()
    {
        sigset_t broken; // OpenSSL writes to sockets that are closed at the other end
        ::sigemptyset(&broken);
        ::sigaddset(&broken, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &broken, nullptr);
        for (;;) {
            int const socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0)
                return;
            {
                std::scoped_lock const lock{mutex_};
                serve_one(socket);
            }
            ::close(socket);
        }
    }

    void serve_one(int socket)
    {
        timeval const limit{20, 0};
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        int const on = 1; // else many a short message waits for the one before it
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        char request[8];
        if (::recv(socket, request, sizeof request, MSG_WAITALL) != sizeof request ||
            ::send(socket, "S", 1, MSG_NOSIGNAL) != 1)
            return;
        std::unique_ptr<SSL, decltype(&::SSL_free)> const tls{
            ::SSL_new(context_.get()), &::SSL_free};
        ::SSL_set_fd(tls.get(), socket);
        if (::SSL_accept(tls.get()) != 1)
            return;
        tls_peer peer{tls.get(), socket};
        how_(peer);
        heard_ += peer.heard();
    }

    std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    serve how_;
    std::string heard_;
    std::thread thread_;
};
