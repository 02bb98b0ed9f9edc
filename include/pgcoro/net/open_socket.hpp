#pragma once

#include "../core/error.hpp"
#include "asio.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro {

/// One name look-up against one time limit: whichever comes first resumes the handler.
template <class Executor, class Handler>
class limited_lookup : public std::enable_shared_from_this<limited_lookup<Executor, Handler>>
{
public:
    using results = asio::ip::tcp::resolver::results_type;

    limited_lookup(Executor const& on, Handler handler)
        : resolver_{on}, timer_{on}, handler_{std::move(handler)}
    {}

    void start(std::string const& host, std::string const& service,
        std::chrono::steady_clock::time_point deadline)
    {
        auto const self = this->shared_from_this();
        auto slot = asio::get_associated_cancellation_slot(*handler_);
        if (slot.is_connected())
            slot.assign([weak = this->weak_from_this(), executor = timer_.get_executor()](
                            asio::cancellation_type) {
                asio::post(executor, [weak] {
                    if (auto const alive = weak.lock())
                        alive->finish(asio::error::operation_aborted, {});
                });
            });
        timer_.expires_at(deadline);
        timer_.async_wait([self](asio::error_code error) {
            if (!error)
                self->finish(asio::error::timed_out, {});
        });
        resolver_.async_resolve(host, service, [self](asio::error_code error, results found) {
            self->finish(error, std::move(found));
        });
    }

private:
    void finish(asio::error_code error, results found)
    {
        if (!handler_)
            return;
        Handler handler{std::move(*handler_)};
        handler_.reset();
        timer_.cancel();
        std::move(handler)(error, std::move(found));
    }

    asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver_;
    asio::basic_waitable_timer<std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>, Executor>
        timer_;
    std::optional<Handler> handler_;
};

/// Looks a name up, but no longer than until `deadline`: a look-up can't be interrupted, so the one
/// under way is left behind and its answer dropped. `error` is timed_out then.
template <class Executor>
[[nodiscard]] asio::awaitable<asio::ip::tcp::resolver::results_type, Executor> resolve(
    std::string host, std::string service, std::chrono::steady_clock::time_point deadline,
    asio::error_code& error)
{
    auto const executor = co_await asio::this_coro::executor;
    auto token = asio::redirect_error(asio::use_awaitable_t<Executor>{}, error);
    co_return co_await asio::async_initiate<decltype(token),
        void(asio::error_code, asio::ip::tcp::resolver::results_type)>(
        [&](auto handler) {
            std::make_shared<limited_lookup<Executor, decltype(handler)>>(
                executor, std::move(handler))
                ->start(host, service, deadline);
        },
        token);
}

/// Where a server may be reached.
struct server_address
{
    std::string name; ///< for messages: the path, or the numeric address
    asio::generic::stream_protocol::endpoint endpoint;
};

/// The addresses of a server: a directory is that of a Unix socket, anything else a name or an
/// address. Throws connect_error or timeout_error.
template <class Executor>
[[nodiscard]] asio::awaitable<std::vector<server_address>, Executor> find_addresses(
    std::string host, std::uint16_t port, std::chrono::steady_clock::time_point deadline)
{
    std::string const service = std::to_string(port);
    std::string const where = "\"" + host + "\", port " + service;
    std::vector<server_address> addresses;
    if (host.starts_with('/')) {
        std::string const path = host + "/.s.PGSQL." + service;
        if (path.size() >= 108)
            throw connect_error{"could not connect to " + where +
                                ": the path of the Unix socket is too long: " + path};
        addresses.push_back({path, asio::local::stream_protocol::endpoint{path}});
        co_return addresses;
    }
    asio::error_code error;
    auto const found = co_await resolve<Executor>(host, service, deadline, error);
    if (error == asio::error::timed_out)
        throw timeout_error{"timed out while looking up " + where};
    if (error == asio::error::operation_aborted)
        throw std::system_error{error};
    if (error)
        throw connect_error{"could not find host " + where + ": " + error.message() +
                            "; check the spelling of the host"};
    for (auto const& each : found)
        addresses.push_back({each.endpoint().address().to_string(), each.endpoint()});
    co_return addresses;
}

/// Connects a socket. `error` says why it could not be: timed_out, if the deadline came first.
/// Throws std::system_error if the caller was cancelled.
template <class Executor>
[[nodiscard]] asio::awaitable<asio::basic_stream_socket<asio::generic::stream_protocol, Executor>,
    Executor>
connect_socket(asio::generic::stream_protocol::endpoint const& to,
    std::chrono::steady_clock::time_point deadline, asio::error_code& error)
{
    using socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
    using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>, Executor>;
    auto const executor = co_await asio::this_coro::executor;
    asio::use_awaitable_t<Executor> const token;
    // Shared with the timer's handler, which may be on its way already when it is cancelled.
    struct attempt
    {
        explicit attempt(Executor const& on) : to{on} {}
        socket to;
        bool over = false;
        bool timed_out = false;
    };
    auto const current = std::make_shared<attempt>(executor);
    timer limit{executor, deadline};
    limit.async_wait([current](asio::error_code cancelled) {
        if (!cancelled && !current->over) {
            current->timed_out = true;
            current->to.close(cancelled);
        }
    });
    co_await current->to.async_connect(to, asio::redirect_error(token, error));
    current->over = true;
    limit.cancel();
    asio::error_code ignored;
    if (current->timed_out)
        error = asio::error::timed_out;
    else if (error == asio::error::operation_aborted)
        throw std::system_error{error};
    else if (!error && to.protocol().family() != AF_UNIX)
        current->to.set_option(asio::ip::tcp::no_delay{true}, ignored);
    co_return std::move(current->to);
}

} // namespace pgcoro
