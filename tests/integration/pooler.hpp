#pragma once

#include <pgcoro/testing/temporary_server.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/// Where PgBouncer is; empty if it is not installed.
inline std::string find_pgbouncer()
{
    for (char const* const path :
        {"/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"})
        if (::access(path, X_OK) == 0)
            return path;
    return {};
}

/// A PgBouncer of one's own before a server that trusts everybody, on a Unix socket.
class pooler
{
public:
    /// `mode`: session, transaction or statement.
    pooler(pgcoro::temporary_server const& server, std::string const& mode)
        : directory_{pgcoro::testing::make_private_directory("/tmp")}
    {
        auto const user = pgcoro::testing::server_user();
        // One server connection for everybody: whoever relies on what he left there is found out.
        pgcoro::testing::write_private_file(directory_ + "/pgbouncer.ini",
            "[databases]\n* = host=" + server.socket_directory() +
                " port=" + std::to_string(server.port()) + " user=" + server.user() +
                "\n[pgbouncer]\nlisten_port = 5432\nunix_socket_dir = " + directory_ +
                "\nauth_type = any\npool_mode = " + mode + "\ndefault_pool_size = 1\n");
        process_ = ::fork();
        if (process_ == 0) {
            if (user && (::setgid(user->gid) != 0 || ::setuid(user->uid) != 0))
                ::_exit(126);
            std::string const program = find_pgbouncer();
            std::string const file = directory_ + "/pgbouncer.ini";
            std::freopen((directory_ + "/log").c_str(), "w", stderr);
            ::execl(program.c_str(), program.c_str(), "-q", file.c_str(), nullptr);
            ::_exit(127);
        }
        for (int turn = 0; turn < 1000 && !answers(); ++turn)
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        if (!answers())
            throw std::runtime_error{
                "PgBouncer does not start: " + pgcoro::testing::read_file(directory_ + "/log")};
    }
    pooler(pooler const&) = delete;
    pooler& operator=(pooler const&) = delete;
    ~pooler()
    {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        for (char const* const name :
            {"/pgbouncer.ini", "/log", "/.s.PGSQL.5432", "/.s.PGSQL.5432.lock"})
            ::unlink((directory_ + name).c_str());
        ::rmdir(directory_.c_str());
    }

    /// The directory of its Unix socket.
    [[nodiscard]] std::string const& host() const noexcept { return directory_; }

private:
    [[nodiscard]] bool answers() const
    {
        struct ::stat about = {};
        return ::stat((directory_ + "/.s.PGSQL.5432").c_str(), &about) == 0;
    }

    std::string directory_;
    ::pid_t process_ = -1;
};
