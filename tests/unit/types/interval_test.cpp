#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/core/error.hpp"
#include "pgcoro/types/builtin.hpp"
#include "pgcoro/types/duration.hpp"

#include <chrono>
#include <limits>

using namespace testing_fields;
using namespace std::chrono_literals;
namespace oids = pgcoro::oids;
using pgcoro::format;
using pgcoro::interval;

namespace {

using int32 = std::numeric_limits<std::int32_t>;
using int64 = std::numeric_limits<std::int64_t>;
using std::chrono::microseconds;

bytes wire_of(interval const& value)
{
    bytes wire = big(value.microseconds);
    for (std::int32_t const part : {value.days, value.months})
        for (std::byte const each : big(part))
            wire.push_back(each);
    return wire;
}

bool is_written_as(interval const& value, std::string const& text)
{
    return is_exchanged_as(value, wire_of(value), text);
}

} // namespace

TEST_CASE("an interval keeps its three parts, and prints as the server prints it")
{
    STATIC_REQUIRE(pgcoro::type_of<interval>() == oids::interval);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<interval>>() == oids::interval_array);
    CHECK(is_written_as({}, "00:00:00"));
    CHECK(is_written_as({14, 3, 14'706'789'000}, "1 year 2 mons 3 days 04:05:06.789"));
    CHECK(is_written_as({1, 1, 1}, "1 mon 1 day 00:00:00.000001"));
    CHECK(is_written_as({24, 0, 0}, "2 years"));
    CHECK(is_written_as({0, 1, 0}, "1 day"));
    CHECK(is_written_as({0, -1, 0}, "-1 days"));
    CHECK(is_written_as({-1, 0, 0}, "-1 mons"));
    CHECK(is_written_as({-12, 0, 0}, "-1 years"));
    CHECK(is_written_as({0, 0, -1}, "-00:00:00.000001"));
    CHECK(is_written_as({-14, 3, -14'706'789'000}, "-1 years -2 mons +3 days -04:05:06.789"));
    CHECK(is_written_as({-1, 0, 1'000'000}, "-1 mons +00:00:01"));
    CHECK(is_written_as({1, -1, 0}, "1 mon -1 days"));
    CHECK(is_written_as({0, 0, 360'000'000'000}, "100:00:00"));
    CHECK(is_written_as({int32::max(), int32::max(), int64::max() - 1},
        "178956970 years 7 mons 2147483647 days 2562047788:00:54.775806"));
    CHECK(is_written_as({int32::min(), int32::min(), int64::min() + 1},
        "-178956970 years -8 mons -2147483648 days -2562047788:00:54.775807"));
    CHECK(is_written_as({0, 0, int64::min()}, "-2562047788:00:54.775808"));
    CHECK(is_written_as(interval::infinity(), "infinity"));
    CHECK(is_written_as(interval::negative_infinity(), "-infinity"));
    CHECK_FALSE(interval::infinity().is_finite());
    CHECK_FALSE(interval::negative_infinity().is_finite());
    CHECK(interval{}.is_finite());
    CHECK(printed(interval{0, 1, 0}) == "1 day");
    CHECK(has_only_size<interval>(16));
}

TEST_CASE("what is no interval in the postgres style is refused")
{
    for (std::string_view const wrong : {"", " ", "1", "1 ", "1 day ", " 1 day", "1 days", "2 day",
             "day", "1day", "1 week", "1 mon 1 year", "1 day 1 day", "00:00", "00:00:00 1 day",
             "1 day 00:00:60", "1 day 00:60:00", "2147483648 days", "178956970 years 8 mons",
             "2562047788:00:54.775808", "-2562047788:00:54.775809", "99999999999:00:00", "--1 days",
             "1 day ago", "P1D", "@ 1 day", "1-2", "+", "-", "Infinity"}) {
        CAPTURE(wrong);
        CHECK_FALSE(from_text<interval>(wrong, oids::interval).has_value());
    }
    CHECK(from_text<interval>("+1 day", oids::interval) == interval{0, 1, 0});
    decode_garbage<interval>(40, {oids::interval});
    decode_damaged<interval>(
        to_bytes("-1 years -2 mons +3 days -04:05:06.789"), oids::interval, format::text);
}

TEST_CASE("intervals order as the server orders them")
{
    CHECK(interval{1, 0, 0} == interval{0, 30, 0});
    CHECK(interval{0, 1, 0} == interval{0, 0, 86'400'000'000});
    CHECK(interval{0, 1, -1} < interval{0, 1, 0});
    CHECK(interval{0, 0, -1} < interval{});
    CHECK(interval{0, 0, -86'400'000'000} == interval{0, -1, 0});
    CHECK(interval{0, 0, -86'400'000'001} < interval{0, -1, 0});
    CHECK(interval{1, 0, 0} > interval{0, 29, 86'399'999'999});
    CHECK(interval::negative_infinity() < interval{int32::min(), int32::min(), int64::min() + 1});
    CHECK(interval{int32::max(), int32::max(), int64::max() - 1} < interval::infinity());
}

TEST_CASE("durations become intervals and back where that is exact")
{
    using namespace std::chrono;
    CHECK(pgcoro::to_interval(4h + 5min).microseconds == 14'700'000'000);
    CHECK(pgcoro::to_interval(-1us).microseconds == -1);
    CHECK_THROWS_AS(pgcoro::to_interval(hours::max()), pgcoro::encode_error);
    CHECK(pgcoro::to_duration<seconds>({0, 1, 1'000'000}) == 86'401s);
    CHECK(pgcoro::to_duration<seconds>({0, 1, 1}) == std::nullopt);
    CHECK(pgcoro::to_duration<seconds>({1, 0, 0}) == std::nullopt);
    CHECK(pgcoro::to_duration<seconds>(interval::infinity()) == std::nullopt);
    CHECK(pgcoro::to_duration<microseconds>({0, int32::max(), 0}) == std::nullopt);
    CHECK(pgcoro::to_duration<microseconds>({0, 1, int64::max()}) == std::nullopt);
    CHECK(pgcoro::to_duration<nanoseconds>({0, 0, int64::max()}) == std::nullopt);
    CHECK(pgcoro::to_duration<nanoseconds>({0, 0, -1}) == -1000ns);
    CHECK(pgcoro::to_duration<days>({0, -7, 0}) == -days{7});

    STATIC_REQUIRE(pgcoro::type_of<microseconds>() == oids::interval);
    STATIC_REQUIRE(pgcoro::encodable<hours>);
    STATIC_REQUIRE(pgcoro::decodable<nanoseconds>);
    STATIC_REQUIRE(!pgcoro::encodable<nanoseconds>);
    STATIC_REQUIRE(!pgcoro::has_codec<duration<double>>);
    CHECK(is_exchanged_as(seconds{90}, wire_of({0, 0, 90'000'000}), "00:01:30"));
    CHECK(from_binary<seconds>(wire_of({0, 1, 0}), oids::interval) == 86'400s);
    CHECK(from_binary<seconds>(wire_of({1, 0, 0}), oids::interval) == std::nullopt);
    CHECK(has_only_size<microseconds>(16));
    decode_garbage<milliseconds>(32, {oids::interval});
}
