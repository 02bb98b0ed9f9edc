#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/// Stands between one client and a server, and keeps back what the server says of some settings: as
/// an older server would, or a pooler.
class filtering_proxy
{
public:
    filtering_proxy(std::uint16_t server, std::vector<std::string> hidden)
        : hidden_{std::move(hidden)}
    {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = loopback(0);
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(listener_, 8);
        socklen_t size = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread{[this, server] { serve(server); }};
    }
    filtering_proxy(filtering_proxy const&) = delete;
    filtering_proxy& operator=(filtering_proxy const&) = delete;
    ~filtering_proxy()
    {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
    static sockaddr_in loopback(std::uint16_t port)
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }

    void serve(std::uint16_t server)
    {
        int const client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0)
            return;
        int const upstream = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in const address = loopback(server);
        if (::connect(upstream, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0)
            forward(client, upstream);
        ::close(upstream);
        ::close(client);
    }

    void forward(int client, int server)
    {
        std::string received;
        for (;;) {
            pollfd ends[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
            if (::poll(ends, 2, 60'000) <= 0)
                return;
            char bytes[16384];
            if (ends[0].revents != 0) {
                ssize_t const count = ::recv(client, bytes, sizeof bytes, 0);
                if (count <= 0)
                    return;
                send(server, {bytes, static_cast<std::size_t>(count)});
            }
            if (ends[1].revents != 0) {
                ssize_t const count = ::recv(server, bytes, sizeof bytes, 0);
                if (count <= 0)
                    return;
                received.append(bytes, static_cast<std::size_t>(count));
                send(client, take_messages(received));
            }
        }
    }

    static void send(int to, std::string_view bytes)
    {
        while (!bytes.empty()) {
            ssize_t const count = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0)
                return;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    /// Whole messages, but for those about hidden settings.
    [[nodiscard]] std::string take_messages(std::string& from) const
    {
        std::string passed;
        for (;;) {
            if (from.size() < 5)
                return passed;
            std::size_t length = 0;
            for (std::size_t i = 1; i < 5; ++i)
                length = length * 256 + static_cast<unsigned char>(from[i]);
            if (from.size() < length + 1)
                return passed;
            std::string const message = from.substr(0, length + 1);
            from.erase(0, length + 1);
            bool keep = true;
            for (std::string const& name : hidden_)
                keep = keep && !(message[0] == 'S' && message.substr(5).starts_with(name + '\0'));
            if (keep)
                passed += message;
        }
    }

    std::vector<std::string> hidden_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};
