#pragma once

#include "../auth/secret.hpp"
#include "../core/sqlstate.hpp"
#include "route.hpp"
#include "server_host.hpp"
#include "target_session.hpp"

#include <openssl/rand.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro {

/// Where a connection may go, in the order in which it is tried, and how.
struct connect_plan
{
    /// A server, and the password that is for it.
    struct stop
    {
        server_host server;
        secret password;
    };

    connect_plan() {} // declared: see options
    std::vector<stop> stops;
    route way; ///< but for the server, its password and the deadline: filled in for each
    /// For each address: for looking up, connecting and logging in. 0: no limit.
    std::chrono::milliseconds timeout{};
    target_session target = target_session::any;
    bool in_random_order = false;
};

[[nodiscard]] inline std::chrono::steady_clock::time_point deadline_after(
    std::chrono::milliseconds timeout)
{
    return timeout.count() > 0 ? std::chrono::steady_clock::now() + timeout
                               : std::chrono::steady_clock::time_point::max();
}

/// In what order to take so many things: as they come, or at random. That is not a matter of
/// secrecy: without randomness they stay as they are.
[[nodiscard]] inline std::vector<std::size_t> order_of(std::size_t count, bool at_random)
{
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i)
        order[i] = i;
    for (std::size_t left = at_random ? count : 0; left > 1; --left) {
        std::uint64_t number = 0;
        if (::RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) != 1)
            break;
        std::swap(order[left - 1], order[number % left]);
    }
    return order;
}

/// Whether an error with which a server refuses us says something about the server alone, so that
/// another one may take us: it starts, stops, or is full. A wrong password is wrong everywhere.
[[nodiscard]] inline bool is_of_the_server_alone(sqlstate code) noexcept
{
    return code == sqlstate{"57P01"} || code == sqlstate{"57P02"} || code == sqlstate{"57P03"} ||
           code == sqlstate{"53300"};
}

} // namespace pgcoro
