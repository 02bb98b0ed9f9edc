#pragma once

#include "../core/share.hpp"
#include "../core/tracer.hpp"
#include "../net/server_host.hpp"
#include "../net/socket_settings.hpp"
#include "../net/target_session.hpp"
#include "../net/tls_options.hpp"
#include "../session/login.hpp"
#include "../session/session_settings.hpp"
#include "password_source.hpp"

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

class connection_settings;

/// What options share with their copies; no part of what they say.
struct remembered_scram
{
    std::shared_ptr<scram_memory> shared;
    friend bool operator==(remembered_scram const&, remembered_scram const&) { return true; }
};

/// Where to connect, as whom, and how. Two ways to make it:
///
/// - `options{"postgresql://app:secret@db:5432/shop"}` or `options{"host=db user=app"}` takes what
///   psql takes, and like psql fills up what the string leaves open: from a service file, then from
///   the environment (PGHOST, PGUSER…), then from libpq's defaults. `options{""}` is the
///   environment alone.
/// - `options{}` is a blank: neither files nor the environment have a say in it.
///
/// Setters chain, and override either: `options{}.host("db").user("app")`. An options_error never
/// shows a password, nor do to_string() and <<.
/// https://www.postgresql.org/docs/current/libpq-connect.html
class options
{
public:
    options() {} // declared: gcc 12 destroys braced aggregates twice within a co_await expression
    /// Throws options_error, which names what it does not understand.
    options(std::string_view connection_string) { read<connection_settings>(connection_string); }
    options(std::string const& connection_string) : options{std::string_view{connection_string}} {}
    options(char const* connection_string) : options{std::string_view{connection_string}} {}

    /// What the environment and the service that it names say: the same as options{""}.
    [[nodiscard]] static options from_environment() { return options{std::string_view{}}; }

    // ---- where to

    /// A name, an address, the directory of a Unix socket, or with an @ before it that of an
    /// abstract one; several with commas between: they are tried in turn. "": on this machine, see
    /// default_server().
    options& host(std::string value) { return set(host_, std::move(value)); }
    /// Numeric addresses for the hosts, which then are not looked up.
    options& hostaddr(std::string value) { return set(hostaddr_, std::move(value)); }
    /// For all hosts.
    options& port(std::uint16_t value) { return set(port_, std::to_string(value)); }
    /// One for each host, with commas between.
    options& ports(std::string value) { return set(port_, std::move(value)); }
    /// One more server to be tried, behind those there are.
    options& add_host(std::string const& name, std::uint16_t port = 5432);
    /// What a server must be for a connection to stay there, where there are several.
    options& target_session_attrs(target_session value) { return set(target_, value); }
    /// Tries the hosts, and each one's addresses, in random order.
    options& load_balance_hosts(bool value = true) { return set(load_balance_, value); }
    /// For each address of each host: for looking up, connecting and logging in. 0: no limit. By
    /// default a minute. A look-up that takes longer is left behind.
    options& connect_timeout(std::chrono::milliseconds value)
    {
        return set(connect_timeout_, value);
    }
    /// The system user that must run the server at the other end of a Unix socket; "": any.
    options& requirepeer(std::string value) { return set(requirepeer_, std::move(value)); }
    /// How the system finds out that the other end of a TCP connection is gone.
    options& socket(socket_settings value) { return set(socket_, value); }

    // ---- who

    /// The name of the system's user if not given.
    options& user(std::string value) { return set(user_, std::move(value)); }
    /// Empty: it is looked up in passfile().
    options& password(std::string value)
    {
        password_source_ = {};
        return set(password_, secret{std::move(value)});
    }
    options& password(char const* value) { return password(std::string{value}); }
    /// A function that gives the password, or an asio::awaitable of it: called for each connection
    /// that is made, before anything else. For tokens that expire. It may be called while another
    /// call is under way, on the executor that connects.
    template <class Function>
    requires std::is_invocable_v < std::decay_t<Function>
    & > options& password(Function&& function)
    {
        password_.wipe();
        return set(password_source_, password_source{std::forward<Function>(function)});
    }
    /// The file where a password is looked up if none is given. "": nowhere. What is made from text
    /// has PGPASSFILE or ~/.pgpass here.
    options& passfile(std::string value) { return set(passfile_, std::move(value)); }
    /// The user's name if not given.
    options& database(std::string value) { return set(database_, std::move(value)); }
    /// The methods by which the server may ask who we are; any other gets no answer.
    options& require_auth(auth_methods value) { return set(require_auth_, value); }
    /// Whether SCRAM must, may or must not be bound to the server's certificate. By default it may.
    options& channel_binding(pgcoro::channel_binding value) { return set(binding_, value); }
    /// For a login by Kerberos, which needs net/gssapi.hpp: the service's name, "postgres" unless
    /// the server's keytab says otherwise; and whether the server may act for us elsewhere.
    options& krbsrvname(std::string value) { return set(kerberos_.service, std::move(value)); }
    options& gssdelegation(bool value = true) { return set(kerberos_.delegate, value); }
    /// How many rounds of hashing a server may ask for.
    options& scram(scram_limits value) { return set(scram_, value); }
    /// The versions of the protocol that may be spoken: protocol_version_3_0, which is the default,
    /// or protocol_version_3_2, PostgreSQL 18's, which has longer keys for cancelling. The server
    /// chooses the highest that it knows; poolers of old may know nothing of choosing.
    options& protocol_versions(std::uint32_t lowest, std::uint32_t highest)
    {
        lowest_protocol_ = lowest;
        return set(highest_protocol_, highest);
    }
    /// Whether the connection is encrypted, and what is checked then.
    options& tls(tls_options value) { return set(tls_, std::move(value)); }

    // ---- the session

    /// What pg_stat_activity shows.
    options& application_name(std::string value)
    {
        return set(application_name_, std::move(value));
    }
    /// The same if no application_name is given.
    options& fallback_application_name(std::string value)
    {
        return set(fallback_application_name_, std::move(value));
    }
    /// A setting for the whole session, sent with the login: `server_setting("timezone", "UTC")`.
    /// A pooler may not take it: see transaction_pooler().
    options& server_setting(std::string name, std::string value);
    /// Switches for the server's command line: "-c timezone=UTC -c geqo=off"; a space within a
    /// value is written "\ ". Hosted services use it, too.
    options& command_line(std::string value) { return set(command_line_, std::move(value)); }
    /// How long a statement whose caller was cancelled, or whose stream was dropped, may still run
    /// before the connection is closed. 0: no limit.
    options& cancel_timeout(std::chrono::milliseconds value) { return set(cancel_timeout_, value); }
    /// How long a call may take, from its start to its last row, a stream's to its columns; then it
    /// throws timeout_error and is cancelled. 0, the default: no limit. See also timeout, within().
    options& command_timeout(std::chrono::milliseconds value)
    {
        return set(command_timeout_, value);
    }
    /// Hears of every statement of the connections that are made with these options.
    options& trace(std::shared_ptr<tracer> by) { return set(tracer_, std::move(by)); }
    /// How many statements a connection keeps parsed; 0 parses each one anew.
    options& statement_cache_size(std::size_t value)
    {
        return set(session_.statement_cache_size, value);
    }
    /// For a pooler that lends a server's connection for a transaction only, such as PgBouncer with
    /// pool_mode=transaction: nothing is kept on the server from one flight to the next, so there
    /// is no statement_cache_size, and rows by name take two round trips each time. Settings of the
    /// session, LISTEN, temporary tables and advisory locks don't work there.
    options& transaction_pooler(bool value = true)
    {
        session_.transaction_pooling = value;
        return statement_cache_size(value ? 0 : session_settings{}.statement_cache_size);
    }
    /// How many bytes of SQL these may have together: 1 MiB if not given.
    options& statement_cache_bytes(std::size_t value)
    {
        return set(session_.statement_cache_bytes, value);
    }
    /// How many calls of one connection may be in flight at once.
    options& pipeline_depth(std::size_t value) { return set(session_.pipeline_depth, value); }
    /// The largest message taken from the server, in bytes.
    options& largest_message(std::uint32_t value) { return set(session_.largest_frame, value); }

    // ---- what was set

    [[nodiscard]] std::string const& host() const noexcept { return host_; }
    [[nodiscard]] std::string const& hostaddr() const noexcept { return hostaddr_; }
    /// That of the first server.
    [[nodiscard]] std::uint16_t port() const { return servers().front().port; }
    /// As they were given; "": all 5432.
    [[nodiscard]] std::string const& ports() const noexcept { return port_; }
    /// All of them. Throws options_error if hosts, addresses and ports don't fit together.
    [[nodiscard]] std::vector<server_host> servers() const;
    [[nodiscard]] target_session target_session_attrs() const noexcept { return target_; }
    [[nodiscard]] bool load_balance_hosts() const noexcept { return load_balance_; }
    [[nodiscard]] std::chrono::milliseconds connect_timeout() const noexcept
    {
        return connect_timeout_;
    }
    [[nodiscard]] std::string const& requirepeer() const noexcept { return requirepeer_; }
    [[nodiscard]] socket_settings const& socket() const noexcept { return socket_; }
    [[nodiscard]] std::string const& user() const noexcept { return user_; }
    /// Whether there is a password or a function that gives one.
    [[nodiscard]] bool has_password() const noexcept
    {
        return !password_.empty() || password_source_;
    }
    [[nodiscard]] password_source const& password_function() const noexcept
    {
        return password_source_;
    }
    [[nodiscard]] std::string const& passfile() const noexcept { return passfile_; }
    [[nodiscard]] std::string const& database() const noexcept { return database_; }
    [[nodiscard]] auth_methods const& require_auth() const noexcept { return require_auth_; }
    [[nodiscard]] pgcoro::channel_binding channel_binding() const noexcept { return binding_; }
    [[nodiscard]] std::string const& krbsrvname() const noexcept { return kerberos_.service; }
    [[nodiscard]] bool gssdelegation() const noexcept { return kerberos_.delegate; }
    /// Connections made with these options, and with copies made from now on, keep what the
    /// password was hashed to: the next login needs no hashing. Pools do that.
    options& remember_scram()
    {
        if (!scram_memory_.shared)
            scram_memory_.shared = share<scram_memory>();
        return *this;
    }
    [[nodiscard]] scram_limits const& scram() const noexcept { return scram_; }
    [[nodiscard]] std::uint32_t lowest_protocol() const noexcept { return lowest_protocol_; }
    [[nodiscard]] std::uint32_t highest_protocol() const noexcept { return highest_protocol_; }
    [[nodiscard]] tls_options const& tls() const noexcept { return tls_; }
    [[nodiscard]] std::string const& application_name() const noexcept { return application_name_; }
    [[nodiscard]] std::string const& fallback_application_name() const noexcept
    {
        return fallback_application_name_;
    }
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> const&
    server_settings() const noexcept
    {
        return settings_;
    }
    [[nodiscard]] std::string const& command_line() const noexcept { return command_line_; }
    [[nodiscard]] std::chrono::milliseconds cancel_timeout() const noexcept
    {
        return cancel_timeout_;
    }
    [[nodiscard]] std::chrono::milliseconds command_timeout() const noexcept
    {
        return command_timeout_;
    }
    [[nodiscard]] std::shared_ptr<tracer> const& trace() const noexcept { return tracer_; }
    [[nodiscard]] session_settings const& session() const noexcept { return session_; }

    /// What the login sends, to whatever server it is; `where` is left open, and the password where
    /// it comes from a function or a file. Throws options_error.
    [[nodiscard]] login_settings login() const;

    /// The same function for passwords, if there is one, counts as equal.
    friend bool operator==(options const&, options const&) = default;

private:
    template <class T>
    options& set(T& member, T value)
    {
        member = std::move(value);
        return *this;
    }
    template <class Settings>
    void read(std::string_view connection_string);
    void take(connection_settings const& from);
    void check_servers(connection_settings const& from) const;
    void take_tls(connection_settings const& from);
    void take_session(connection_settings const& from);

    std::string host_;
    std::string hostaddr_;
    std::string port_;
    target_session target_ = target_session::any;
    bool load_balance_ = false;
    std::chrono::milliseconds connect_timeout_{std::chrono::seconds{60}};
    std::string requirepeer_;
    socket_settings socket_;
    std::string user_;
    secret password_;
    password_source password_source_;
    std::string passfile_;
    std::string database_;
    auth_methods require_auth_;
    pgcoro::channel_binding binding_ = pgcoro::channel_binding::prefer;
    gss_target kerberos_; // of which each login sets the host
    scram_limits scram_;
    std::uint32_t lowest_protocol_ = protocol_version_3_0;
    std::uint32_t highest_protocol_ = protocol_version_3_0;
    remembered_scram scram_memory_;
    tls_options tls_;
    std::string application_name_;
    std::string fallback_application_name_;
    std::vector<std::pair<std::string, std::string>> settings_;
    std::string command_line_;
    std::chrono::milliseconds cancel_timeout_{std::chrono::seconds{10}};
    std::chrono::milliseconds command_timeout_{};
    std::shared_ptr<tracer> tracer_;
    session_settings session_;
};

/// The options as a connection string, without the password; and without what no connection string
/// can say: how sessions are kept, limits of SCRAM, server_setting(). Times are whole seconds.
[[nodiscard]] std::string to_string(options const& what);

template <class Traits>
std::basic_ostream<char, Traits>& operator<<(
    std::basic_ostream<char, Traits>& out, options const& what)
{
    return out << to_string(what);
}

} // namespace pgcoro

#include "options_from_text.hpp"
#include "options_text.hpp"
