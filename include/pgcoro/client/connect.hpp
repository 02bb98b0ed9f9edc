#pragma once

#include "connection.hpp"

#include <memory>
#include <string>
#include <utility>

namespace pgcoro {

using connection = basic_connection<>;
/// For executors that several threads run: see multi_threaded.
using thread_safe_connection = basic_connection<asio::any_io_executor, multi_threaded>;

using transaction = connection::transaction_type;

/// Connects and logs in, on the executor of the coroutine that awaits it. Throws options_error,
/// connect_error, timeout_error, authentication_error, protocol_error, or what the server says:
/// invalid_password, invalid_catalog_name… Cancelled, it leaves nothing behind but perhaps a name
/// look-up.
/// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
template <class Connection = connection>
[[nodiscard]] asio::awaitable<Connection, typename Connection::executor_type> connect(options to)
{
    using driver = typename Connection::driver_type;
    using executor = typename Connection::executor_type;
    route way;
    way.host = to.host();
    way.port = to.port();
    if (to.connect_timeout().count() > 0)
        way.deadline = std::chrono::steady_clock::now() + to.connect_timeout();
    way.login = to.login();
    way.login.where = "\"" + to.host() + "\", port " + std::to_string(to.port());
    way.session = to.session();
    way.tls = to.tls();
    way.cancel_timeout = to.cancel_timeout();

    executor const mine = co_await asio::this_coro::executor;
    auto const home = driver::threads::make_home(mine);
    std::shared_ptr<driver> opened;
    if constexpr (driver::threads::uses_strand)
        opened = co_await asio::co_spawn(
            home, open_driver<driver>(std::move(way)), asio::use_awaitable_t<executor>{});
    else
        opened = co_await open_driver<driver>(std::move(way));
    co_return Connection{std::move(opened)};
}

} // namespace pgcoro
