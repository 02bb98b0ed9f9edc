#include "catch.hpp"
#include "server.hpp"

#include <pgcoro/testing/temporary_server.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pg = pgcoro;
using namespace std::chrono_literals;

namespace {

/// The server's one-byte answer to an SSLRequest, or 0 where nobody answers.
char ask_for_tls(sockaddr const* address, socklen_t length)
{
    int const client = ::socket(address->sa_family, SOCK_STREAM, 0);
    constexpr std::array<unsigned char, 8> request{0, 0, 0, 8, 4, 210, 22, 47};
    char answer = 0;
    if (::connect(client, address, length) != 0 ||
        ::send(client, request.data(), request.size(), MSG_NOSIGNAL) != 8 ||
        ::recv(client, &answer, 1, 0) != 1)
        answer = 0;
    ::close(client);
    return answer;
}

char ask_unix(std::string const& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    return ask_for_tls(reinterpret_cast<sockaddr*>(&address), sizeof address);
}

char ask_tcp(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return ask_for_tls(reinterpret_cast<sockaddr*>(&address), sizeof address);
}

bool alive(pid_t process)
{
    return ::kill(process, 0) == 0 || errno != ESRCH;
}

/// True as soon as `condition` holds; false if it does not for ten seconds.
bool eventually(std::function<bool()> const& condition)
{
    for (auto const deadline = std::chrono::steady_clock::now() + 10s;
         std::chrono::steady_clock::now() < deadline; std::this_thread::sleep_for(5ms)) {
        if (condition())
            return true;
    }
    return condition();
}

/// Sets an environment variable for as long as it lives.
class environment_variable
{
public:
    environment_variable(char const* name, std::string const& value) : name_{name}
    {
        if (char const* const old = std::getenv(name); old != nullptr)
            before_ = old;
        ::setenv(name, value.c_str(), 1);
    }
    environment_variable(environment_variable const&) = delete;
    environment_variable& operator=(environment_variable const&) = delete;
    ~environment_variable()
    {
        if (before_)
            ::setenv(name_, before_->c_str(), 1);
        else
            ::unsetenv(name_);
    }

private:
    char const* name_;
    std::optional<std::string> before_;
};

std::string start_failure(pg::temporary_server_options const& options)
{
    try {
        pg::temporary_server const server{options};
    } catch (pg::server_start_error const& e) {
        CHECK(e.code() == pg::errc::server_start_failed);
        return e.what();
    }
    return "it started";
}

} // namespace

TEST_CASE("a temporary server answers on its Unix socket", "[temporary_server]")
{
    auto& server = shared_server();
    CHECK(ask_unix(server.socket_path()) == 'N');
    CHECK(server.running());
    CHECK(server.version_number() >= 100000);
    CHECK(server.version().starts_with(std::to_string(server.version_number() / 10000)));
    CHECK_THAT(server.log(), Catch::Matchers::ContainsSubstring("ready to accept connections"));
}

TEST_CASE("a temporary server listens on TCP where asked", "[temporary_server]")
{
    auto& server = shared_server();
    CHECK(server.tcp_host() == "127.0.0.1");
    CHECK(ask_tcp(server.port()) == 'N');

    pg::temporary_server other{pg::temporary_server_options{}.tcp()};
    CHECK(other.port() != server.port());
    CHECK(ask_tcp(other.port()) == 'N');
}

TEST_CASE("a temporary server is gone with its object", "[temporary_server]")
{
    std::string directory;
    pid_t process = 0;
    {
        pg::temporary_server const server;
        directory = server.socket_directory();
        process = server.process();
        CHECK(std::filesystem::exists(directory));
        CHECK(alive(process));
        CHECK(server.tcp_host().empty());
    }
    CHECK_FALSE(std::filesystem::exists(directory));
    CHECK_FALSE(alive(process));
}

TEST_CASE("a temporary server is gone when its owner was killed", "[temporary_server]")
{
    std::array<int, 2> report{};
    REQUIRE(::pipe(report.data()) == 0);
    pid_t const owner = ::fork();
    if (owner == 0) {
        try {
            pg::temporary_server const server;
            std::string const text =
                server.socket_directory() + ' ' + std::to_string(server.process()) + '\n';
            if (::write(report[1], text.data(), text.size()) > 0)
                ::pause();
        } catch (std::exception const& e) {
            std::fputs(e.what(), stderr);
        }
        ::_exit(1);
    }
    ::close(report[1]);
    std::array<char, 256> text{};
    auto const count = ::read(report[0], text.data(), text.size());
    REQUIRE(count > 0);
    std::string const told{text.data(), static_cast<std::size_t>(count)};
    std::string const directory = told.substr(0, told.find(' '));
    auto const process = static_cast<pid_t>(std::stoi(told.substr(told.find(' '))));
    CHECK(alive(process));

    ::kill(owner, SIGKILL);
    ::waitpid(owner, nullptr, 0);
    CHECK(eventually([&] { return !alive(process); }));
    CHECK(eventually([&] { return !std::filesystem::exists(directory); }));
    // Neither the guardian nor the server kept a descriptor of ours: the pipe ends.
    CHECK(::read(report[0], text.data(), text.size()) == 0);
    ::close(report[0]);
}

TEST_CASE("a temporary server stops and starts again", "[temporary_server]")
{
    pg::temporary_server server{pg::temporary_server_options{}.tcp()};
    auto const port = server.port();
    for (auto const how : {pg::server_shutdown::fast, pg::server_shutdown::immediate}) {
        pid_t const before = server.process();
        server.stop(how);
        CHECK_FALSE(server.running());
        CHECK_FALSE(alive(before));
        CHECK(ask_tcp(port) == 0);
        server.stop(how);

        server.start();
        CHECK(server.running());
        CHECK(server.port() == port);
        CHECK(ask_tcp(port) == 'N');
        CHECK(ask_unix(server.socket_path()) == 'N');
    }
    server.restart();
    CHECK(ask_tcp(port) == 'N');

    // Killed by somebody else: it notices, and recovers.
    ::kill(server.process(), SIGKILL);
    CHECK(eventually([&] { return !server.running(); }));
    server.start();
    CHECK(ask_tcp(port) == 'N');
}

TEST_CASE("settings, access rules and files reach the server", "[temporary_server]")
{
    pg::temporary_server const server{pg::temporary_server_options{}
                                          .user("the boss")
                                          .password("it's \\ a secret")
                                          .authentication(pg::server_auth::md5)
                                          .hba("local all all reject")
                                          .setting("cluster_name", "it's \\ mine")
                                          .file("note.txt", "hello")};
    std::string const directory = server.socket_directory();
    CHECK(pg::testing::read_file(server.data_directory() + "/note.txt") == "hello");
    CHECK(pg::testing::read_file(directory + "/pg_hba.conf") == "local all all reject\n");
    CHECK_FALSE(std::filesystem::exists(directory + "/password"));
    CHECK(server.connection_string("db") ==
          "host=db port=5432 user='the boss' password='it\\'s \\\\ a secret' dbname=postgres");
    CHECK(server.uri() == "postgresql://the%20boss:it%27s%20%5C%20a%20secret@%2Ftmp%2F" +
                              directory.substr(5) + ":5432/postgres");
}

TEST_CASE("where no server is found, the error says how to mend it", "[temporary_server]")
{
    using Catch::Matchers::ContainsSubstring;
    environment_variable const wrong{"PGCORO_POSTGRES_BIN", "/nowhere"};
    std::string const failure = start_failure({});
    CHECK_THAT(failure, ContainsSubstring("no PostgreSQL server found: /nowhere"));
    CHECK_THAT(failure, ContainsSubstring("PGCORO_POSTGRES_BIN"));
    CHECK_THAT(failure, ContainsSubstring("apt install postgresql"));

    auto named = pg::temporary_server_options{}.bin_directory("/elsewhere");
    CHECK_THAT(start_failure(named), ContainsSubstring("/elsewhere"));
}

TEST_CASE("a server that does not start shows its log", "[temporary_server]")
{
    auto options = pg::temporary_server_options{}.setting("no_such_setting", "1");
    CHECK_THAT(start_failure(options), Catch::Matchers::ContainsSubstring("no_such_setting"));
}

TEST_CASE("the newest PostgreSQL comes first", "[temporary_server]")
{
    using version = std::pair<int, int>;
    CHECK(pg::version_in_path("/usr/lib/postgresql/15/bin") == version{15, 0});
    CHECK(pg::version_in_path("/usr/lib/postgresql/9.6/bin") == version{9, 6});
    CHECK(pg::version_in_path("/opt/homebrew/opt/postgresql@17/bin") == version{17, 0});
    CHECK(pg::version_in_path("/usr/local/pgsql/bin") == version{0, 0});
}
