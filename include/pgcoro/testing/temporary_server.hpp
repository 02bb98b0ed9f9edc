#pragma once

#include "cluster.hpp"
#include "find_postgres.hpp"
#include "free_port.hpp"
#include "guardian.hpp"
#include "private_file.hpp"
#include "server_configuration.hpp"
#include "server_start_error.hpp"
#include "temporary_server_options.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>
#include <unistd.h>

/// \file
/// A private PostgreSQL for tests and demonstrations, on POSIX systems. Needs neither the rest of
/// the library nor a running server, only PostgreSQL's programs.

namespace pgcoro {

/// A PostgreSQL server of one's own, in a temporary directory, reached through a Unix socket.
///
/// Starts in about half a second (the second one with the same user, password and authentication
/// in 0.1 s) and is gone with its directory when the object is; also when the program crashes or is
/// killed, then within a moment: a small process beside it sees to that. A program that forks and
/// does not exec keeps the servers of the original alive until both have ended.
///
/// Durability is off, text is UTF-8 with locale C, the time zone is UTC. Started as root, the
/// server runs as the user postgres, or nobody.
///
/// The object is to be used by one thread at a time; any number of objects may exist.
class temporary_server
{
public:
    /// Makes a cluster, starts the server and waits until it answers. Throws server_start_error,
    /// which holds the last lines of the server's log.
    explicit temporary_server(temporary_server_options options = {})
        : options_{std::move(options)},
          bin_directory_{find_postgres(options_.bin_directory_)},
          guardian_{testing::make_private_directory(options_.parent_directory_)}
    {
        if (options_.password_.empty() && options_.authentication_ != server_auth::trust)
            options_.password_ = "postgres";
        read_version();
        if (options_.primary_.empty())
            testing::create_cluster(guardian_,
                {bin_directory_, options_.user_, options_.password_,
                    testing::to_string(options_.authentication_)},
                options_.parent_directory_, data_directory(), options_.start_timeout_);
        else
            testing::copy_primary(guardian_, bin_directory_, options_.primary_, data_directory(),
                options_.start_timeout_);
        for (auto const& [name, content] : options_.files_)
            testing::write_private_file(data_directory() + '/' + name, content);
        testing::write_private_file(guardian_.directory() + "/pg_hba.conf", hba_text());
        start();
    }

    temporary_server(temporary_server const&) = delete;
    temporary_server& operator=(temporary_server const&) = delete;

    /// Stops the server (immediately: nobody will miss the data) and removes its directory.
    ~temporary_server() = default;

    /// The directory of the Unix socket, which clients take for the host.
    [[nodiscard]] std::string const& socket_directory() const noexcept
    {
        return guardian_.directory();
    }
    /// Path of the Unix socket itself.
    [[nodiscard]] std::string socket_path() const
    {
        return socket_directory() + "/.s.PGSQL." + std::to_string(port_);
    }
    /// The port: of 127.0.0.1 and in the Unix socket's name.
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// "127.0.0.1", or empty where TCP was not asked for.
    [[nodiscard]] std::string tcp_host() const { return options_.tcp_ ? "127.0.0.1" : ""; }
    [[nodiscard]] std::string const& user() const noexcept { return options_.user_; }
    /// The superuser's password; empty where it has none.
    [[nodiscard]] std::string const& password() const noexcept { return options_.password_; }
    [[nodiscard]] std::string database() const { return "postgres"; }

    /// The server's version: "15.4".
    [[nodiscard]] std::string const& version() const noexcept { return version_; }
    /// The version as the server's own server_version_num: 150004.
    [[nodiscard]] int version_number() const noexcept { return version_number_; }

    [[nodiscard]] std::string data_directory() const { return guardian_.directory() + "/data"; }
    /// What the server has logged so far.
    [[nodiscard]] std::string log() const
    {
        return testing::read_file(guardian_.directory() + "/log");
    }

    /// host=… port=… user=… password=… dbname=…, through the Unix socket.
    [[nodiscard]] std::string connection_string() const
    {
        return connection_string(socket_directory());
    }
    /// The same for a host of your choice.
    [[nodiscard]] std::string connection_string(std::string_view host) const
    {
        return "host=" + testing::connection_value(host) + " port=" + std::to_string(port_) +
               " user=" + testing::connection_value(user()) +
               (password().empty() ? "" : " password=" + testing::connection_value(password())) +
               " dbname=" + database();
    }
    /// postgresql://user:password@host:port/dbname, through the Unix socket.
    [[nodiscard]] std::string uri() const { return uri(socket_directory()); }
    /// The same for a host of your choice: `uri(server.tcp_host())`.
    [[nodiscard]] std::string uri(std::string_view host) const
    {
        return "postgresql://" + testing::percent_encoded(user()) +
               (password().empty() ? "" : ':' + testing::percent_encoded(password())) + '@' +
               testing::percent_encoded(host) + ':' + std::to_string(port_) + '/' + database();
    }

    /// True until the server was stopped or ended by itself.
    [[nodiscard]] bool running()
    {
        return process_ != 0 && !await_exit(testing::guardian::clock::now());
    }

    /// The server's main process; 0 while it is stopped.
    [[nodiscard]] pid_t process() const noexcept { return process_; }

    /// Stops the server and waits until it has ended. The data stays. Does nothing when it is
    /// stopped. Throws server_start_error where even SIGKILL had no effect.
    void stop(server_shutdown how = server_shutdown::fast)
    {
        using namespace std::chrono_literals;
        if (!running())
            return;
        struct step
        {
            int signal;
            std::chrono::seconds patience;
        };
        for (auto const& [signal, patience] :
            {step{SIGINT, 30s}, step{SIGQUIT, 15s}, step{SIGKILL, 15s}}) {
            if (signal == SIGINT && how == server_shutdown::immediate)
                continue;
            ::kill(process_, signal);
            if (await_exit(testing::guardian::clock::now() + patience))
                return;
        }
        throw server_start_error{"the server does not stop:\n" + testing::last_lines(log(), 20)};
    }

    /// Starts a stopped server again, on the same port, and waits until it answers. Does nothing
    /// when it runs. Throws server_start_error.
    void start()
    {
        if (running())
            return;
        bool const choose = options_.tcp_ && port_ == 0;
        auto const deadline = testing::guardian::clock::now() + options_.start_timeout_;
        for (int attempt = 1;; ++attempt) {
            if (!options_.tcp_)
                port_ = 5432; // the socket's directory is our own
            else if (choose)
                port_ = testing::find_free_port();
            testing::write_private_file(
                guardian_.directory() + "/postgresql.conf", configuration_text());
            std::size_t const logged = log().size();
            if (launch())
                return;
            std::string const said = log().substr(logged);
            // Between finding and using it, somebody else may have taken the port.
            if (choose && attempt < 20 && said.find("already in use") != std::string::npos)
                continue;
            // Of a server that was stopped immediately, version 13 leaves processes behind that
            // take a moment to end.
            if (testing::guardian::clock::now() < deadline &&
                said.find("is still in use") != std::string::npos) {
                ::usleep(20'000);
                continue;
            }
            if (choose)
                port_ = 0;
            throw server_start_error{"PostgreSQL " + version_ + " (" + bin_directory_ +
                                     ") did not start in " + data_directory() +
                                     ". The end of its log:\n" + testing::last_lines(said, 20)};
        }
    }

    void restart(server_shutdown how = server_shutdown::fast)
    {
        stop(how);
        start();
    }

    /// Makes a standby a primary, and waits until it is one. Throws server_start_error.
    /// https://www.postgresql.org/docs/current/warm-standby-failover.html
    void promote()
    {
        testing::run_guarded(guardian_,
            {bin_directory_ + "/pg_ctl", "promote", "--wait", "--pgdata=" + data_directory()},
            options_.start_timeout_);
    }

private:
    void read_version()
    {
        std::string const said = testing::run_guarded(
            guardian_, {bin_directory_ + "/postgres", "--version"}, options_.start_timeout_);
        // postgres (PostgreSQL) 15.4 (Debian …)
        std::size_t const begin = std::min(said.find_first_of("0123456789"), said.size());
        version_ = said.substr(begin, said.find_first_of(" \n", begin) - begin);
        int major = 0;
        int minor = 0;
        char const* const end = version_.data() + version_.size();
        auto const [after, failure] = std::from_chars(version_.data(), end, major);
        if (after != end && *after == '.')
            std::from_chars(after + 1, end, minor);
        version_number_ = major * 10000 + minor;
    }

    [[nodiscard]] std::string hba_text() const
    {
        std::string text;
        for (auto const& line : options_.hba_)
            text += line + '\n';
        if (!text.empty())
            return text;
        std::string const method = testing::to_string(options_.authentication_);
        for (char const* const databases : {"all", "replication"}) {
            text += std::string{"local "} + databases + " all " + method + '\n';
            for (char const* const address : {"127.0.0.1/32", "::1/128"})
                text += std::string{"host "} + databases + " all " + address + ' ' + method + '\n';
        }
        return text;
    }

    [[nodiscard]] std::string configuration_text() const
    {
        std::string text;
        for (auto const& [name, value] : testing::throwaway_settings())
            text += testing::setting_line(name, value);
        text += testing::setting_line("hba_file", guardian_.directory() + "/pg_hba.conf");
        text += testing::setting_line("unix_socket_directories", socket_directory());
        text += testing::setting_line("listen_addresses", tcp_host());
        text += testing::setting_line("port", std::to_string(port_));
        text += testing::setting_line("password_encryption",
            options_.authentication_ == server_auth::md5 ? "md5" : "scram-sha-256");
        for (auto const& [name, value] : options_.settings_)
            text += testing::setting_line(name, value);
        return text;
    }

    /// False if the server ended instead.
    [[nodiscard]] bool launch()
    {
        guardian_.send("start", {bin_directory_ + "/postgres", "-D", data_directory(),
                                    "--config_file=" + guardian_.directory() + "/postgresql.conf"});
        auto const deadline = testing::guardian::clock::now() + options_.start_timeout_;
        bool ended = false;
        // The two messages come from two processes, in any order.
        while (process_ == 0) {
            auto const line = guardian_.next_line(deadline);
            if (!line)
                throw server_start_error{"the process that looks after the server is gone"};
            if (line->starts_with("exited "))
                ended = true;
            else if (line->starts_with("started "))
                std::from_chars(line->data() + 8, line->data() + line->size(), process_);
        }
        while (!ended && !guardian_.gone() && testing::guardian::clock::now() < deadline) {
            if (answers())
                return true;
            if (await_exit(testing::guardian::clock::now() + std::chrono::milliseconds{2}))
                return false;
        }
        if (!ended)
            stop(server_shutdown::immediate);
        process_ = 0;
        return false;
    }

    /// The server writes into its pid file when it takes connections; the file of a run that was
    /// killed may still be there.
    [[nodiscard]] bool answers() const
    {
        std::string const file = testing::read_file(data_directory() + "/postmaster.pid");
        return file.starts_with(std::to_string(process_) + '\n') &&
               file.find("\nready") != std::string::npos;
    }

    [[nodiscard]] bool await_exit(testing::guardian::clock::time_point deadline)
    {
        while (auto const line = guardian_.next_line(deadline)) {
            if (line->starts_with("exited ")) {
                process_ = 0;
                return true;
            }
        }
        return false;
    }

    temporary_server_options options_;
    std::string bin_directory_;
    std::string version_;
    int version_number_ = 0;
    std::uint16_t port_ = 0;
    pid_t process_ = 0;
    testing::guardian guardian_;
};

} // namespace pgcoro
