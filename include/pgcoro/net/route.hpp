#pragma once

#include "../session/login.hpp"
#include "../session/session_settings.hpp"
#include "socket_settings.hpp"
#include "tls_options.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace pgcoro {

/// How a connection is made to one server, and the sizes it keeps to.
struct route
{
    route() {} // declared: see options
    std::string
        host; ///< by which the server's certificate knows it; may be numeric, or a directory
    std::uint16_t port = 0;
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    login_settings login;
    session_settings session;
    tls_options tls;
    socket_settings socket;
    std::string requirepeer; ///< who must run the server behind a Unix socket; "": anybody
    std::chrono::milliseconds cancel_timeout{};
};

} // namespace pgcoro
