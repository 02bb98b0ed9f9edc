#pragma once

#include "server_start_error.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pgcoro::testing {

/// A TCP port of 127.0.0.1 that was free a moment ago. Throws server_start_error.
[[nodiscard]] inline std::uint16_t find_free_port()
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    int const probe = ::socket(AF_INET, SOCK_STREAM, 0);
    bool const found =
        probe >= 0 && ::bind(probe, name, length) == 0 && ::getsockname(probe, name, &length) == 0;
    int const reason = errno;
    if (probe >= 0)
        ::close(probe);
    if (!found)
        throw server_start_error{std::string{"no free TCP port: "} + std::strerror(reason)};
    return ntohs(address.sin_port);
}

} // namespace pgcoro::testing
