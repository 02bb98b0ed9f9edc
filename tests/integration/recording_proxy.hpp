#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/// Stands between clients and a server, and keeps what each client says.
class recording_proxy
{
public:
    explicit recording_proxy(std::uint16_t server)
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
    recording_proxy(recording_proxy const&) = delete;
    recording_proxy& operator=(recording_proxy const&) = delete;
    ~recording_proxy() { stop(); }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// What each connection's client said, in the order in which they came. Ends the proxy.
    [[nodiscard]] std::vector<std::string> recorded()
    {
        stop();
        std::vector<std::string> all;
        for (auto const& each : pairs_)
            all.push_back(each.said);
        return all;
    }

private:
    struct pair
    {
        int client, server;
        std::string said;
        bool open = true;
    };

    static sockaddr_in loopback(std::uint16_t port)
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }

    void stop()
    {
        if (!thread_.joinable())
            return;
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    void serve(std::uint16_t server)
    {
        for (;;) {
            std::vector<pollfd> ends{{listener_, POLLIN, 0}};
            for (auto const& each : pairs_) {
                ends.push_back({each.open ? each.client : -1, POLLIN, 0});
                ends.push_back({each.open ? each.server : -1, POLLIN, 0});
            }
            if (::poll(ends.data(), ends.size(), 60'000) <= 0)
                break;
            for (std::size_t i = 0; i < pairs_.size(); ++i) {
                pair& each = pairs_[i];
                bool alive = true;
                if (ends[1 + 2 * i].revents != 0)
                    alive = forward(each.client, each.server, &each.said);
                if (alive && ends[2 + 2 * i].revents != 0)
                    alive = forward(each.server, each.client, nullptr);
                if (!alive)
                    shut(each);
            }
            if (ends[0].revents != 0) {
                int const client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
                if (client < 0)
                    break;
                int const upstream = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
                sockaddr_in const to = loopback(server);
                (void)::connect(upstream, reinterpret_cast<sockaddr const*>(&to), sizeof to);
                pairs_.push_back({client, upstream, {}, true});
            }
        }
        for (auto& each : pairs_)
            if (each.open)
                shut(each);
    }

    static void shut(pair& which)
    {
        ::close(which.client);
        ::close(which.server);
        which.open = false;
    }

    static bool forward(int from, int to, std::string* record)
    {
        char bytes[16384];
        ssize_t const count = ::recv(from, bytes, sizeof bytes, 0);
        if (count <= 0)
            return false;
        if (record != nullptr)
            record->append(bytes, static_cast<std::size_t>(count));
        return ::send(to, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
    }

    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::vector<pair> pairs_;
    std::thread thread_;
};
