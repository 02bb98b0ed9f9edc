#pragma once

#include "../session/login.hpp"
#include "../session/session_settings.hpp"
#include "tls_options.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace pgcoro {

/// Where a connection goes, and the sizes it keeps to.
struct route
{
    route() {} // declared: see options
    std::string host;
    std::uint16_t port = 0;
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    login_settings login;
    session_settings session;
    tls_options tls;
    std::chrono::milliseconds cancel_timeout{};
};

} // namespace pgcoro
