#include "catch.hpp"

#include <pgcoro/pool/pool_state.hpp>

namespace {

struct some_connection
{
    [[nodiscard]] bool is_open() const noexcept { return true; }
};

using state = pgcoro::pool_state<some_connection, int>;

} // namespace

TEST_CASE("a pool that is refused asks again only for those who wait")
{
    state pool{{.min_size = 2, .max_size = 3}};
    some_connection made;
    CHECK(pool.begin_connecting());
    CHECK(pool.begin_connecting());
    CHECK_FALSE(pool.begin_connecting());
    CHECK_FALSE(pool.connect_failed());
    CHECK_FALSE(pool.begin_connecting());
    CHECK_FALSE(pool.connect_failed());
    CHECK_FALSE(pool.begin_connecting());
    CHECK(pool.size() == 0);

    pool.wait(1, 10);
    CHECK(pool.begin_connecting());
    CHECK_FALSE(pool.begin_connecting());
    CHECK(pool.connect_failed() == 10);
    CHECK_FALSE(pool.begin_connecting());

    pool.wait(2, 20);
    CHECK(pool.begin_connecting());
    CHECK(pool.connected(made) == 20);
    CHECK(pool.begin_connecting()); // the second of those that are to be there
    CHECK_FALSE(pool.begin_connecting());
}
