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
