#pragma once

#include "log_in.hpp"
#include "open_socket.hpp"
#include "route.hpp"

#include <memory>
#include <string>

namespace pgcoro {

/// Connects and logs in, at the first address that can be reached. Runs on the connection's home
/// executor. Throws connect_error, with what happened at each address, timeout_error,
/// authentication_error, protocol_error, or what the server says; a cancelled attempt leaves
/// nothing behind but perhaps a name look-up.
template <class Driver>
[[nodiscard]] asio::awaitable<std::shared_ptr<Driver>, typename Driver::home_executor> open_driver(
    route to)
{
    using home = typename Driver::home_executor;
    std::string const where = "\"" + to.host + "\", port " + std::to_string(to.port);
    auto const addresses = co_await find_addresses<home>(to.host, to.port, to.deadline);
    std::string problems;
    for (server_address const& address : addresses) {
        asio::error_code error;
        auto opened = co_await log_in_at<Driver>(address, to, error);
        if (opened)
            co_return opened;
        if (error == asio::error::timed_out)
            throw timeout_error{
                "timed out while connecting to " + where + " (" + address.name + ')'};
        problems += (problems.empty() ? "" : "; ") + address.name + ": " + error.message();
    }
    throw connect_error{"could not connect to " + where + ": " + problems +
                        "; is the server running there, and does it accept connections?"};
}

} // namespace pgcoro
