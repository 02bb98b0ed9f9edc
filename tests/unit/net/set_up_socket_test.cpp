#include "catch.hpp"

#include <pgcoro/net/set_up_socket.hpp>

#include <sys/socket.h>

namespace pg = pgcoro;
using namespace std::chrono_literals;

namespace {

int option_of(int socket, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(socket, level, name, &value, &size);
    return value;
}

} // namespace

TEST_CASE("a socket gets what socket_settings say, and is left alone where they say nothing")
{
    int const plain = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int const set = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int const off = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_FALSE(pg::set_up_socket(set, pg::socket_settings{true, 11s, 12s, 13, 14ms}));
    CHECK_FALSE(pg::set_up_socket(off, pg::socket_settings{false, 11s, 12s, 13, 0ms}));
    CHECK(option_of(set, IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK(option_of(set, SOL_SOCKET, SO_KEEPALIVE) != 0);
    CHECK(option_of(off, SOL_SOCKET, SO_KEEPALIVE) == 0);
#if defined(TCP_KEEPIDLE)
    CHECK(option_of(set, IPPROTO_TCP, TCP_KEEPIDLE) == 11);
    CHECK(option_of(set, IPPROTO_TCP, TCP_KEEPINTVL) == 12);
    CHECK(option_of(set, IPPROTO_TCP, TCP_KEEPCNT) == 13);
    CHECK(option_of(off, IPPROTO_TCP, TCP_KEEPIDLE) == option_of(plain, IPPROTO_TCP, TCP_KEEPIDLE));
#endif
#if defined(TCP_USER_TIMEOUT)
    CHECK(option_of(set, IPPROTO_TCP, TCP_USER_TIMEOUT) == 14);
#endif
    for (int const each : {plain, set, off})
        ::close(each);
    CHECK(pg::set_up_socket(-1, {}));
}
