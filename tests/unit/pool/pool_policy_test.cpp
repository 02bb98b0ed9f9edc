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
