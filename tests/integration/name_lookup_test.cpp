#include "run.hpp"

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

using Catch::Matchers::ContainsSubstring;

// Linux: the whole of 127/8 is ours. glibc: what is linked together here can be freed.
#if defined(__linux__) && defined(__GLIBC__)

    #include <dlfcn.h>
    #include <netdb.h>
    #include <netinet/in.h>
    #include <sys/socket.h>
    #include <unistd.h>

namespace {

std::atomic<bool> slow_names_may_be_found{false};
std::atomic<int> slow_look_ups{0};

using lookup = int (*)(char const*, char const*, addrinfo const*, addrinfo**);

lookup real_lookup()
{
    return reinterpret_cast<lookup>(::dlsym(RTLD_NEXT, "getaddrinfo"));
}

} // namespace

/// The system's look-up of names, for this program: with a name that has three addresses, and one
/// that takes its time.
extern "C" int getaddrinfo(
    char const* name, char const* service, addrinfo const* hints, addrinfo** found)
{
    std::string_view const asked = name == nullptr ? "" : name;
    if (asked == "three.test") {
        addrinfo** end = found;
        for (char const* const address : {"127.0.0.2", "127.0.0.3", "127.0.0.1"}) {
            if (int const failed = real_lookup()(address, service, hints, end))
                return failed;
            while (*end != nullptr)
                end = &(*end)->ai_next;
        }
        return 0;
    }
    if (asked == "slow.test") {
        ++slow_look_ups;
        slow_names_may_be_found.wait(false);
        return EAI_NONAME;
    }
    return real_lookup()(name, service, hints, found);
}

namespace {

/// Takes connections, on one address, and never answers.
class silent_listener
{
public:
    silent_listener(std::uint32_t address, std::uint16_t port)
        : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}
    {
        int const on = 1;
        ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_port = htons(port);
        where.sin_addr.s_addr = htonl(address);
        if (::bind(socket_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0 ||
            ::listen(socket_, 16) != 0)
            throw std::runtime_error{"the address can't be listened on"};
    }
    silent_listener(silent_listener const&) = delete;
    silent_listener& operator=(silent_listener const&) = delete;
    ~silent_listener() { ::close(socket_); }

private:
    int socket_;
};

pg::options named(std::string host)
{
    return pg::options{}
        .host(std::move(host))
        .port(shared_server().port())
        .user("postgres")
        .connect_timeout(20s);
}

void check_connects(pg::options const& to)
{
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(to);
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
        co_await conn.close();
    });
}

} // namespace

TEST_CASE("every address of a name is tried, each with a time limit of its own")
{
    check_connects(named("three.test")); // two refuse
    silent_listener const first{0x7f000002, shared_server().port()};
    check_connects(named("three.test").connect_timeout(200ms));
    run([&]() -> awaitable<void> {
        auto const text = co_await error_of<pg::connect_error>(
            pg::connect(named("three.test")
                            .connect_timeout(200ms)
                            .target_session_attrs(pg::target_session::standby)));
        CHECK_THAT(text, ContainsSubstring("\"three.test\", port "));
        CHECK_THAT(text, ContainsSubstring("127.0.0.2: timed out"));
        CHECK_THAT(text, ContainsSubstring("127.0.0.3: Connection refused"));
        CHECK_THAT(text, ContainsSubstring("127.0.0.1: the server is not a standby"));
    });
}

TEST_CASE("a look-up that outlives the time limit is left behind")
{
    slow_names_may_be_found = false;
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(named("slow.test,127.0.0.1").connect_timeout(200ms));
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
        auto const text = co_await error_of<pg::timeout_error>(
            pg::connect(named("slow.test").connect_timeout(200ms)));
        CHECK_THAT(text, ContainsSubstring("timed out while looking up \"slow.test\""));
        check(slow_look_ups > 0);
        // Otherwise the context would wait for it.
        slow_names_may_be_found = true;
        slow_names_may_be_found.notify_all();
    });
}

#else

TEST_CASE("every address of a name is tried, each with a time limit of its own")
{
    return skip("look-ups of names can't be replaced here");
}

#endif
