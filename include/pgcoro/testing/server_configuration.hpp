#pragma once

#include "temporary_server_options.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro::testing {

/// The method's name in pg_hba.conf.
[[nodiscard]] inline std::string to_string(server_auth method)
{
    switch (method) {
    case server_auth::trust:
        return "trust";
    case server_auth::password:
        return "password";
    case server_auth::md5:
        return "md5";
    case server_auth::scram_sha_256:
        return "scram-sha-256";
    }
    return "trust";
}

/// A line of postgresql.conf.
/// https://www.postgresql.org/docs/current/config-setting.html
[[nodiscard]] inline std::string setting_line(std::string_view name, std::string_view value)
{
    std::string line{name};
    line += " = '";
    for (char const c : value) {
        if (c == '\'' || c == '\\')
            line += c;
        line += c;
    }
    return line + "'\n";
}

/// A value of a connection string in key=value form.
/// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE
[[nodiscard]] inline std::string connection_value(std::string_view value)
{
    if (!value.empty() && value.find_first_of(" '\\\t\n") == std::string_view::npos)
        return std::string{value};
    std::string quoted{"'"};
    for (char const c : value) {
        if (c == '\'' || c == '\\')
            quoted += '\\';
        quoted += c;
    }
    return quoted + '\'';
}

/// A part of a URI: all but letters, digits and -._~ as %XX.
[[nodiscard]] inline std::string percent_encoded(std::string_view text)
{
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string result;
    for (char const c : text) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        auto const byte = static_cast<unsigned char>(c);
        if (plain)
            result += c;
        else
            result += {'%', hex[byte >> 4U], hex[byte & 15U]};
    }
    return result;
}

/// Settings that make a server fast whose data nobody will miss, and the same on every machine.
[[nodiscard]] inline std::vector<std::pair<std::string, std::string>> throwaway_settings()
{
    return {
        {"fsync", "off"},
        {"synchronous_commit", "off"},
        {"full_page_writes", "off"},
        {"shared_buffers", "16MB"},
        {"huge_pages", "off"},
        // shared memory in files of its own directory: gone with it, even after a SIGKILL, and
        // not bound by a container's small /dev/shm
        {"dynamic_shared_memory_type", "mmap"},
        {"timezone", "UTC"},
        {"log_timezone", "UTC"},
        {"lc_messages", "C"},
    };
}

} // namespace pgcoro::testing
