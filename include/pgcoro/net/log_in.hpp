#pragma once

#include "../core/share.hpp"
#include "driver.hpp"
#include "negotiate_tls.hpp"
#include "open_socket.hpp"
#include "park.hpp"
#include "route.hpp"
#include "tls_peer.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace pgcoro {

/// The caller of a login: its completion handler is told when the server is ready.
template <class Executor>
class login_exchange final : public exchange
{
public:
    explicit login_exchange(resumed<Executor> handler)
        : exchange{request{request::protocol::simple, {}}, no_owner}, handler_{std::move(handler)}
    {}

private:
    void finished() override
    {
        std::exception_ptr failure = error();
        auto handler = std::move(handler_);
        delete this;
        std::move(handler)(std::move(failure));
    }

    resumed<Executor> handler_;
};

/// Logs in over a driver's socket.
template <class Driver>
[[nodiscard]] asio::awaitable<void, typename Driver::home_executor> log_in_over(
    std::shared_ptr<Driver> opened, login_settings who,
    std::chrono::steady_clock::time_point deadline)
{
    using home = typename Driver::home_executor;
    using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>, home>;
    timer limit{opened->home(), deadline};
    limit.async_wait(
        task{[weak = std::weak_ptr<Driver>{opened}, where = who.where](asio::error_code error) {
            auto const slow = weak.lock();
            if (!error && slow && slow->state().logging_in())
                slow->close(std::make_exception_ptr(timeout_error{
                    "timed out while logging in to " + where + "; is it a PostgreSQL server?"}));
        }});
    auto start = [&](resumed<home> handler) {
        close_when_cancelled(asio::get_associated_cancellation_slot(handler), opened);
        opened->log_in(std::move(who),
            std::unique_ptr<exchange>{new login_exchange<home>(std::move(handler))});
    };
    co_await park<home>(start);
}

/// Connects to one address and logs in there: encrypted, not, or first the one and then the other,
/// as sslmode says. Null if the address can't be reached: then `error` says why. Throws
/// timeout_error, tls_error, authentication_error, protocol_error, or what the server says.
/// https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
template <class Driver>
[[nodiscard]] asio::awaitable<std::shared_ptr<Driver>, typename Driver::home_executor> log_in_at(
    server_address const& address, route const& to, asio::error_code& error)
{
    using home = typename Driver::home_executor;
    bool const local = address.endpoint.protocol().family() == AF_UNIX;
    ssl_mode const mode = local ? ssl_mode::disable : to.tls.mode;
    bool encrypts = mode >= ssl_mode::prefer;
    bool may_change = mode == ssl_mode::prefer || mode == ssl_mode::allow; // to the other, once
    auto const client = share<tls_client>(to.tls, to.host);
    login_settings who = to.login;
    for (;; encrypts = !encrypts, may_change = false) {
        auto const begin = std::chrono::steady_clock::now();
        auto socket = co_await connect_socket<home>(address, to, error);
        if (error)
            co_return nullptr;
        std::unique_ptr<tls_filter> filter;
        who.tls = {};
        if (encrypts) {
            tls_negotiation negotiation{client, who.where};
            try {
                co_await negotiate_tls<home>(socket, negotiation, to.deadline, who.where);
            } catch (tls_error const& failed) {
                if (!may_change || !negotiation.began())
                    throw;
                who.earlier = failed.what();
                continue;
            }
            filter = negotiation.take();
        }
        if (filter) {
            X509 const* const certificate = SSL_get0_peer_certificate(filter->handle());
            who.tls.encrypted = true;
            who.tls.verified = client->verifies();
            if (certificate != nullptr)
                who.tls.certificate_hash = hash_for_binding(certificate);
        } else if (to.tls.certificate_mode == client_certificate::require) {
            throw tls_error{"sslcertmode=require needs TLS (connecting to " + who.where + ')'};
        } else if (encrypts) {
            may_change = false; // the server has no TLS
        }
        auto const opened = std::make_shared<Driver>(std::move(socket), to.session,
            to.cancel_timeout, std::chrono::steady_clock::now() - begin, std::move(filter),
            who.tls.encrypted ? client : nullptr);
        try {
            co_await log_in_over<Driver>(opened, who, to.deadline);
            co_return opened;
        } catch (server_error const& refusal) {
            if (!may_change || !opened->state().refused_login())
                throw;
            who.earlier =
                (encrypts ? "with TLS: " : "without TLS: ") + std::string{refusal.message()};
        }
    }
}

} // namespace pgcoro
