#pragma once

#include "../core/server_error.hpp"
#include "connect_plan.hpp"
#include "failed_attempts.hpp"
#include "find_addresses.hpp"
#include "log_in.hpp"
#include "session_kind.hpp"

#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace pgcoro {

/// Takes note of why an attempt failed, if another one makes sense; else rethrows it.
inline void note_failure(
    failed_attempts& into, failed_attempts::attempt attempt, std::exception_ptr error)
{
    attempt.error = error;
    try {
        std::rethrow_exception(std::move(error));
    } catch (timeout_error const& slow) {
        attempt.problem = slow.what();
        attempt.timed_out = true;
    } catch (connect_error const& failed) {
        attempt.problem = failed.what();
    } catch (tls_error const& failed) {
        attempt.problem = failed.what();
        attempt.tls_failed = true;
    } catch (connection_lost const& failed) {
        attempt.problem = failed.what();
    } catch (protocol_error const& failed) {
        attempt.problem = failed.what();
    } catch (server_error const& failed) {
        if (!is_of_the_server_alone(failed.state()))
            throw;
        attempt.problem = failed.what();
    }
    into.add(std::move(attempt));
}

/// Connects to one address, logs in and looks whether the server is what is wanted. Null if not, or
/// if it can't be reached: `failures` says why. Throws what makes it useless to try another.
template <class Driver>
[[nodiscard]] asio::awaitable<std::shared_ptr<Driver>, typename Driver::home_executor> try_address(
    server_address const& address, route const& way, target_session target,
    failed_attempts& failures)
{
    failed_attempts::attempt attempt{way.login.where, address.name};
    std::exception_ptr thrown;
    try {
        asio::error_code error;
        auto opened = co_await log_in_at<Driver>(address, way, error);
        if (error == asio::error::timed_out) {
            attempt.problem = "timed out while connecting";
            attempt.timed_out = true;
        } else if (!opened) {
            attempt.problem = error.message();
            attempt.unreachable = true;
        } else {
            if (target == target_session::any)
                co_return opened;
            session_kind const kind = co_await find_session_kind(opened, way.deadline);
            char const* const miss = kind.misses(target);
            if (miss == nullptr)
                co_return opened;
            attempt.problem = miss;
            opened->close(std::make_exception_ptr(connect_error{miss}));
        }
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown)
        note_failure(failures, std::move(attempt), std::move(thrown));
    else
        failures.add(std::move(attempt));
    co_return nullptr;
}

/// Tries one server: each of its addresses in turn.
template <class Driver>
[[nodiscard]] asio::awaitable<std::shared_ptr<Driver>, typename Driver::home_executor> try_server(
    connect_plan& plan, std::size_t which, target_session target, failed_attempts& failures)
{
    connect_plan::stop const& stop = plan.stops[which];
    route& way = plan.way;
    way.host = stop.server.host.empty() ? stop.server.numeric_address : stop.server.host;
    way.port = stop.server.port;
    way.login.password = stop.password;
    way.login.where = stop.server.text();
    way.login.gss_service.host = way.host;
    std::vector<server_address> addresses;
    std::exception_ptr thrown;
    try {
        addresses = co_await find_addresses<typename Driver::home_executor>(
            stop.server, deadline_after(plan.timeout));
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown) {
        note_failure(failures, {way.login.where, {}}, std::move(thrown));
        co_return nullptr;
    }
    std::vector<std::size_t> const order = order_of(addresses.size(), plan.in_random_order);
    for (std::size_t i = 0; i < order.size(); ++i) {
        way.deadline = deadline_after(plan.timeout);
        if (auto opened = co_await try_address<Driver>(addresses[order[i]], way, target, failures))
            co_return opened;
    }
    co_return nullptr;
}

/// Connects and logs in, at the first address of the first server that can be reached and is what
/// is wanted. Runs on the connection's home executor. Throws connect_error, with what happened at
/// each address, timeout_error if all took too long, authentication_error, or what a server says; a
/// cancelled attempt leaves nothing behind but perhaps a name look-up.
template <class Driver>
[[nodiscard]] asio::awaitable<std::shared_ptr<Driver>, typename Driver::home_executor> open_driver(
    connect_plan plan)
{
    failed_attempts failures;
    std::vector<std::size_t> const order = order_of(plan.stops.size(), plan.in_random_order);
    for (std::size_t i = 0; i < order.size(); ++i)
        if (auto opened = co_await try_server<Driver>(plan, order[i], plan.target, failures))
            co_return opened;
    if (plan.target == target_session::prefer_standby) {
        failures.clear(); // all of this is tried again
        for (std::size_t i = 0; i < order.size(); ++i)
            if (auto opened =
                    co_await try_server<Driver>(plan, order[i], target_session::any, failures))
                co_return opened;
    }
    failures.raise();
}

} // namespace pgcoro
