#include "catch.hpp"

#include <pgcoro/pool/pool_policy.hpp>

#include <chrono>

using namespace std::chrono_literals;
namespace pg = pgcoro;

namespace {

using policy = pg::pool_policy<>;
using kind = pg::pool_action::kind;
using time_point = policy::time_point;

struct caller : pg::queued
{};

constexpr time_point start{1h};

} // namespace

TEST_CASE("a pool that is refused for good asks again only for those who wait")
{
    policy pool{{.min_size = 2, .max_size = 3}};
    auto const one = pool.next(start);
    auto const two = pool.next(start);
    CHECK(one.what == kind::connect);
    CHECK(two.what == kind::connect);
    CHECK(pool.next(start).what == kind::nothing);
    pool.connect_failed(one.slot, true, start);
    CHECK(pool.next(start).what == kind::nothing);
    pool.connect_failed(two.slot, true, start);
    CHECK(pool.next(start + 1h).what == kind::nothing);
    CHECK(pool.size() == 0);

    caller waits;
    pool.wait(waits, start + 1h, 30s);
    auto const three = pool.next(start + 1h);
    CHECK(three.what == kind::connect);
    CHECK(pool.next(start + 1h).what == kind::nothing);
    pool.connect_failed(three.slot, true, start + 1h);
    auto const told = pool.next(start + 1h);
    CHECK(told.what == kind::refuse);
    CHECK(told.who == &waits);
    CHECK(pool.next(start + 2h).what == kind::nothing);
}

TEST_CASE("nobody is told of one attempt that failed while another may still come")
{
    policy pool{{.max_size = 2}};
    caller first;
    caller second;
    pool.wait(first, start, 30s);
    pool.wait(second, start, 30s);
    auto const one = pool.next(start);
    auto const two = pool.next(start);
    pool.connect_failed(one.slot, false, start);
    CHECK(pool.next(start).what == kind::nothing);
    pool.connected(two.slot, start);
    auto const served = pool.next(start);
    CHECK(served.what == kind::serve);
    CHECK(served.who == &first);
}

TEST_CASE("who waits does not wait for what another one left, if there can be a new connection")
{
    policy pool{{.max_size = 2}};
    caller first;
    pool.wait(first, start, 30s);
    auto const made = pool.next(start);
    pool.connected(made.slot, start);
    CHECK(pool.next(start).what == kind::serve);
    pool.give_back_busy(made.slot);

    caller second;
    pool.wait(second, start, 30s);
    CHECK(pool.next(start).what == kind::connect);
    pool.checked(made.slot, true, start);
    CHECK(pool.next(start).what == kind::serve);
}

TEST_CASE("a server that lets us in and then drops us is asked again later and later")
{
    policy pool{{.min_size = 2, .max_size = 2, .retry_delay = 100ms, .max_retry_delay = 10s}};
    time_point now = start;
    auto const connect_both = [&] {
        for (int i = 0; i < 2; ++i) {
            auto const made = pool.next(now);
            REQUIRE(made.what == kind::connect);
            pool.connected(made.slot, now);
        }
    };
    auto const lose_both = [&] {
        pool.lost(0, now);
        pool.lost(1, now);
        auto todo = pool.next(now);
        for (; todo.what == kind::close; todo = pool.next(now))
            pool.closed(todo.slot);
        CHECK(todo.what == kind::nothing);
    };
    for (auto const longest : {100ms, 200ms, 400ms}) { // and no less than half
        connect_both();
        lose_both();
        CHECK(pool.next(now + longest / 2 - 1ms).what == kind::nothing);
        CHECK(pool.wake_at() <= now + longest);
        now += longest;
    }
    // One that was of use says that the server works.
    connect_both();
    auto const used = pool.take(now);
    pool.give_back(used, true, now);
    lose_both();
    CHECK(pool.wake_at() <= now + 100ms);
}
