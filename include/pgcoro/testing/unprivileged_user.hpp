#pragma once

#include "server_start_error.hpp"

#include <optional>
#include <string>

#include <grp.h>
#include <pwd.h>
#include <sys/types.h>
#include <unistd.h>

namespace pgcoro::testing {

/// Whom the server runs as where we are root.
struct unprivileged_user
{
    std::string name;
    uid_t uid;
    gid_t gid;
};

/// PostgreSQL refuses to run as root: then it is "postgres" where that user exists, else "nobody".
/// Nothing where we are not root: the server runs as ourselves. Throws server_start_error.
[[nodiscard]] inline std::optional<unprivileged_user> server_user()
{
    if (::geteuid() != 0)
        return std::nullopt;
    for (char const* const name : {"postgres", "nobody"}) {
        passwd const* const entry = ::getpwnam(name);
        if (entry != nullptr && entry->pw_uid != 0)
            return unprivileged_user{name, entry->pw_uid, entry->pw_gid};
    }
    throw server_start_error{"PostgreSQL does not run as root, and there is neither a user "
                             "postgres nor nobody to run it as: make one, or run as another user"};
}

} // namespace pgcoro::testing
