#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace pgcoro {

/// One of the servers that a connection may go to.
struct server_host
{
    server_host() {} // declared: see options
    server_host(std::string name, std::uint16_t number) : host{std::move(name)}, port{number} {}

    /// A name, a numeric address, the directory of a Unix socket, or, behind an @, that of an
    /// abstract one. Empty: what there is on this machine, see default_server().
    std::string host;
    /// Where not empty, the numeric address to connect to: then `host` is not looked up, and only
    /// the name by which the server's certificate and the password file know it.
    std::string numeric_address;
    std::uint16_t port = 5432;

    [[nodiscard]] bool is_unix_socket() const noexcept
    {
        return numeric_address.empty() && (host.starts_with('/') || host.starts_with('@'));
    }
    /// For messages: `"db", port 5432`.
    [[nodiscard]] std::string text() const
    {
        std::string const& name = host.empty() ? numeric_address : host;
        return '"' + name + "\", port " + std::to_string(port);
    }

    friend bool operator==(server_host const&, server_host const&) = default;
};

} // namespace pgcoro
