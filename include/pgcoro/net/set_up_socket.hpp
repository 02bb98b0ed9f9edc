#pragma once

#include "../core/error.hpp"
#include "socket_settings.hpp"
#include "system_user.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

namespace pgcoro {

/// Sends at once, and watches the other end as `how` says. What the system does not know is left
/// out, as libpq leaves it out.
[[nodiscard]] inline std::error_code set_up_socket(int socket, socket_settings const& how)
{
    std::error_code failure;
    auto const set = [&](int level, int name, long long value) {
        int const number = static_cast<int>(value);
        if (::setsockopt(socket, level, name, &number, sizeof number) != 0 && !failure)
            failure = {errno, std::system_category()};
    };
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    if (how.keepalives) {
        set(SOL_SOCKET, SO_KEEPALIVE, 1);
#if defined(TCP_KEEPIDLE)
        if (how.keepalives_idle.count() > 0)
            set(IPPROTO_TCP, TCP_KEEPIDLE, how.keepalives_idle.count());
#elif defined(TCP_KEEPALIVE) // macOS
        if (how.keepalives_idle.count() > 0)
            set(IPPROTO_TCP, TCP_KEEPALIVE, how.keepalives_idle.count());
#endif
#if defined(TCP_KEEPINTVL)
        if (how.keepalives_interval.count() > 0)
            set(IPPROTO_TCP, TCP_KEEPINTVL, how.keepalives_interval.count());
#endif
#if defined(TCP_KEEPCNT)
        if (how.keepalives_count > 0)
            set(IPPROTO_TCP, TCP_KEEPCNT, how.keepalives_count);
#endif
    }
#if defined(TCP_USER_TIMEOUT)
    if (how.tcp_user_timeout.count() > 0)
        set(IPPROTO_TCP, TCP_USER_TIMEOUT, how.tcp_user_timeout.count());
#endif
    return failure;
}

/// Throws connect_error unless the process that listens at the other end of a Unix socket belongs
/// to the system user `required`; if that is empty, anybody will do.
inline void check_peer(int socket, std::string const& required, std::string const& path)
{
    if (required.empty())
        return;
    ::uid_t who = 0;
#if defined(SO_PEERCRED)
    ::ucred peer{};
    ::socklen_t size = sizeof peer;
    bool const known = ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    who = peer.uid;
#else
    ::gid_t group = 0;
    bool const known = ::getpeereid(socket, &who, &group) == 0;
#endif
    std::string const refused =
        "could not connect to " + path + ": requirepeer is \"" + required + "\", but ";
    if (!known)
        throw connect_error{refused + "it can't be told who runs the server"};
    std::string name = find_system_user(who).name;
    if (name.empty())
        name = std::to_string(who);
    if (name != required)
        throw connect_error{refused + "the server runs as \"" + name + '"'};
}

} // namespace pgcoro
