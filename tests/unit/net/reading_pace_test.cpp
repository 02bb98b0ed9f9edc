#include "catch.hpp"

#include <pgcoro/net/reading_pace.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

using pgcoro::reading_pace;
using namespace std::chrono_literals;

namespace {

/// A server that sends a piece every `each`; as often as nobody waits, each is read by itself.
struct rush
{
    reading_pace pace;
    std::chrono::nanoseconds each;
    std::chrono::nanoseconds now{1h};
    std::chrono::nanoseconds unread{};

    /// Gives how long is waited behind the next read.
    std::chrono::nanoseconds read(std::size_t bytes_each, std::size_t calls_each, std::size_t ahead)
    {
        now += each;
        unread += each;
        auto const pieces = static_cast<std::size_t>(unread / each);
        unread %= each;
        auto const wait = pace.after_read(
            reading_pace::clock::time_point{now}, pieces * bytes_each, pieces * calls_each, ahead);
        if (wait > each) {
            now += wait - each;
            unread += wait - each;
        }
        return wait;
    }
};

} // namespace

TEST_CASE("a rush of small replies is read several at a time")
{
    rush at{{}, 2us};
    CHECK(at.read(40, 1, 100) == 0us);
    for (int i = 0; i < 100; ++i)
        CHECK(at.read(40, 1, 100) == 16us);
    // The fewer are ahead, the shorter the wait: it must not cost them much.
    CHECK(at.read(40, 1, 24) == 12us);
    CHECK(at.read(40, 1, 16) == 0us);
    CHECK(at.read(40, 1, 1) == 0us);
}

TEST_CASE("who sends slowly is not waited for")
{
    for (auto const each : {26us, 1'000us, 1'000'000us}) {
        rush at{{}, each};
        for (int i = 0; i < 100; ++i) {
            CHECK(at.read(40, 1, 1000) == 0us);
            CHECK(at.read(8192, 0, 1) == 0us);
        }
    }
}

TEST_CASE("a large result is read in larger pieces once a wait adds little to it")
{
    rush at{{}, 4us};
    int pieces = 0;
    while (at.read(8192, 0, 1) == 0us && pieces < 1000)
        ++pieces;
    CHECK(pieces == 1 + 4 * 8 - 1); // then the shortest that brings enough
    std::chrono::nanoseconds last{};
    for (int i = 0; i < 20; ++i)
        last = at.read(8192, 0, 1);
    CHECK(last > 24us); // some eight of them
    CHECK(last < 40us);
    // The next result is not known to be large.
    CHECK(at.read(8192, 1, 1) == 0us);
    CHECK(at.read(8192, 0, 1) == 0us);
}

TEST_CASE("no wait is longer than a tenth of a millisecond, and none too short for a timer")
{
    rush slow{{}, 24us};
    std::chrono::nanoseconds longest{};
    for (int i = 0; i < 100; ++i)
        longest = std::max(longest, slow.read(8192, 0, 1000));
    CHECK(longest == 100us);
    rush fast{{}, 1us};
    CHECK(fast.read(40, 1, 1000) == 0us);
    for (int i = 0; i < 100; ++i)
        CHECK(fast.read(40, 1, 1000) == 10us);
    CHECK(fast.read(40, 1, 39) == 0us); // they are answered before
}

TEST_CASE("who finds much at each read without waiting does not wait")
{
    reading_pace pace;
    reading_pace::clock::time_point now{1h};
    for (int i = 0; i < 100; ++i)
        CHECK(pace.after_read(now += 20us, 65536, 0, 1) == 0us);
    CHECK(pace.after_read(now += 3us, 8192, 0, 1) == 24us);
    CHECK(pace.after_read(now += 24us, 65536, 0, 1) == 24us);
    CHECK(pace.after_read(now += 200us, 65536, 0, 1) == 100us);
    CHECK(pace.after_read(now += 300us, 65536, 0, 1) == 0us);
    CHECK(pace.after_read(now += 20us, 65536, 0, 1) == 0us);
}

TEST_CASE("the time in which nothing was under way is not counted")
{
    rush at{{}, 3us};
    for (int i = 0; i < 20; ++i)
        at.read(8192, 0, 1);
    at.pace.rest();
    at.now += 1s;
    CHECK(at.read(8192, 0, 1) == 0us);
    CHECK(at.read(8192, 0, 1) == 0us);
}

TEST_CASE("where little comes the clock is not looked at")
{
    CHECK(reading_pace::is_slack(8191, 0));
    CHECK(reading_pace::is_slack(1 << 20, 0));
    CHECK(reading_pace::is_slack(4095, 15));
    CHECK_FALSE(reading_pace::is_slack(4096, 1));
    CHECK_FALSE(reading_pace::is_slack(40, 16));
}
