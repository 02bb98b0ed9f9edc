#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro {

/// How a temporary_server asks its clients who they are.
/// https://www.postgresql.org/docs/current/auth-pg-hba-conf.html
enum class server_auth
{
    trust,
    password,
    md5,
    scram_sha_256,
};

/// How a temporary_server is told to stop.
/// https://www.postgresql.org/docs/current/server-shutdown.html
enum class server_shutdown
{
    fast,      ///< sessions are ended with an error, the data is written
    immediate, ///< as if it had crashed: the next start recovers
};

/// What a temporary_server is to be like. Each setter returns the options themselves, so that they
/// can be chained: `temporary_server_options{}.tcp().authentication(server_auth::scram_sha_256)`.
class temporary_server_options
{
public:
    temporary_server_options() {}

    /// Where the programs postgres and initdb are. Default: see find_postgres().
    temporary_server_options& bin_directory(std::string path)
    {
        bin_directory_ = std::move(path);
        return *this;
    }
    /// Where the server's own directory is made. Default: /tmp, since a Unix socket's path must be
    /// short. Where the tests run as root, the user postgres or nobody must be able to reach it.
    temporary_server_options& parent_directory(std::string path)
    {
        parent_directory_ = std::move(path);
        return *this;
    }
    /// The superuser's name. Default: postgres.
    temporary_server_options& user(std::string name)
    {
        user_ = std::move(name);
        return *this;
    }
    /// The superuser's password, one line. Default: "postgres" where authentication() asks for
    /// one, else none.
    temporary_server_options& password(std::string text)
    {
        password_ = std::move(text);
        return *this;
    }
    /// How every client logs in; also how the superuser's password is stored. Default: trust.
    temporary_server_options& authentication(server_auth method)
    {
        authentication_ = method;
        return *this;
    }
    /// Adds a line to pg_hba.conf. The lines given replace those that authentication() would make.
    temporary_server_options& hba(std::string line)
    {
        hba_.push_back(std::move(line));
        return *this;
    }
    /// Listens on 127.0.0.1 too, on a free port. Default: on the Unix socket alone.
    temporary_server_options& tcp(bool on = true)
    {
        tcp_ = on;
        return *this;
    }
    /// Adds a line to postgresql.conf, after our own: `setting("autovacuum", "off")`. The value is
    /// quoted for you.
    temporary_server_options& setting(std::string name, std::string value)
    {
        settings_.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    /// Writes a file into the data directory, for the server's eyes alone, as it demands of keys:
    /// `file("server.key", pem)` and `setting("ssl_key_file", "server.key")`.
    temporary_server_options& file(std::string name, std::string content)
    {
        files_.emplace_back(std::move(name), std::move(content));
        return *this;
    }
    /// Makes it a streaming standby of another server of the same version, to which this connection
    /// string of libpq's leads: `standby_of(primary.connection_string())`. It starts as a copy, so
    /// user() and password() must be given as for the other one, and authentication() for itself.
    /// https://www.postgresql.org/docs/current/warm-standby.html
    temporary_server_options& standby_of(std::string connection_string)
    {
        primary_ = std::move(connection_string);
        return *this;
    }
    /// How long each step of the start may take. Default: a minute.
    temporary_server_options& start_timeout(std::chrono::milliseconds limit)
    {
        start_timeout_ = limit;
        return *this;
    }

private:
    friend class temporary_server;

    std::string bin_directory_;
    std::string parent_directory_ = "/tmp";
    std::string user_ = "postgres";
    std::string password_;
    server_auth authentication_ = server_auth::trust;
    std::vector<std::string> hba_;
    bool tcp_ = false;
    std::vector<std::pair<std::string, std::string>> settings_;
    std::vector<std::pair<std::string, std::string>> files_;
    std::string primary_;
    std::chrono::milliseconds start_timeout_{60'000};
};

} // namespace pgcoro
