#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pwd.h>
#include <sys/types.h>
#include <unistd.h>

/// \file
/// What libpq asks the operating system for: the environment, and who runs the program.

namespace pgcoro {

/// An environment variable; nothing if it is not set. Setting the environment in one thread while
/// another reads it is undefined.
[[nodiscard]] inline std::optional<std::string> environment_variable(char const* name)
{
    char const* const value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

/// The name and the home directory that the system knows for a user; both empty where it knows
/// nobody of that number.
struct system_user
{
    std::string name;
    std::string home;
};

/// By default: who runs the program.
[[nodiscard]] inline system_user find_system_user(::uid_t who = ::geteuid())
{
    std::vector<char> room(16 * 1024);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(who, &entry, room.data(), room.size(), &found) != 0 || found == nullptr)
        return {};
    return {entry.pw_name, entry.pw_dir};
}

/// ~: HOME, or where that is not set, what the system says; empty where it says nothing.
[[nodiscard]] inline std::string home_directory()
{
    auto home = environment_variable("HOME");
    return home && !home->empty() ? std::move(*home) : find_system_user().home;
}

} // namespace pgcoro
