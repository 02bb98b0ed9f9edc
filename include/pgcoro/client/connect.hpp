#pragma once

#include "../net/connect_plan.hpp"
#include "connection.hpp"
#include "host_list.hpp"
#include "options.hpp"
#include "password_file.hpp"

#include <memory>
#include <string>
#include <utility>

namespace pgcoro {

using connection = basic_connection<>;
/// For executors that several threads run: see multi_threaded.
using thread_safe_connection = basic_connection<asio::any_io_executor, multi_threaded>;

using transaction = connection::transaction_type;
using notifications = connection::notifications_type;
using statement = basic_statement<connection::driver_type>;
using advisory_lock = connection::advisory_lock_type;

/// The password for a connection that is about to be made: what a function gives, or what the
/// options say. Throws what the function throws.
template <class Executor>
[[nodiscard]] asio::awaitable<void, Executor> find_current_password(options const& to, secret& into)
{
    password_source const& source = to.password_function();
    if (!source)
        into = to.login().password;
    else if (auto const* const plain = source.giving<std::string>())
        into = (*plain)();
    else if (auto const* const awaited = source.giving<asio::awaitable<std::string, Executor>>())
        into = co_await (*awaited)();
    else
        throw options_error{
            "the function that gives the password returns neither a std::string nor an "
            "awaitable of it for the connection's own executor"};
}

/// Where the options lead, with the password for each server. Reads the password file.
[[nodiscard]] inline connect_plan plan_connection(options const& to, secret const& password)
{
    connect_plan plan;
    plan.way.login = to.login();
    plan.way.session = to.session();
    plan.way.tls = to.tls();
    plan.way.socket = to.socket();
    plan.way.requirepeer = to.requirepeer();
    plan.way.cancel_timeout = to.cancel_timeout();
    plan.timeout = to.connect_timeout();
    plan.target = to.target_session_attrs();
    plan.in_random_order = to.load_balance_hosts();
    for (server_host server : to.servers()) {
        bool const unnamed = server.host.empty() && server.numeric_address.empty();
        if (unnamed)
            server.host = default_server(server.port);
        secret found = password;
        if (found.empty() && !to.password_function()) {
            std::string const& name = server.host.empty() ? server.numeric_address : server.host;
            password_key who{unnamed ? "localhost" : name, std::to_string(server.port),
                to.database().empty() ? plan.way.login.user : to.database(), plan.way.login.user};
            auto looked_up = find_password(to.passfile(), who);
            if (looked_up.password.empty() && is_default_directory(name)) {
                who.host = "localhost"; // as libpq calls it in a password file
                looked_up = find_password(to.passfile(), who);
            }
            found = std::move(looked_up.password);
            plan.way.login.no_password = std::move(looked_up.problem);
        }
        plan.stops.push_back({std::move(server), std::move(found)});
    }
    return plan;
}

/// Connects and logs in, on the executor of the coroutine that awaits it. Of several servers it
/// takes the first that can be reached and is what target_session_attrs() wants. Throws
/// options_error, connect_error, which says what happened at each server, timeout_error,
/// authentication_error, protocol_error, or what the server says: invalid_password,
/// invalid_catalog_name… Cancelled, it leaves nothing behind but perhaps a name look-up.
/// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
template <class Connection = connection>
[[nodiscard]] asio::awaitable<Connection, typename Connection::executor_type> connect(options to)
{
    using driver = typename Connection::driver_type;
    using executor = typename Connection::executor_type;
    secret password;
    co_await find_current_password<executor>(to, password);
    connect_plan plan = plan_connection(to, password);

    executor const mine = co_await asio::this_coro::executor;
    auto const home = driver::threads::make_home(mine);
    std::shared_ptr<driver> opened;
    if constexpr (driver::threads::uses_strand)
        opened = co_await asio::co_spawn(
            home, open_driver<driver>(std::move(plan)), asio::use_awaitable_t<executor>{});
    else
        opened = co_await open_driver<driver>(std::move(plan));
    opened->limit_calls(to.command_timeout());
    Connection made{std::move(opened)};
    if (to.trace())
        made.trace(to.trace());
    co_return made;
}

} // namespace pgcoro

#ifdef PGCORO_SEPARATE_COMPILATION
    #include "instances.hpp"
#endif
