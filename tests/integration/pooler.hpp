#pragma once

#include <pgcoro/testing/temporary_server.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)
    #include <sys/prctl.h>
#endif

/// Where a pooler's program is; empty if it is not installed.
inline std::string find_pooler(std::string const& name)
{
    for (char const* const directory : {"/usr/sbin/", "/usr/bin/", "/usr/local/bin/"})
        if (::access((directory + name).c_str(), X_OK) == 0)
            return directory + name;
    return {};
}

/// A pooler of one's own, on a Unix socket in a directory of its own, as the server's user.
class pooler
{
public:
    pooler(pooler const&) = delete;
    pooler& operator=(pooler const&) = delete;
    ~pooler()
    {
        stop();
        if (DIR* const open = ::opendir(directory_.c_str())) {
            while (dirent const* const entry = ::readdir(open))
                ::unlink((directory_ + '/' + entry->d_name).c_str());
            ::closedir(open);
        }
        ::rmdir(directory_.c_str());
    }

    /// The directory of its Unix socket; the port is 5432.
    [[nodiscard]] std::string const& host() const noexcept { return directory_; }

protected:
    pooler() : directory_{pgcoro::testing::make_private_directory("/tmp")} {}

    void write(std::string const& name, std::string const& content) const
    {
        pgcoro::testing::write_private_file(directory_ + '/' + name, content);
    }

    void start(std::vector<std::string> command, std::uint16_t port = 5432)
    {
        auto const user = pgcoro::testing::server_user();
        std::string const log = directory_ + "/log";
        std::vector<char*> arguments;
        for (std::string& each : command)
            arguments.push_back(each.data());
        arguments.push_back(nullptr);
        process_ = ::fork();
        if (process_ == 0) {
            ::setpgid(0, 0);
            if (user && (::setgid(user->gid) != 0 || ::setuid(user->uid) != 0))
                ::_exit(126);
#if defined(__linux__)
            ::prctl(PR_SET_PDEATHSIG, SIGINT); // even if the tests are killed
#endif
            if (std::freopen(log.c_str(), "w", stdout) == nullptr || ::dup2(1, 2) < 0)
                ::_exit(126);
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
        std::string const socket = directory_ + "/.s.PGSQL." + std::to_string(port);
        for (int turn = 0; turn < 1000 && ::access(socket.c_str(), F_OK) != 0; ++turn)
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        if (::access(socket.c_str(), F_OK) != 0)
            throw std::runtime_error{
                command[0] + " does not start: " + pgcoro::testing::read_file(log)};
    }

private:
    void stop() noexcept
    {
        if (process_ <= 0)
            return;
        ::kill(process_, SIGINT);
        for (int turn = 0; turn < 500; ++turn) {
            if (::waitpid(process_, nullptr, WNOHANG) == process_)
                return;
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
        ::kill(-process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }

    std::string directory_;
    ::pid_t process_ = -1;
};

/// PgBouncer before a server that trusts everybody.
class pgbouncer : public pooler
{
public:
    /// `mode`: session, transaction or statement.
    pgbouncer(pgcoro::temporary_server const& server, std::string const& mode)
    {
        // One server connection for everybody: whoever relies on what he left there is found out.
        write("configuration",
            "[databases]\n* = host=" + server.socket_directory() +
                " port=" + std::to_string(server.port()) + " user=" + server.user() +
                "\n[pgbouncer]\nlisten_port = 5432\nunix_socket_dir = " + host() +
                "\nauth_type = any\npool_mode = " + mode + "\ndefault_pool_size = 1\n");
        start({find_pooler("pgbouncer"), "-q", host() + "/configuration"});
    }
};

/// Pgpool-II before a server that trusts everybody.
class pgpool : public pooler
{
public:
    explicit pgpool(pgcoro::temporary_server const& server)
    {
        write("configuration",
            "port = 5432\nlisten_addresses = ''\nbackend_clustering_mode = "
            "'streaming_replication'\nsr_check_period = 0\n"
            "num_init_children = 4\nenable_pool_hba = off\nunix_socket_directories = '" +
                host() + "'\nsocket_dir = '" + host() + "'\npcp_socket_dir = '" + host() +
                "'\nlogdir = '" + host() + "'\nwork_dir = '" + host() + "'\npid_file_name = '" +
                host() + "/pid'\nbackend_hostname0 = '" + server.socket_directory() +
                "'\nbackend_port0 = " + std::to_string(server.port()) + '\n');
        write("nothing", "");
        start({find_pooler("pgpool"), "-n", "-f", host() + "/configuration", "-F",
            host() + "/nothing", "-a", host() + "/nothing"});
    }
};
