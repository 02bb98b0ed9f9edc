#include "round_trips.hpp"

#include <chrono>
#include <limits>

using namespace std::chrono;
using pg::infinity_or;
using round_trips::check_type;
using round_trips::with_random;

namespace {

using engine = std::mt19937_64;
using timestamptz = sys_time<microseconds>;
using timestamp = local_time<microseconds>;

std::int64_t between(engine& random, std::int64_t least, std::int64_t most)
{
    return std::uniform_int_distribution<std::int64_t>{least, most}(random);
}

sys_days in_2000_plus(std::int64_t count)
{
    return sys_days{2000y / 1 / 1} + days{count};
}

template <class Time>
std::vector<Time> some_timestamps()
{
    auto const at = [](year_month_day date, microseconds time = 0us) {
        return Time{(sys_days{date} + time).time_since_epoch()};
    };
    return with_random<Time>(
        {at(year{-4713} / 11 / 24), Time::max(), at(2000y / 1 / 1), at(2000y / 1 / 1, -1us),
            at(1970y / 1 / 1), at(year{0} / 12 / 31, 24h - 1us), at(1y / 1 / 1),
            at(year{-43} / 3 / 15, 12h), at(2024y / 2 / 29, 1ms), at(10000y / 1 / 1)},
        [&](engine& random) {
            auto const first = at(year{-4713} / 11 / 24).time_since_epoch().count();
            return Time{microseconds{
                random() % 2 == 0 ? between(random, first, Time::max().time_since_epoch().count())
                                  : between(random, -1e16, 1e16)}};
        });
}

template <class T>
std::vector<infinity_or<T>> with_infinities(std::vector<T> const& values)
{
    std::vector<infinity_or<T>> all{
        infinity_or<T>::infinity(), infinity_or<T>::negative_infinity()};
    all.insert(all.end(), values.begin(), values.end());
    return all;
}

} // namespace

TEST_CASE("a date comes back as it was sent")
{
    auto const dates = with_random<sys_days>(
        {in_2000_plus(0), in_2000_plus(-1), in_2000_plus(-2'451'545), in_2000_plus(2'145'031'948),
            sys_days{year{0} / 12 / 31}, sys_days{1y / 1 / 1}, sys_days{year{-43} / 3 / 15},
            sys_days{2024y / 2 / 29}, sys_days{9999y / 12 / 31}, sys_days{10000y / 1 / 1}},
        [](engine& random) {
            return in_2000_plus(random() % 2 == 0 ? between(random, -2'451'545, 2'145'031'948)
                                                  : between(random, -1'000'000, 1'000'000));
        });
    check_type("date", dates);
    check_type("date", with_infinities(dates));

    std::vector<local_days> local;
    std::vector<year_month_day> calendar;
    for (sys_days const each : dates) {
        local.emplace_back(each.time_since_epoch());
        if (each <= sys_days{year::max() / 12 / 31})
            calendar.emplace_back(each);
    }
    check_type("date", local);
    check_type("date", calendar);
}

TEST_CASE("timestamps come back as they were sent")
{
    check_type("timestamptz", some_timestamps<timestamptz>());
    check_type("timestamptz", with_infinities(some_timestamps<timestamptz>()));
    check_type("timestamp", some_timestamps<timestamp>());
    check_type("timestamp", with_infinities(some_timestamps<timestamp>()));
    check_type<sys_seconds>("timestamptz",
        {sys_seconds{}, sys_days{year{-43} / 3 / 15} + 1s, in_2000_plus(106'751'982) + 86'399s});
    check_type<local_time<milliseconds>>("timestamp", {local_days{2024y / 2 / 29} + 1ms});
}

TEST_CASE("times of day come back as they were sent")
{
    auto const times = with_random<pg::time_of_day>(
        {pg::time_of_day{}, pg::time_of_day{24h}, pg::time_of_day{24h - 1us}, pg::time_of_day{1us},
            pg::time_of_day{4h + 5min + 6'789ms}},
        [](engine& random) {
            return pg::time_of_day{microseconds{between(random, 0, 86'400'000'000)}};
        });
    check_type("time", times);

    using pg::time_with_offset;
    check_type("timetz", with_random<time_with_offset>(
                             {{pg::time_of_day{24h}, 16h - 1s}, {pg::time_of_day{24h}, 1s - 16h},
                                 {pg::time_of_day{}, 0s}, {pg::time_of_day{1h}, 90min}},
                             [&](engine& random) {
                                 seconds const offset{between(random, -57'599, 57'599)};
                                 return time_with_offset{times[random() % times.size()],
                                     random() % 2 == 0 ? offset : offset / 3600 * 3600};
                             }));
}

TEST_CASE("the server orders times with an offset as they are ordered here")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::vector<pg::time_with_offset> times;
        for (hours const time : {0h, 1h, 12h, 24h})
            for (hours const offset : {-12h, -1h, 0h, 1h, 12h})
                times.push_back({pg::time_of_day{time}, offset});
        auto sorted = times;
        std::sort(sorted.begin(), sorted.end());
        auto const theirs = co_await conn.fetch<pg::time_with_offset>(
            "SELECT t FROM unnest($1::timetz[]) AS u (t) ORDER BY t", times);
        CHECK(theirs.rows() == sorted);
    });
}

TEST_CASE("an interval comes back as it was sent, and orders as on the server")
{
    using pg::interval;
    using int32 = std::numeric_limits<std::int32_t>;
    using int64 = std::numeric_limits<std::int64_t>;
    // before version 15 the server could not print more than 2^31 hours, nor read the last months
    bool const all = shared_server().version_number() >= 150000;
    std::int64_t const most = all ? int64::max() : int64::max() / 4;
    std::int32_t const months = all ? int32::max() : int32::max() - 7;
    auto const intervals = with_random<interval>(
        {{0, 0, 0}, {14, 3, 14'706'789'000}, {-14, 3, -14'706'789'000}, {0, -1, 1}, {24, 0, 0},
            {months, int32::max(), most - 1}, {-months - 1, int32::min(), 1 - most}},
        [most](engine& random) {
            auto const part = [&] { return between(random, -1, 1) * (random() % 3 == 0 ? 1 : 0); };
            auto const small = [&] {
                return static_cast<std::int32_t>(random() >> 40) - 8'388'608;
            };
            return interval{static_cast<std::int32_t>(part() * small()),
                static_cast<std::int32_t>(part() * small()),
                part() * (static_cast<std::int64_t>(random() >> (1 + random() % 60)) % most)};
        });
    check_type("interval", intervals);
    check_type<microseconds>("interval", {0us, 1us, -1us, 2h, microseconds{most}});
    with_connection([&](pg::connection& conn) -> awaitable<void> {
        std::vector<interval> some{{1, 0, 0}, {0, 30, 0}, {0, 0, 30 * 86'400'000'000}};
        some.insert(some.end(), intervals.begin(), intervals.begin() + 50);
        auto const rows = co_await conn.fetch<std::tuple<interval, interval, bool, bool>>(
            "SELECT a, b, a = b, a < b FROM unnest($1::interval[]) AS u (a), "
            "unnest($1::interval[]) AS v (b)",
            some);
        CHECK(rows.size() == some.size() * some.size());
        for (auto const& [a, b, equal, less] : rows)
            if ((a == b) != equal || (a < b) != less)
                FAIL_CHECK(to_string(a) << " and " << to_string(b));
        check(co_await conn.fetch_value<hours>(
                  "SELECT '2024-03-02'::timestamptz - '2024-02-28'::timestamptz") == 72h);
    });
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const endless = interval::infinity();
        if (conn.server_version().major >= 17)
            check(co_await conn.fetch_value<bool>("SELECT $1 = interval 'infinity'", endless));
        auto const back = co_await conn.fetch_value<interval>("SELECT $1::interval", endless);
        CHECK(!back.is_finite());
    });
}

TEST_CASE("timestamps are read from text whatever the session's zone")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("SET TimeZone = 'Asia/Kolkata'");
        timestamptz const time = sys_days{2024y / 2 / 29} + 4h + 1us;
        auto const text =
            co_await conn.fetch_value<std::string>("SELECT $1::timestamptz::text", time);
        CHECK(text == "2024-02-29 09:30:00.000001+05:30");
        CHECK(round_trips::from_text<timestamptz>(text, pg::oids::timestamptz) == time);
        check(co_await conn.fetch_value<timestamptz>("SELECT $1::timestamptz", time) == time);
    });
}

TEST_CASE("what std::chrono can't hold is refused with the value")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await round_trips::settle(conn);
        auto const refused = [&](auto value, char const* sql) -> awaitable<std::string> {
            return error_of<pg::decode_error>(conn.fetch_value<decltype(value)>(sql));
        };
        check_that(co_await refused(sys_days{}, "SELECT 'infinity'::date AS ends"),
            Catch::Matchers::ContainsSubstring("column \"ends\" (date): infinity is no value") &&
                Catch::Matchers::ContainsSubstring("use pgcoro::infinity_or<"));
        check_that(co_await refused(timestamptz{}, "SELECT '-infinity'::timestamptz"),
            Catch::Matchers::ContainsSubstring("-infinity is no value"));
        check_that(co_await refused(year_month_day{}, "SELECT '32768-01-01'::date"),
            Catch::Matchers::ContainsSubstring("32768-01-01 is no value"));
        check_that(co_await refused(timestamp{}, "SELECT '294276-12-31 23:59:59'::timestamp"),
            Catch::Matchers::ContainsSubstring("294276-12-31 23:59:59 is no value"));
        check_that(
            co_await refused(sys_seconds{}, "SELECT '2024-01-01 00:00:00.5+00'::timestamptz"),
            Catch::Matchers::ContainsSubstring("2024-01-01 00:00:00.5+00 is no value"));
        check_that(
            co_await error_of<pg::encode_error>(conn.execute("SELECT $1, $2", 1, year_month_day{})),
            Catch::Matchers::ContainsSubstring("parameter $2: there is no such day"));
        check_that(co_await error_of<pg::encode_error>(conn.execute("SELECT $1", sys_days::max())),
            Catch::Matchers::ContainsSubstring("parameter $1: the date is not between"));
        check_that(
            co_await error_of<pg::encode_error>(conn.execute("SELECT $1", pg::time_of_day{25h})),
            Catch::Matchers::ContainsSubstring("parameter $1: the time of day"));
    });
}
