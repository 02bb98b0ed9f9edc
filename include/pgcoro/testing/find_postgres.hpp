#pragma once

#include "server_start_error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <glob.h>
#include <unistd.h>

namespace pgcoro {

/// True if the directory holds the two programs that a private server needs.
[[nodiscard]] inline bool has_postgres(std::string const& directory)
{
    return ::access((directory + "/postgres").c_str(), X_OK) == 0 &&
           ::access((directory + "/initdb").c_str(), X_OK) == 0;
}

/// The version number that a path carries, for sorting: "/usr/lib/postgresql/15/bin" gives
/// {15, 0}, "…/9.6/bin" {9, 6}, a path without a number {0, 0}.
[[nodiscard]] inline std::pair<int, int> version_in_path(std::string_view path)
{
    auto const number = [&path] {
        int value = 0;
        while (!path.empty() && path.front() >= '0' && path.front() <= '9' && value < 10000) {
            value = value * 10 + (path.front() - '0');
            path.remove_prefix(1);
        }
        return value;
    };
    std::size_t const at = path.find_first_of("0123456789");
    if (at == std::string_view::npos)
        return {};
    path.remove_prefix(at);
    int const major = number();
    if (path.size() < 2 || path.front() != '.')
        return {major, 0};
    path.remove_prefix(1);
    return {major, number()};
}

/// Where distributions put the server's programs: not on PATH, as a rule.
[[nodiscard]] inline std::vector<std::string> usual_postgres_places()
{
    std::vector<std::string> found;
    for (char const* const pattern : {"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin",
             "/usr/lib/postgresql*/bin", "/usr/local/pgsql/bin", "/usr/libexec/postgresql*",
             "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin"}) {
        ::glob_t matches{};
        if (::glob(pattern, 0, nullptr, &matches) == 0) {
            for (std::size_t i = 0; i < matches.gl_pathc; ++i)
                found.emplace_back(matches.gl_pathv[i]);
        }
        ::globfree(&matches);
    }
    // Not stable_sort: what libstdc++ 12 makes it of is a warning to clang 19.
    for (auto at = found.begin(); at != found.end(); ++at) {
        auto const newer = [&](std::string const& other) {
            return version_in_path(*at) > version_in_path(other);
        };
        std::rotate(std::find_if(found.begin(), at, newer), at, std::next(at));
    }
    return found;
}

/// The directories of PATH.
[[nodiscard]] inline std::vector<std::string> directories_of_path()
{
    char const* const path = std::getenv("PATH");
    std::vector<std::string> found;
    for (std::string_view rest = path == nullptr ? "" : path; !rest.empty();) {
        std::size_t const colon = std::min(rest.find(':'), rest.size());
        if (colon != 0)
            found.emplace_back(rest.substr(0, colon));
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
    return found;
}

/// The directory of the PostgreSQL programs to use: `directory` if not empty, else what the
/// environment variable PGCORO_POSTGRES_BIN names, else the newest in the usual places, else the
/// first on PATH. A place that was named and holds no server is an error, never passed over.
/// Throws server_start_error.
[[nodiscard]] inline std::string find_postgres(std::string const& directory = {})
{
    std::string const mend = "Install PostgreSQL's server (Debian and Ubuntu: apt install "
                             "postgresql; Fedora: dnf install postgresql-server; macOS: brew "
                             "install postgresql), or name the directory of its programs in the "
                             "environment variable PGCORO_POSTGRES_BIN.";
    char const* const variable = std::getenv("PGCORO_POSTGRES_BIN");
    bool const from_environment = directory.empty() && variable != nullptr && *variable != '\0';
    std::string const named = from_environment ? variable : directory;
    if (!named.empty()) {
        if (has_postgres(named))
            return named;
        throw server_start_error{"no PostgreSQL server found: " + named +
                                 (from_environment ? " (from PGCORO_POSTGRES_BIN)" : "") +
                                 " does not hold the programs postgres and initdb. " + mend};
    }
    std::string looked;
    for (auto const& places : {usual_postgres_places(), directories_of_path()}) {
        for (auto const& place : places) {
            if (has_postgres(place))
                return place;
            looked += (looked.empty() ? "" : ", ") + place;
        }
    }
    throw server_start_error{"no PostgreSQL server found: looked for the programs postgres and "
                             "initdb in /usr/lib/postgresql/*/bin, /usr/pgsql-*/bin, "
                             "/usr/local/pgsql/bin, Homebrew's directories and PATH (" +
                             looked + "). " + mend};
}

} // namespace pgcoro
