#pragma once

#include <chrono>

namespace pgcoro {

/// How the operating system finds out that the other end of a TCP connection is gone. Zero is the
/// system's own value. Has no effect on Unix sockets.
/// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES
struct socket_settings
{
    bool keepalives = true;
    std::chrono::seconds keepalives_idle{};     ///< of silence, until the first is sent
    std::chrono::seconds keepalives_interval{}; ///< from one that was not answered to the next
    int keepalives_count = 0;                   ///< so many unanswered ones end the connection
    /// How long what was sent may stay unacknowledged. Linux only.
    std::chrono::milliseconds tcp_user_timeout{};

    friend bool operator==(socket_settings const&, socket_settings const&) = default;
};

} // namespace pgcoro
