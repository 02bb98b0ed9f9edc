#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/core/error.hpp"
#include "pgcoro/types/builtin.hpp"
#include "pgcoro/types/date.hpp"
#include "pgcoro/types/timestamp.hpp"

#include <chrono>
#include <limits>

using namespace testing_fields;
using namespace std::chrono;
namespace oids = pgcoro::oids;
using pgcoro::format;
using pgcoro::infinity_or;

namespace {

using timestamptz = sys_time<microseconds>;
using timestamp = local_time<microseconds>;

constexpr auto most = std::numeric_limits<std::int64_t>::max();
constexpr auto least = std::numeric_limits<std::int64_t>::min();

} // namespace

TEST_CASE("calendar arithmetic agrees with std::chrono, and goes further")
{
    for (std::int64_t days = -2'451'545; days < 12'000'000; days += 97) {
        auto const day = pgcoro::day_since_2000(days);
        REQUIRE(pgcoro::days_since_2000(day) == days);
        if (day.year > 32'767)
            continue;
        year_month_day const same{sys_days{std::chrono::days{days + 10'957}}};
        REQUIRE(int{same.year()} == day.year);
        REQUIRE(unsigned{same.month()} == day.month);
        REQUIRE(unsigned{same.day()} == day.day);
    }
    STATIC_REQUIRE(pgcoro::days_since_2000({5874897, 12, 31}) == pgcoro::last_date);
    STATIC_REQUIRE(pgcoro::days_since_2000({294277, 1, 1}) * pgcoro::microseconds_per_day - 1 ==
                   pgcoro::last_timestamp);
}

TEMPLATE_TEST_CASE("a date counts days from 2000 on", "", sys_days, local_days, year_month_day)
{
    STATIC_REQUIRE(pgcoro::type_of<TestType>() == oids::date);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<TestType>>() == oids::date_array);
    STATIC_REQUIRE(pgcoro::type_of<infinity_or<TestType>>() == oids::date);
    STATIC_REQUIRE(!pgcoro::accepts<TestType>(oids::timestamp, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<TestType>(oids::timestamptz, format::binary));
    auto const made = [](int y, unsigned m, unsigned d) {
        year_month_day const date{year{y}, month{m}, day{d}};
        if constexpr (std::same_as<TestType, local_days>)
            return local_days{date};
        else
            return TestType{date};
    };
    CHECK(is_exchanged_as(made(2000, 1, 1), big(std::int32_t{0}), "2000-01-01"));
    CHECK(is_exchanged_as(made(1999, 12, 31), big(std::int32_t{-1}), "1999-12-31"));
    CHECK(is_exchanged_as(made(2024, 2, 29), big(std::int32_t{8825}), "2024-02-29"));
    CHECK(is_exchanged_as(made(1, 1, 1), big(std::int32_t{-730'119}), "0001-01-01"));
    CHECK(is_exchanged_as(made(0, 12, 31), big(std::int32_t{-730'120}), "0001-12-31 BC"));
    CHECK(is_exchanged_as(made(-43, 3, 15), big(std::int32_t{-746'117}), "0044-03-15 BC"));
    CHECK(is_exchanged_as(made(-4713, 11, 24), big(std::int32_t{-2'451'545}), "4714-11-24 BC"));
    CHECK(is_exchanged_as(made(32767, 12, 31), big(std::int32_t{11'237'780}), "32767-12-31"));

    for (std::string_view const wrong : {"", "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-01",
             "2024-01-00", "24-01-01", "2024-1-01", "2024-01-1", "2024-01-01 ", "2024-01-01 AD",
             "0000-01-01", "01/02/2024", "2024-01-01 00:00:00", "4714-11-23 BC", "5874898-01-01",
             "infinity", "-infinity", "-2024-01-01", "99999999-01-01"})
        CHECK(from_text<TestType>(wrong, oids::date) == std::nullopt);
    CHECK(has_only_size<TestType>(4));
    decode_garbage<TestType>(20, {oids::date});
    decode_damaged<TestType>(to_bytes("0044-03-15 BC"), oids::date, format::text);
}

TEST_CASE("dates beyond std::chrono's years are kept as days, and refused as years")
{
    sys_days const latest{sys_days{2000y / 1 / 1} + std::chrono::days{2'145'031'948}};
    CHECK(is_exchanged_as(latest, big(std::int32_t{2'145'031'948}), "5874897-12-31"));
    CHECK(
        from_binary<year_month_day>(big(std::int32_t{2'145'031'948}), oids::date) == std::nullopt);
    CHECK(from_binary<year_month_day>(big(std::int32_t{11'237'781}), oids::date) == std::nullopt);
    CHECK_THROWS_AS(encoded(latest + std::chrono::days{1}, format::binary), pgcoro::encode_error);
    CHECK_THROWS_AS(encoded(sys_days{year{-4713} / 11 / 23}, format::text), pgcoro::encode_error);
    CHECK_THROWS_AS(encoded(sys_days::max(), format::binary), pgcoro::encode_error);
    CHECK_THROWS_AS(encoded(sys_days::min(), format::binary), pgcoro::encode_error);
    CHECK_THROWS_AS(encoded(2023y / 2 / 29, format::binary), pgcoro::encode_error);
    CHECK_THROWS_AS(encoded(year_month_day{}, format::binary), pgcoro::encode_error);
    CHECK_THROWS_AS(encoded(year{-32767} / 1 / 1, format::binary), pgcoro::encode_error);
}

TEST_CASE("an infinite date is a value of its own, and never a wrong date")
{
    using date = infinity_or<sys_days>;
    bytes const high = big(std::numeric_limits<std::int32_t>::max());
    bytes const low = big(std::numeric_limits<std::int32_t>::min());
    CHECK(is_exchanged_as(date::infinity(), high, "infinity"));
    CHECK(is_exchanged_as(date::negative_infinity(), low, "-infinity"));
    CHECK(is_exchanged_as(date{sys_days{2024y / 2 / 29}}, big(std::int32_t{8825}), "2024-02-29"));
    CHECK(from_binary<sys_days>(high, oids::date) == std::nullopt);
    CHECK(from_binary<local_days>(low, oids::date) == std::nullopt);
    CHECK(from_binary<year_month_day>(high, oids::date) == std::nullopt);
    CHECK(has_only_size<date>(4));

    date const day{sys_days{2024y / 2 / 29}};
    CHECK(date::negative_infinity() < day);
    CHECK(day < date::infinity());
    CHECK(day < date{sys_days{2024y / 3 / 1}});
    CHECK(date::infinity() == date::infinity());
    CHECK(day != date::infinity());
    CHECK(date{} == date{sys_days{}});
    CHECK((day.is_finite() && !day.is_infinity() && !day.is_negative_infinity()));
    CHECK(day.value() == sys_days{2024y / 2 / 29});
    CHECK(day.value_or(sys_days{}) == sys_days{2024y / 2 / 29});
    CHECK(date::infinity().value_or(sys_days{}) == sys_days{});
    CHECK_THROWS_AS(date::infinity().value(), pgcoro::decode_error);
    CHECK(printed(date::negative_infinity()) == "-infinity");
    CHECK(printed(day) == "2024-02-29");
    CHECK(pgcoro::to_text(sys_days{2024y / 2 / 29}) == "2024-02-29");
    CHECK(pgcoro::to_text(std::optional<sys_days>{}) == "NULL");
    CHECK(record_text(bytes(3), oids::date, format::binary) == "\\x000000");
}

TEST_CASE("timestamps count microseconds from 2000 on")
{
    STATIC_REQUIRE(pgcoro::type_of<timestamptz>() == oids::timestamptz);
    STATIC_REQUIRE(pgcoro::type_of<timestamp>() == oids::timestamp);
    STATIC_REQUIRE(pgcoro::type_of<sys_seconds>() == oids::timestamptz);
    STATIC_REQUIRE(pgcoro::type_of<local_seconds>() == oids::timestamp);
    STATIC_REQUIRE(!pgcoro::accepts<timestamptz>(oids::timestamp, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<timestamp>(oids::timestamptz, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<timestamptz>(oids::date, format::binary));
    STATIC_REQUIRE(!pgcoro::has_codec<sys_time<duration<double>>>);
    STATIC_REQUIRE(!pgcoro::has_codec<sys_time<duration<std::int64_t, std::ratio<1, 3>>>>);

    auto const at = [](year_month_day date, microseconds time) { return sys_days{date} + time; };
    auto const both = [](timestamptz time, std::int64_t count, std::string text, bool bc = false) {
        CAPTURE(text);
        char const* const era = bc ? " BC" : "";
        CHECK(is_exchanged_as(time, big(count), text + "+00" + era));
        CHECK(is_exchanged_as(timestamp{time.time_since_epoch()}, big(count), text + era));
    };
    both(at(2000y / 1 / 1, 0us), 0, "2000-01-01 00:00:00");
    both(at(2000y / 1 / 1, -1us), -1, "1999-12-31 23:59:59.999999");
    both(at(1970y / 1 / 1, 0us), -946'684'800'000'000, "1970-01-01 00:00:00");
    both(at(2024y / 2 / 29, 4h + 5min + 6'789ms), 762'494'706'789'000, "2024-02-29 04:05:06.789");
    both(at(year{-43} / 3 / 15, 12h), -64'464'465'600'000'000, "0044-03-15 12:00:00", true);
    both(at(year{-4713} / 11 / 24, 0us), pgcoro::first_timestamp, "4714-11-24 00:00:00", true);
    both(timestamptz::max(), most - 946'684'800'000'000, "294247-01-10 04:00:54.775807");

    for (std::string_view const wrong :
        {"", "2024-01-01", "2024-01-01 ", "2024-01-01 00:00", "2024-01-01 00:00:00",
            "2024-01-01 00:00:00Z", "2024-01-01T00:00:00+00", "2024-01-01 25:00:00+00",
            "2024-01-01 00:60:00+00", "2024-01-01 00:00:60+00", "2024-01-01 00:00:00.1234567+00",
            "2024-01-01 00:00:00.+00", "infinity", "-infinity", "2024-01-01 00:00:00+16",
            "2024-01-01 00:00:00+1", "2024-01-01 00:00:00+01:60", "294277-01-01 00:00:00+00",
            "5874897-12-31 00:00:00+00", "Thu Jan 01 00:00:00 1970", "2024-01-01 00:00:00+00 BC "})
        CHECK(from_text<timestamptz>(wrong, oids::timestamptz) == std::nullopt);
    CHECK(from_text<timestamp>("2024-01-01 00:00:00+00", oids::timestamp) == std::nullopt);
    for (std::string_view const same : {"2024-02-29 04:05:06+00", "2024-02-29 05:05:06+01",
             "2024-02-28 22:35:06-05:30", "2024-02-29 05:02:50+00:57:44"})
        CHECK(
            from_text<timestamptz>(same, oids::timestamptz) == at(2024y / 2 / 29, 4h + 5min + 6s));

    CHECK(has_only_size<timestamptz>(8));
    CHECK(has_only_size<timestamp>(8));
    decode_garbage<timestamptz>(40, {oids::timestamptz});
    decode_garbage<timestamp>(40, {oids::timestamp});
    decode_garbage<sys_time<nanoseconds>>(12, {oids::timestamptz});
    decode_damaged<timestamptz>(
        to_bytes("0044-03-15 12:00:00.5+00:57:44 BC"), oids::timestamptz, format::text);
}

TEST_CASE("timestamps that std::chrono's counts can't hold are refused")
{
    for (std::int64_t const count :
        {most, least, most - 1, pgcoro::last_timestamp, most - 946'684'800'000'000 + 1}) {
        CHECK(from_binary<timestamptz>(big(count), oids::timestamptz) == std::nullopt);
        CHECK(from_binary<timestamp>(big(count), oids::timestamp) == std::nullopt);
    }
    for (std::int64_t const count :
        {pgcoro::last_timestamp + 1, pgcoro::first_timestamp - 1'000'000}) {
        CHECK(from_binary<sys_seconds>(big(count), oids::timestamptz) == std::nullopt);
        CHECK(from_binary<infinity_or<timestamp>>(big(count), oids::timestamp) == std::nullopt);
    }
    for (std::int32_t const count : {pgcoro::last_date + 1, pgcoro::first_date - 1}) {
        CHECK(from_binary<sys_days>(big(count), oids::date) == std::nullopt);
        CHECK(from_binary<year_month_day>(big(count), oids::date) == std::nullopt);
        CHECK(from_binary<infinity_or<local_days>>(big(count), oids::date) == std::nullopt);
    }
    CHECK(record_text(big(pgcoro::last_timestamp), oids::timestamp, format::binary) ==
          "294276-12-31 23:59:59.999999");
    CHECK(record_text(big(most), oids::timestamptz, format::binary) == "infinity");
    CHECK(record_text(big(least), oids::timestamp, format::binary) == "-infinity");
    CHECK_THROWS_AS(encoded(timestamptz::min(), format::binary), pgcoro::encode_error);
    CHECK_THROWS_AS(encoded(sys_seconds::max(), format::binary), pgcoro::encode_error);
    CHECK_THROWS_AS(encoded(sys_seconds::min(), format::text), pgcoro::encode_error);
    CHECK_THROWS_AS(
        encoded(sys_days{year{-4713} / 11 / 24} - 1us, format::binary), pgcoro::encode_error);
}

TEST_CASE("timestamps of other units are exact or refused")
{
    auto const second = big(std::int64_t{86'400'000'000});
    auto const fraction = big(std::int64_t{86'400'000'001});
    sys_seconds const next_day{sys_days{2000y / 1 / 2}};
    CHECK(is_exchanged_as(next_day, second, "2000-01-02 00:00:00+00"));
    CHECK(
        is_exchanged_as(time_point_cast<milliseconds>(next_day), second, "2000-01-02 00:00:00+00"));
    CHECK(from_binary<sys_seconds>(fraction, oids::timestamptz) == std::nullopt);
    CHECK(from_binary<sys_time<milliseconds>>(fraction, oids::timestamptz) == std::nullopt);
    CHECK(from_binary<sys_time<hours>>(second, oids::timestamptz) == next_day);
    CHECK(from_binary<sys_time<hours>>(big(std::int64_t{1'000'000}), oids::timestamptz) ==
          std::nullopt);
    CHECK(from_binary<sys_time<nanoseconds>>(fraction, oids::timestamptz) == next_day + 1us);
    CHECK(from_binary<sys_time<nanoseconds>>(big(most / 10), oids::timestamptz) == std::nullopt);
    // Microseconds end in 294247, the server's timestamps in 294276: seconds hold all of those.
    sys_seconds const last_second = sys_days{2000y / 1 / 1} + days{106'751'982} + 86'399s;
    CHECK(is_exchanged_as(
        last_second, big(pgcoro::last_timestamp - 999'999), "294276-12-31 23:59:59+00"));
    CHECK_THROWS_AS(encoded(last_second + 1s, format::binary), pgcoro::encode_error);
    sys_time<milliseconds> const first{sys_days{year{-4713} / 11 / 24}};
    CHECK(is_exchanged_as(first, big(pgcoro::first_timestamp), "4714-11-24 00:00:00+00 BC"));
    CHECK_THROWS_AS(encoded(first - 1ms, format::binary), pgcoro::encode_error);
    sys_time<weeks> const thursday{weeks{2000}}; // not as many weeks as there are days
    CHECK(is_exchanged_as(
        thursday, big(std::int64_t{262'915'200'000'000}), "2008-05-01 00:00:00+00"));
    using small = sys_time<duration<std::int32_t>>;
    CHECK(from_binary<small>(second, oids::timestamptz) == next_day);
    CHECK(from_binary<small>(big(std::int64_t{2'000'000'000'000'000}), oids::timestamptz) ==
          std::nullopt);
    STATIC_REQUIRE(pgcoro::decodable<sys_time<nanoseconds>>);
    STATIC_REQUIRE(!pgcoro::encodable<sys_time<nanoseconds>>);
    STATIC_REQUIRE(pgcoro::encodable<sys_seconds>);
}

TEST_CASE("infinite timestamps are values of their own")
{
    using time = infinity_or<timestamptz>;
    CHECK(is_exchanged_as(time::infinity(), big(most), "infinity"));
    CHECK(is_exchanged_as(time::negative_infinity(), big(least), "-infinity"));
    CHECK(is_exchanged_as(
        time{timestamptz{}}, big(std::int64_t{-946'684'800'000'000}), "1970-01-01 00:00:00+00"));
    CHECK(time::negative_infinity() < time{timestamptz::min()});
    CHECK(time{timestamptz::max()} < time::infinity());
    CHECK(from_binary<infinity_or<sys_seconds>>(big(std::int64_t{1}), oids::timestamptz) ==
          std::nullopt);
    CHECK(from_binary<infinity_or<sys_seconds>>(big(most), oids::timestamptz) ==
          infinity_or<sys_seconds>::infinity());
    decode_garbage<time>(20, {oids::timestamptz});
    CHECK(as_text(std::vector<std::optional<time>>{time::infinity(), std::nullopt}) ==
          "{\"infinity\",NULL}");
}
