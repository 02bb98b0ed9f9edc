#pragma once

#include "../core/error.hpp"
#include "resolve.hpp"
#include "server_host.hpp"

#include <chrono>
#include <string>
#include <system_error>
#include <vector>

namespace pgcoro {

/// Where a server may be reached.
struct server_address
{
    std::string name; ///< for messages: the path, or the numeric address
    asio::generic::stream_protocol::endpoint endpoint;
};

/// The path of a server's Unix socket; that of an abstract one begins with a zero byte.
[[nodiscard]] inline std::string unix_socket_path(server_host const& server)
{
    std::string path = server.host + "/.s.PGSQL." + std::to_string(server.port);
    if (path.starts_with('@'))
        path[0] = '\0';
    return path;
}

/// Finds the address of a server for which nobody need be asked: a Unix socket, or a number. False
/// for a name. Throws connect_error if it can't be one.
[[nodiscard]] inline bool find_known_address(
    server_host const& server, std::vector<server_address>& into)
{
    if (server.is_unix_socket()) {
        std::string const path = unix_socket_path(server);
        std::string const shown = server.host + path.substr(server.host.size());
        if (path.size() >= 108)
            throw connect_error{"could not connect to " + server.text() +
                                ": the path of the Unix socket is too long: " + shown};
        into.push_back({shown, asio::local::stream_protocol::endpoint{path}});
        return true;
    }
    std::string const& number =
        server.numeric_address.empty() ? server.host : server.numeric_address;
    asio::error_code error;
    asio::ip::address const numeric = asio::ip::make_address(number, error);
    if (!error) {
        into.push_back({number, asio::ip::tcp::endpoint{numeric, server.port}});
        return true;
    }
    if (!server.numeric_address.empty())
        throw connect_error{"could not connect to " + server.text() + ": hostaddr \"" + number +
                            "\" is no numeric address; a name belongs into host"};
    return false;
}

[[noreturn]] inline void throw_not_found(server_host const& server, asio::error_code error)
{
    if (error == asio::error::timed_out)
        throw timeout_error{"timed out while looking up " + server.text()};
    if (error == asio::error::operation_aborted)
        throw std::system_error{error};
    throw connect_error{"could not find host " + server.text() + ": " + error.message() +
                        "; check the spelling of the host"};
}

/// The addresses of a server: a directory is that of a Unix socket, anything else a name or an
/// address. Throws connect_error or timeout_error.
template <class Executor>
[[nodiscard]] asio::awaitable<std::vector<server_address>, Executor> find_addresses(
    server_host const& server, std::chrono::steady_clock::time_point deadline)
{
    std::vector<server_address> addresses;
    if (find_known_address(server, addresses))
        co_return addresses;
    asio::error_code error;
    auto const found =
        co_await resolve<Executor>(server.host, std::to_string(server.port), deadline, error);
    if (error)
        throw_not_found(server, error);
    for (auto const& each : found)
        addresses.push_back({each.endpoint().address().to_string(), each.endpoint()});
    co_return addresses;
}

} // namespace pgcoro
