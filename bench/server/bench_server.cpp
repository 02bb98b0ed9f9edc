// Runs a program beside a private PostgreSQL that holds what the cases query:
// bench_server SETUP.SQL PROGRAM [ARGUMENT...]. The program finds it in PGHOST and PGPORT;
// everybody is let in as postgres, while bench_scram must prove its password. The exit code is the
// program's.

#include "../common/blocking_connection.hpp"

#include <pgcoro/testing/temporary_server.hpp>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace {

void set_up(char const* file)
{
    std::ifstream in{file};
    if (!in)
        throw std::runtime_error{std::string{"can't be read: "} + file};
    std::ostringstream all;
    all << in.rdbuf();
    std::string const text = all.str();
    bench::blocking_connection connection;
    // A statement each: VACUUM can't run within a transaction, which several at once would be.
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = text.find(";\n", begin);
        end = end == std::string::npos ? text.size() : end + 2;
        connection.query(text.substr(begin, end - begin));
        begin = end;
    }
}

int run(char** command)
{
    pid_t const child = ::fork();
    if (child == 0) {
        ::execvp(command[0], command);
        std::cerr << command[0] << ": " << std::strerror(errno) << std::endl;
        ::_exit(127);
    }
    std::signal(SIGINT, SIG_IGN); // the program decides, and the server stays until it has
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

int main(int argc, char* argv[])
{
    if (argc < 3) {
        std::cerr << "usage: bench_server SETUP.SQL PROGRAM [ARGUMENT...]\n";
        return 2;
    }
    try {
        pgcoro::temporary_server const server{pgcoro::temporary_server_options{}
                                                  .hba("local all bench_scram scram-sha-256")
                                                  .hba("local all all trust")
                                                  .setting("shared_buffers", "256MB")
                                                  .setting("autovacuum", "off")
                                                  .setting("jit", "off")
                                                  .setting("fsync", "off")
                                                  .setting("max_wal_size", "4GB")
                                                  .setting("checkpoint_timeout", "1h")
                                                  .setting("bgwriter_lru_maxpages", "0")};
        ::setenv("PGHOST", server.socket_directory().c_str(), 1);
        ::setenv("PGPORT", std::to_string(server.port()).c_str(), 1);
        ::setenv("PGUSER", server.user().c_str(), 1);
        ::setenv("PGPASSWORD", "", 1);
        ::setenv("PGDATABASE", server.database().c_str(), 1);
        set_up(argv[1]);
        return run(argv + 2);
    } catch (std::exception const& error) {
        std::cerr << "bench_server: " << error.what() << '\n';
        return 1;
    }
}
