#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/core/error.hpp"
#include "pgcoro/types/builtin.hpp"
#include "pgcoro/types/time_of_day.hpp"

#include <chrono>

using namespace testing_fields;
using namespace std::chrono;
namespace oids = pgcoro::oids;
using pgcoro::format;
using pgcoro::time_of_day;
using pgcoro::time_with_offset;

namespace {

bytes timetz(std::int64_t microseconds, std::int32_t west)
{
    bytes wire = big(microseconds);
    bytes const zone = big(west);
    wire.insert(wire.end(), zone.begin(), zone.end());
    return wire;
}

} // namespace

TEST_CASE("a time of day ends with 24:00:00")
{
    STATIC_REQUIRE(pgcoro::type_of<time_of_day>() == oids::time);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<time_of_day>>() == oids::time_array);
    auto const exchanged = [](microseconds time, std::string const& text) {
        return is_exchanged_as(time_of_day{time}, big(std::int64_t{time.count()}), text);
    };
    CHECK(exchanged(0us, "00:00:00"));
    CHECK(exchanged(1us, "00:00:00.000001"));
    CHECK(exchanged(4h + 5min + 6'789ms, "04:05:06.789"));
    CHECK(exchanged(24h - 1us, "23:59:59.999999"));
    CHECK(exchanged(24h, "24:00:00"));

    for (microseconds const wrong : {microseconds{-1}, microseconds{24h + 1us}}) {
        bytes const wire = big(std::int64_t{wrong.count()});
        CHECK(from_binary<time_of_day>(wire, oids::time) == std::nullopt);
        CHECK(record_text(wire, oids::time, format::binary).substr(0, 2) == "\\x");
        CHECK_THROWS_AS(encoded(time_of_day{wrong}, format::binary), pgcoro::encode_error);
        CHECK_FALSE(time_of_day{wrong}.ok());
        CHECK(printed(time_of_day{wrong}) == "no time of day");
    }
    for (std::string_view const wrong :
        {"", "4:05:06", "04:05", "04:05:06 ", "24:00:00.000001", "25:00:00", "00:60:00", "00:00:60",
            "00:00:00.", "00:00:00.1234567", "04:05:06+00", "-04:05:06", "04:05:06 PM"})
        CHECK(from_text<time_of_day>(wrong, oids::time) == std::nullopt);
    CHECK(has_only_size<time_of_day>(8));
    decode_garbage<time_of_day>(20, {oids::time});

    time_of_day const time{4h + 5min + 6'789ms};
    CHECK(time < time_of_day{24h});
    CHECK(time_of_day{} == time_of_day{0us});
    CHECK(time.hms().hours() == 4h);
    CHECK(time.hms().subseconds() == 789ms);
    CHECK(printed(time) == "04:05:06.789");
}

TEST_CASE("a time with an offset keeps both")
{
    STATIC_REQUIRE(pgcoro::type_of<time_with_offset>() == oids::timetz);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<time_with_offset>>() == oids::timetz_array);
    auto const exchanged = [](microseconds time, seconds east, std::string const& text) {
        return is_exchanged_as(time_with_offset{time_of_day{time}, east},
            timetz(time.count(), static_cast<std::int32_t>(-east.count())), text);
    };
    CHECK(exchanged(0us, 0s, "00:00:00+00"));
    CHECK(exchanged(4h + 5min + 6'789ms, 2h, "04:05:06.789+02"));
    CHECK(exchanged(4h, -(3h + 30min), "04:00:00-03:30"));
    CHECK(exchanged(4h, 57min + 44s, "04:00:00+00:57:44"));
    CHECK(exchanged(4h, 44s, "04:00:00+00:00:44"));
    CHECK(exchanged(24h, 16h - 1s, "24:00:00+15:59:59"));
    CHECK(exchanged(24h, -(16h - 1s), "24:00:00-15:59:59"));

    for (bytes const& wrong : {timetz(-1, 0), timetz(86'400'000'001, 0), timetz(0, 57'600),
             timetz(0, -57'600), timetz(0, std::numeric_limits<std::int32_t>::min())}) {
        CHECK(from_binary<time_with_offset>(wrong, oids::timetz) == std::nullopt);
        CHECK(record_text(wrong, oids::timetz, format::binary).substr(0, 2) == "\\x");
    }
    for (std::string_view const wrong : {"", "04:05:06", "04:05:06+", "04:05:06+1", "04:05:06+16",
             "04:05:06+01:60", "04:05:06+01:00:60", "04:05:06+01:00:00 ", "04:05:06 UTC"})
        CHECK(from_text<time_with_offset>(wrong, oids::timetz) == std::nullopt);
    CHECK_THROWS_AS(
        encoded(time_with_offset{time_of_day{0us}, 16h}, format::binary), pgcoro::encode_error);
    CHECK_THROWS_AS(
        encoded(time_with_offset{time_of_day{25h}, 0s}, format::text), pgcoro::encode_error);
    CHECK(has_only_size<time_with_offset>(12));
    decode_garbage<time_with_offset>(24, {oids::timetz});
    decode_damaged<time_with_offset>(to_bytes("04:00:00+00:57:44"), oids::timetz, format::text);

    time_with_offset const noon{time_of_day{12h}, 0s};
    time_with_offset const same_instant{time_of_day{14h}, 2h};
    CHECK(noon != same_instant);
    CHECK(same_instant < noon); // the westernmost is the last
    CHECK(noon < time_with_offset{time_of_day{13h}, 0s});
    CHECK(time_with_offset{time_of_day{13h}, 5h} < noon);
    CHECK(printed(same_instant) == "14:00:00+02");
    CHECK(printed(time_with_offset{time_of_day{25h}, 0s}) == "no time of day");
}
