#pragma once

#include "../net/tls_options.hpp"
#include "../session/login.hpp"
#include "../session/session_settings.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Where to connect, as whom, and how. Setters chain: `options{}.host("db").user("app")`. From
/// text: options{"postgresql://app:secret@db:5432/shop"} or options{"host=db user=app"}.
class options
{
public:
    options() {} // declared: gcc 12 destroys braced aggregates twice within a co_await expression
    /// Reads a connection string. Throws options_error, which names what it does not understand
    /// and never shows a password.
    options(std::string_view connection_string) { parse(connection_string); }
    options(std::string const& connection_string) : options{std::string_view{connection_string}} {}
    options(char const* connection_string) : options{std::string_view{connection_string}} {}

    /// What PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGAPPNAME and PGCONNECT_TIMEOUT say.
    [[nodiscard]] static options from_environment();

    /// A name, an address, or the directory of a Unix socket. "localhost" if not given.
    options& host(std::string value) { return set(host_, std::move(value)); }
    options& port(std::uint16_t value) { return set(port_, value); }
    options& user(std::string value) { return set(user_, std::move(value)); }
    options& password(std::string value) { return set(password_, std::move(value)); }
    /// The user's name if not given.
    options& database(std::string value) { return set(database_, std::move(value)); }
    options& application_name(std::string value)
    {
        return server_setting("application_name", std::move(value));
    }
    /// A setting for the whole session, sent with the login: `server_setting("timezone", "UTC")`.
    options& server_setting(std::string name, std::string value);
    /// For connecting and logging in together. 0: no limit.
    options& connect_timeout(std::chrono::milliseconds value)
    {
        return set(connect_timeout_, value);
    }
    /// How long a statement whose caller was cancelled may still run before the connection is
    /// closed. 0: no limit.
    options& cancel_timeout(std::chrono::milliseconds value) { return set(cancel_timeout_, value); }
    /// How many statements a connection keeps parsed; 0 parses each one anew.
    options& statement_cache_size(std::size_t value)
    {
        return set(session_.statement_cache_size, value);
    }
    /// How many calls of one connection may be in flight at once.
    options& pipeline_depth(std::size_t value) { return set(session_.pipeline_depth, value); }
    /// The largest message taken from the server, in bytes.
    options& largest_message(std::uint32_t value) { return set(session_.largest_frame, value); }
    options& scram(scram_limits value) { return set(scram_, value); }
    /// Whether the connection is encrypted, and what is checked then.
    options& tls(tls_options value) { return set(tls_, std::move(value)); }
    /// The methods by which the server may ask who we are; any other gets no answer.
    options& require_auth(auth_methods value) { return set(require_auth_, value); }
    options& channel_binding(pgcoro::channel_binding value) { return set(binding_, value); }

    [[nodiscard]] std::string const& host() const noexcept { return host_; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string const& user() const noexcept { return user_; }
    [[nodiscard]] std::string const& database() const noexcept { return database_; }
    [[nodiscard]] std::chrono::milliseconds connect_timeout() const noexcept
    {
        return connect_timeout_;
    }
    [[nodiscard]] std::chrono::milliseconds cancel_timeout() const noexcept
    {
        return cancel_timeout_;
    }
    [[nodiscard]] session_settings const& session() const noexcept { return session_; }
    [[nodiscard]] tls_options const& tls() const noexcept { return tls_; }

    /// What the login sends. Throws options_error if there is no user.
    [[nodiscard]] login_settings login() const;

private:
    template <class T>
    options& set(T& member, T value)
    {
        member = std::move(value);
        return *this;
    }
    void parse(std::string_view text);
    void parse_uri(std::string_view rest);
    void parse_pairs(std::string_view text);
    void set_keyword(std::string_view name, std::string value);

    std::string host_ = "localhost";
    std::uint16_t port_ = 5432;
    std::string user_;
    std::string password_;
    std::string database_;
    std::vector<std::pair<std::string, std::string>> settings_;
    std::chrono::milliseconds connect_timeout_{std::chrono::seconds{60}};
    std::chrono::milliseconds cancel_timeout_{std::chrono::seconds{10}};
    session_settings session_;
    scram_limits scram_;
    tls_options tls_;
    auth_methods require_auth_;
    pgcoro::channel_binding binding_ = pgcoro::channel_binding::prefer;
};

} // namespace pgcoro

#include "connection_string.hpp"
