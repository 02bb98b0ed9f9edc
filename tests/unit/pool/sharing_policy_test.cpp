#include "catch.hpp"

#include <pgcoro/pool/session_statement.hpp>
#include <pgcoro/pool/sharing_policy.hpp>

#include <chrono>
#include <random>
#include <string>
#include <vector>

using namespace std::chrono_literals;
namespace pg = pgcoro;

namespace {

using policy = pg::sharing_policy<>;
using time_point = policy::time_point;

constexpr time_point start{1h};
constexpr pg::sharing_limits limits{.depth = 6, .crowd = 3, .patience = 10ms};

/// Two connections that are shared, each with one call, and a third that isn't.
policy two_shared()
{
    policy sharing;
    sharing.grow(3);
    for (pg::slot_index const at : {0U, 2U}) {
        sharing.open(at);
        sharing.begin(at, start);
    }
    return sharing;
}

} // namespace

TEST_CASE("a call goes where the fewest are under way, up to the depth")
{
    policy sharing = two_shared();
    sharing.begin(0, start);
    CHECK(sharing.choose(limits, start, true) == 2);
    for (int i = 0; i < 10; ++i) {
        pg::slot_index const at = sharing.choose(limits, start, false);
        REQUIRE(at != pg::no_slot);
        sharing.begin(at, start);
        if (i == 2) { // where there can be another connection, a crowd is enough
            CHECK(sharing.load(0) + sharing.load(2) == 6);
            CHECK(sharing.choose(limits, start, true) == pg::no_slot);
        }
        if (sharing.load(0) + sharing.load(2) == 12)
            break;
    }
    CHECK(sharing.load(0) == 6);
    CHECK(sharing.load(2) == 6);
    CHECK(sharing.choose(limits, start, false) == pg::no_slot);
    CHECK_FALSE(sharing.is_shared(1));
}

TEST_CASE("nothing is put behind a call that takes long, until that is through")
{
    policy sharing = two_shared();
    sharing.begin(2, start);
    CHECK(sharing.choose(limits, start + 10ms, true) == 0);
    CHECK(sharing.choose(limits, start + 11ms, true) == pg::no_slot); // both say nothing
    CHECK(sharing.ended(2, limits, start + 9ms, 1, 77));
    CHECK(sharing.choose(limits, start + 11ms, true) == 2);
    CHECK(sharing.choose(limits, start + 20ms, true) == pg::no_slot);
    auto patient = limits;
    patient.patience = 0ns;
    CHECK(sharing.choose(patient, start + 1h, true) != pg::no_slot);
    // What was withdrawn is no answer.
    sharing.begin(2, start + 10ms);
    CHECK(sharing.ended(2, limits, start + 15ms, 1, 78));
    CHECK(sharing.choose(limits, start + 20ms, true) == pg::no_slot);
}

TEST_CASE("a statement is known to be quick when it was, and until it is slow")
{
    policy sharing = two_shared();
    CHECK_FALSE(sharing.is_quick(limits, 77));
    sharing.begin_alone(1, start);
    CHECK_FALSE(sharing.ended(1, limits, start + 11ms, 500, 77));
    CHECK_FALSE(sharing.is_quick(limits, 77));
    sharing.begin_alone(1, start);
    CHECK_FALSE(sharing.ended(1, limits, start + 10ms, 501, 77));
    CHECK(sharing.is_quick(limits, 77));
    sharing.begin(2, start);
    CHECK(sharing.ended(2, limits, start + 11ms, 1, 77)); // it became slow among others
    CHECK_FALSE(sharing.is_quick(limits, 77));
    CHECK_FALSE(sharing.ended(2, limits, start + 12ms, 2, 78)); // which only waited
    CHECK(sharing.is_quick(limits, 78));
    auto patient = limits;
    patient.patience = 0ns;
    CHECK(sharing.is_quick(patient, 77));
    int known = 0;
    for (std::size_t n = 1; n <= 10'000; ++n) { // no more than there is room for
        sharing.begin_alone(1, start);
        CHECK_FALSE(sharing.ended(1, limits, start, n, n * 0x9e3779b97f4a7c15));
        CHECK(sharing.is_quick(limits, n * 0x9e3779b97f4a7c15));
    }
    for (std::size_t n = 1; n <= 10'000; ++n)
        known += sharing.is_quick(limits, n * 0x9e3779b97f4a7c15);
    CHECK(known <= 512);
    CHECK(known > 300);
}

TEST_CASE("the emptiest connection makes way for somebody who wants one of his own")
{
    policy sharing = two_shared();
    sharing.begin(0, start);
    sharing.make_way(true);
    CHECK(sharing.choose(limits, start, false) == 0);
    sharing.begin(0, start);
    sharing.begin(0, start);
    sharing.make_way(true); // it stays the same one
    CHECK(sharing.choose(limits, start, false) == 0);
    CHECK_FALSE(sharing.ended(2, limits, start, 1, 1));
    CHECK_FALSE(sharing.is_shared(2));
    sharing.open(2); // his turn is over
    sharing.begin(2, start);
    sharing.make_way(false);
    CHECK(sharing.choose(limits, start, false) == 2);
    sharing.leave(2);
    CHECK(sharing.choose(limits, start, false) == 0);
}

TEST_CASE("in whatever order calls come and go, all find a place and none is lost")
{
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        std::mt19937_64 chance{seed};
        policy sharing;
        sharing.grow(4);
        std::vector<pg::slot_index> under_way;
        std::uint64_t answers = 0;
        time_point now = start;
        for (int step = 0; step < 200; ++step) {
            now += std::chrono::microseconds{chance() % 4000};
            sharing.make_way(chance() % 8 == 0);
            if (chance() % 2 == 0) {
                bool const may_grow = chance() % 2 == 0;
                pg::slot_index const at = sharing.choose(limits, now, may_grow);
                if (at != pg::no_slot) {
                    REQUIRE(sharing.is_shared(at));
                    REQUIRE(sharing.load(at) < (may_grow ? limits.crowd : limits.depth));
                    sharing.begin(at, now);
                    under_way.push_back(at);
                } else if (auto const fresh = static_cast<pg::slot_index>(chance() % 4);
                           !sharing.is_shared(fresh)) {
                    sharing.open(fresh);
                    sharing.begin(fresh, now);
                    under_way.push_back(fresh);
                }
            } else if (!under_way.empty()) {
                std::swap(under_way[chance() % under_way.size()], under_way.back());
                pg::slot_index const at = under_way.back();
                under_way.pop_back();
                auto const left =
                    static_cast<std::size_t>(std::count(under_way.begin(), under_way.end(), at));
                REQUIRE(sharing.ended(at, limits, now, ++answers, chance() % 8) == (left != 0));
                REQUIRE(sharing.load(at) == left);
            }
        }
    }
}

TEST_CASE("a statement of the session is known by its first word")
{
    using pg::is_of_the_session;
    for (auto const* sql : {"BEGIN", "begin;", "Start Transaction", "SET x = 1", "listen a",
             "DECLARE c CURSOR FOR SELECT 1", "copy t from stdin", " \n\tBEGIN", ";; BEGIN",
             "-- a\nBEGIN", "--a\r\n--b\nBEGIN", "/* a */BEGIN", "/* /* ; */ BEGIN */ SET x = 1",
             "/**//***/SET a = 1", "BEGIN/* a */", "SET\"a\" = 1"})
        CHECK(is_of_the_session(sql));
    for (auto const* sql : {"", " ", ";", "--BEGIN", "/* BEGIN", "/* /* */ BEGIN", "SELECT 1",
             "SELECT 1; BEGIN", "BEGINS", "SE", "SETTLE", "(SELECT 1)", "$1", "'BEGIN'", "-BEGIN",
             "/BEGIN", "WITH a AS (SELECT 1) SELECT * FROM a", "VALUES (1)"})
        CHECK_FALSE(is_of_the_session(sql));
    CHECK(pg::first_word(" /*a*/ update t") == "update");
}
