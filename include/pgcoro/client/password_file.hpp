#pragma once

#include "../auth/cleansed.hpp"
#include "user_files.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

namespace pgcoro {

/// Whom a password is looked up for.
struct password_key
{
    std::string host; ///< a name or address as it was given; "localhost" for the default socket
    std::string port;
    std::string database;
    std::string user;
};

/// Takes a field off a line of a password file and compares it with `wanted`: "*" is equal to all,
/// and \ makes the character behind it an ordinary one.
[[nodiscard]] inline bool take_matching_field(std::string_view& line, std::string_view wanted)
{
    if (line.starts_with("*:")) {
        line.remove_prefix(2);
        return true;
    }
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == ':' && wanted.empty()) {
            line.remove_prefix(i + 1);
            return true;
        }
        if (line[i] == '\\' && i + 1 < line.size())
            ++i;
        if (wanted.empty() || wanted.front() != line[i])
            return false;
        wanted.remove_prefix(1);
    }
    return false;
}

/// The password of a line host:port:database:user:password, if the line is for `who`.
[[nodiscard]] inline std::optional<std::string> password_of_line(
    std::string_view line, password_key const& who)
{
    if (line.starts_with('#'))
        return std::nullopt;
    for (std::string const* wanted : {&who.host, &who.port, &who.database, &who.user})
        if (!take_matching_field(line, *wanted))
            return std::nullopt;
    std::string password;
    for (std::size_t i = 0; i < line.size() && line[i] != ':'; ++i) {
        if (line[i] == '\\' && i + 1 < line.size())
            ++i;
        password += line[i];
    }
    return password;
}

/// What a look into a password file gave.
struct password_file_result
{
    std::string password; ///< empty: none
    std::string problem;  ///< why the file was not used, for the message if a password was needed
};

/// The first line of the file that fits. A file that others may read is not used, nor one that is
/// none; that there is no file is no problem.
/// https://www.postgresql.org/docs/current/libpq-pgpass.html
[[nodiscard]] inline password_file_result find_password(
    std::string const& path, password_key const& who)
{
    if (path.empty() || who.database.empty() || who.user.empty())
        return {};
    struct ::stat about = {}; // before opening it: a pipe would wait for its writer
    if (::stat(path.c_str(), &about) != 0)
        return {};
    if (!S_ISREG(about.st_mode))
        return {{}, "the password file " + path + " is not a plain file"};
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return {{}, "the password file " + path +
                        " is not used, because others may read or write it; mend it with: "
                        "chmod 0600 " +
                        path};
    line_reader file{path};
    if (!file.opened())
        return {{}, "the password file " + path + " can't be read"};
    cleansed<std::string> line;
    while (file.next(*line))
        if (auto password = password_of_line(*line, who))
            return {std::move(*password), {}};
    return {};
}

} // namespace pgcoro
