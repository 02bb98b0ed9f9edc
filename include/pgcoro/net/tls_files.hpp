#pragma once

#include "../core/error.hpp"
#include "system_user.hpp"

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/stat.h>

namespace pgcoro {

/// The file that an option names, or libpq's default for it: ~/.postgresql/NAME; empty if there is
/// no home directory.
/// https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-FILE-USAGE
[[nodiscard]] inline std::string tls_file(std::string const& given, std::string_view name)
{
    if (!given.empty())
        return given;
    std::string const home = home_directory();
    return home.empty() ? home : home + "/.postgresql/" + std::string{name};
}

/// Whether there is such a file. Throws tls_error where that can't be told.
[[nodiscard]] inline bool file_exists(std::string const& path)
{
    struct stat about
    {};
    if (path.empty())
        return false;
    if (::stat(path.c_str(), &about) == 0)
        return true;
    if (errno == ENOENT || errno == ENOTDIR)
        return false;
    throw tls_error{"could not open the certificate file \"" + path +
                    "\": " + std::generic_category().message(errno)};
}

/// Throws tls_error if there is no such file, or others than its owner may read it.
inline void check_key_file(std::string const& path)
{
    struct stat about
    {};
    if (path.empty() || ::stat(path.c_str(), &about) != 0)
        throw tls_error{
            "there is a client certificate, but not its private key file \"" + path + '"'};
    if (!S_ISREG(about.st_mode))
        throw tls_error{"the private key file \"" + path + "\" is not a regular file"};
    // What belongs to root may be shared with a group, as Debian's system-wide keys are.
    mode_t const forbidden =
        about.st_uid == 0 ? (S_IWGRP | S_IXGRP | S_IRWXO) : (S_IRWXG | S_IRWXO);
    if ((about.st_mode & forbidden) != 0)
        throw tls_error{
            "the private key file \"" + path +
            "\" can be read by others; give it the mode 0600, or 0640 if it belongs to root"};
}

} // namespace pgcoro
