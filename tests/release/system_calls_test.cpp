#include "../integration/run.hpp"
#include "../integration/tls_server.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include <unistd.h>

// A lone query costs four system calls: send, a recv that finds nothing, epoll_wait and recv; two,
// if the answer is there at once. This program runs one of its own cases under strace and counts
// between two marks.

namespace {

constexpr int queries = 500;

void mark(char const* what)
{
    [[maybe_unused]] auto const ignored = ::access(what, F_OK);
}

} // namespace

TEST_CASE("lone queries between two marks", "[.traced]")
{
    char const* const server = std::getenv("PGCORO_TRACED_SERVER");
    REQUIRE(server != nullptr);
    REQUIRE(std::getenv("PGCORO_TRACED_LIMIT") != nullptr);
    run([&]() -> awaitable<void> {
        // A limit that no query comes near must cost nothing: PGCORO_TRACED_LIMIT, in ms.
        char const* const limit = std::getenv("PGCORO_TRACED_LIMIT");
        auto conn = co_await pg::connect(
            pg::options{server}.command_timeout(std::chrono::milliseconds{std::atoi(limit)}));
        for (int i = 0; i < 100; ++i)
            co_await conn.fetch_value<int>("SELECT 1 + $1", i);
        mark("/traced-begin");
        for (int i = 0; i < queries; ++i)
            co_await conn.fetch_value<int>("SELECT 1 + $1", i);
        mark("/traced-end");
    });
}

TEST_CASE("a lone query costs four system calls, with a time limit or TLS, too")
{
    ::setenv("PGCORO_TRACED_LIMIT", GENERATE("0", "30000"), 1);
    auto const tls = [] {
        auto& server = shared_tls_server();
        return server.connection_string("localhost") + " hostaddr=" + server.tcp_host() +
               " sslmode=verify-full sslrootcert=" + shared_certificates().root_file;
    };
    bool const encrypted = GENERATE(false, true);
    std::string const to = encrypted ? tls() : shared_server().uri();
    char directory[] = "/tmp/pgcoro-strace-XXXXXX";
    REQUIRE(::mkdtemp(directory) != nullptr);
    std::string const trace = std::string{directory} + "/trace";
    ::setenv("PGCORO_TRACED_SERVER", to.c_str(), 1);
    std::string const command = "strace -f -qq -o " + trace + " /proc/" +
                                std::to_string(::getpid()) + "/exe '[.traced]' >" + directory +
                                "/out 2>&1";
    int const status = std::system(command.c_str());
    std::ifstream lines{trace};
    std::map<std::string, int> calls;
    bool counting = false;
    bool ended = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.find("/traced-begin") != std::string::npos)
            counting = true;
        else if (line.find("/traced-end") != std::string::npos)
            ended = true;
        else if (counting && !ended)
            ++calls[line.substr(line.find_first_of(' ') + 1)
                        .substr(0, line.find('(') - line.find_first_of(' ') - 1)];
    }
    std::system(("rm -r " + std::string{directory}).c_str());
    if (!ended) {
        CHECK(status != 0);
        return skip("strace is not installed, or may not trace here");
    }
    int total = 0;
    for (auto const& [name, count] : calls) {
        UNSCOPED_INFO(name << ": " << count);
        total += count;
    }
    CHECK(total <= queries * 4 + queries / 20);
    CHECK(total >= queries * 2); // it did count
    CHECK(calls["epoll_ctl"] <= queries / 20);
}
