// Runs a program with a private PostgreSQL beside it, which is gone when the program ends:
// with_server PROGRAM [ARGUMENT...]. The program finds it in PGHOST, PGPORT, PGUSER, PGPASSWORD and
// PGDATABASE. The exit code is the program's.

#include <pgcoro/testing/temporary_server.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace {

int run(char** command)
{
    pid_t const child = ::fork();
    if (child < 0)
        throw pgcoro::server_start_error{std::string{"could not fork: "} + std::strerror(errno)};
    if (child == 0) {
        ::execvp(command[0], command);
        std::cerr << command[0] << ": " << std::strerror(errno) << std::endl;
        ::_exit(127);
    }
    // Ctrl-C goes to both of us: the program decides, and the server stays until it has.
    std::signal(SIGINT, SIG_IGN);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

int main(int argc, char* argv[])
{
    if (argc < 2) {
        std::cerr << "usage: with_server PROGRAM [ARGUMENT...]\n";
        return 2;
    }
    try {
        pgcoro::temporary_server const server{
            pgcoro::temporary_server_options{}.authentication(pgcoro::server_auth::scram_sha_256)};
        ::setenv("PGHOST", server.socket_directory().c_str(), 1);
        ::setenv("PGPORT", std::to_string(server.port()).c_str(), 1);
        ::setenv("PGUSER", server.user().c_str(), 1);
        ::setenv("PGPASSWORD", server.password().c_str(), 1);
        ::setenv("PGDATABASE", server.database().c_str(), 1);
        return run(argv + 1);
    } catch (pgcoro::error const& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}
