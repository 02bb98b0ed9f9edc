#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/// Something on a port that is no PostgreSQL: accepts one connection and does with it what it is
/// told, on a thread of its own.
class false_server
{
public:
    /// `serve` gets the accepted socket; it is closed afterwards.
    explicit false_server(std::function<void(int)> serve)
    {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(listener_, 8);
        socklen_t size = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread{[this, serve = std::move(serve)] {
            int const peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (peer < 0)
                return;
            serve(peer);
            ::close(peer);
        }};
    }
    false_server(false_server const&) = delete;
    false_server& operator=(false_server const&) = delete;
    ~false_server()
    {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    static void send(int peer, std::string_view bytes)
    {
        [[maybe_unused]] auto const sent = ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    /// Takes what comes first.
    static void receive(int peer)
    {
        char bytes[4096];
        [[maybe_unused]] auto const count = ::recv(peer, bytes, sizeof bytes, 0);
    }
    /// Until the other side closes.
    static void wait_for_end(int peer)
    {
        char bytes[4096];
        while (::recv(peer, bytes, sizeof bytes, 0) > 0)
            ;
    }

private:
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};
