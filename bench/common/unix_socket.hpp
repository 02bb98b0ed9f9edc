#pragma once

#include "login.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace bench {

[[noreturn]] inline void throw_errno(char const* what)
{
    throw std::system_error{errno, std::generic_category(), what};
}

/// A file descriptor.
class descriptor
{
public:
    descriptor() noexcept = default;
    explicit descriptor(int number) noexcept : number_{number} {}
    descriptor(descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    descriptor& operator=(descriptor&& other) noexcept
    {
        std::swap(number_, other.number_);
        return *this;
    }
    ~descriptor()
    {
        if (number_ >= 0)
            ::close(number_);
    }

    [[nodiscard]] int number() const noexcept { return number_; }
    [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

    void make_non_blocking() const
    {
        if (::fcntl(number_, F_SETFL, ::fcntl(number_, F_GETFL) | O_NONBLOCK) < 0)
            throw_errno("fcntl");
    }

    /// 0 where there is nothing to be read yet. Throws at the end.
    [[nodiscard]] std::size_t read(std::byte* to, std::size_t size) const
    {
        ssize_t const count = ::recv(number_, to, size, 0);
        if (count > 0)
            return static_cast<std::size_t>(count);
        if (count == 0)
            throw std::runtime_error{"the server closed the connection"};
        if (errno == EAGAIN)
            return 0;
        throw_errno("recv");
    }
    /// How many bytes were taken; 0 where the socket is full.
    [[nodiscard]] std::size_t write(char const* from, std::size_t size) const
    {
        ssize_t const count = ::send(number_, from, size, MSG_NOSIGNAL);
        if (count >= 0)
            return static_cast<std::size_t>(count);
        if (errno == EAGAIN)
            return 0;
        throw_errno("send");
    }

private:
    int number_ = -1;
};

[[nodiscard]] inline sockaddr_un socket_address(std::string const& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw std::invalid_argument{"the path of the socket is too long: " + path};
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

[[nodiscard]] inline descriptor open_socket(server_address const& where)
{
    auto const address = socket_address(where.directory + "/.s.PGSQL." + where.port);
    descriptor opened{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (opened.number() < 0 ||
        ::connect(opened.number(), reinterpret_cast<sockaddr const*>(&address), sizeof address) < 0)
        throw_errno("connect");
    return opened;
}

} // namespace bench
