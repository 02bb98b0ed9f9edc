#pragma once

#include "../core/error.hpp"
#include "../net/server_host.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <sys/stat.h>

namespace pgcoro {

inline constexpr std::uint16_t default_port = 5432;

/// The parts between the commas; no part at all in an empty text.
[[nodiscard]] inline std::vector<std::string> split_list(std::string_view text)
{
    std::vector<std::string> parts;
    while (!text.empty()) {
        std::size_t const comma = text.find(',');
        parts.emplace_back(text.substr(0, comma));
        if (comma == std::string_view::npos)
            break;
        text.remove_prefix(comma + 1);
        if (text.empty())
            parts.emplace_back();
    }
    return parts;
}

/// A port of a list; the default one where it is empty. Throws options_error.
[[nodiscard]] inline std::uint16_t read_port(std::string_view text)
{
    constexpr std::string_view spaces = " \t\n\r\f\v";
    text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
    text = text.substr(0, text.find_last_not_of(spaces) + 1);
    if (text.empty())
        return default_port;
    unsigned value = 0;
    auto const [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    // What stands there may be the end of a password.
    if (failure != std::errc{} || stop != text.data() + text.size() || value == 0 || value > 65535)
        throw options_error{
            "invalid port: it is a number from 1 to 65535; in a URI, the characters "
            "/ : @ ? # % of a password must be written as %2F %3A %40 %3F %23 %25"};
    return static_cast<std::uint16_t>(value);
}

/// The servers that libpq's three lists name together. Where both names and numeric addresses are
/// given there must be as many of each; of the ports, as many, or one for all. Throws
/// options_error. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS
[[nodiscard]] inline std::vector<server_host> list_servers(
    std::string_view host, std::string_view hostaddr, std::string_view port)
{
    auto const names = split_list(host);
    auto const addresses = split_list(hostaddr);
    auto const ports = split_list(port);
    if (!names.empty() && !addresses.empty() && names.size() != addresses.size())
        throw options_error{"host names " + std::to_string(names.size()) +
                            " servers, but hostaddr " + std::to_string(addresses.size())};
    std::vector<server_host> servers(std::max({names.size(), addresses.size(), std::size_t{1}}));
    if (ports.size() > 1 && ports.size() != servers.size())
        throw options_error{"port names " + std::to_string(ports.size()) + " ports for " +
                            std::to_string(servers.size()) +
                            (servers.size() == 1 ? " server" : " servers") +
                            ": there must be one for each, or one for all"};
    for (std::size_t i = 0; i < servers.size(); ++i) {
        server_host& server = servers[i];
        if (i < names.size())
            server.host = names[i];
        if (i < addresses.size())
            server.numeric_address = addresses[i];
        if (!ports.empty())
            server.port = read_port(ports.size() == 1 ? ports[0] : ports[i]);
        if (server.host.find('@', 1) != std::string::npos) // likely the end of a password
            throw options_error{
                "the name of a host can't hold an @; in the password of a URI it is "
                "written %40"};
        for (std::string const* part : {&server.host, &server.numeric_address})
            if (part->find('\0') != std::string::npos)
                throw options_error{"the name of a host holds a zero byte"};
    }
    return servers;
}

inline constexpr char const* default_directories[] = {"/var/run/postgresql", "/tmp"};

[[nodiscard]] inline bool is_default_directory(std::string_view name) noexcept
{
    return name == default_directories[0] || name == default_directories[1];
}

/// Where a server is looked for if none is named, on this machine: the Unix socket in
/// /var/run/postgresql, or that in /tmp, or else TCP on localhost.
[[nodiscard]] inline std::string default_server(std::uint16_t port)
{
    for (char const* const directory : default_directories) {
        struct ::stat about = {};
        std::string const path = std::string{directory} + "/.s.PGSQL." + std::to_string(port);
        if (::stat(path.c_str(), &about) == 0 && S_ISSOCK(about.st_mode))
            return directory;
    }
    return "localhost";
}

} // namespace pgcoro
