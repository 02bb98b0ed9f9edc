#include "round_trips.hpp"

#include <cmath>

using pg::numeric;
using round_trips::check_type;
using round_trips::with_random;

namespace {

using engine = std::mt19937_64;

std::string digits(engine& random, std::size_t count)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += random() % 4 == 0 ? '0' : static_cast<char>('0' + random() % 10);
    return text;
}

numeric some_numeric(engine& random)
{
    std::size_t const most = random() % 50 == 0 ? 3000 : 24;
    std::string text = (random() % 2 == 0 ? "-" : "") + digits(random, 1 + random() % most);
    if (random() % 3 != 0)
        text += "." + digits(random, random() % most);
    return numeric{text};
}

std::vector<numeric> some_numerics()
{
    std::vector<numeric> special{numeric{}, numeric{"0.00"}, numeric{"1.0"}, numeric{"1.00"},
        numeric{-1}, numeric{"-12.50"}, numeric::nan(), numeric{"0.00001"}, numeric{"1e-16383"},
        numeric{"1e131071"}, numeric{std::string(131'072, '9') + "." + std::string(16'383, '9')}};
    with_connection([&](pg::connection& conn) -> awaitable<void> {
        if (conn.server_version().major >= 14) {
            special.push_back(numeric::infinity());
            special.push_back(numeric::negative_infinity());
        }
        co_return;
    });
    return with_random<numeric>(special, some_numeric);
}

} // namespace

TEST_CASE("a numeric comes back with every digit")
{
    check_type("numeric", some_numerics());
}

TEST_CASE("numerics order on the server as they do here")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto numerics = some_numerics();
        auto const theirs = co_await conn.fetch<numeric>(
            "SELECT v FROM unnest($1::numeric[]) AS u (v) ORDER BY v", numerics);
        std::sort(numerics.begin(), numerics.end());
        CHECK(theirs.rows() == numerics);
    });
}

TEST_CASE("numerics become doubles and integers as on the server, where they fit")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto numerics = some_numerics();
        std::erase_if(numerics, [](numeric const& each) { return std::abs(each.weight()) > 70; });
        auto const rows = co_await conn.fetch<std::tuple<numeric, double>>(
            "SELECT v, v::float8 FROM unnest($1::numeric[]) AS u (v)", numerics);
        for (auto const& [value, theirs] : rows)
            if (value.to_double() != theirs && !std::isnan(theirs))
                FAIL_CHECK(to_string(value) << " is " << theirs);
        CHECK(rows.size() > 900);

        std::vector<double> doubles{0, -1.5, 0.1, 1e20, 123456.789};
        auto const back = co_await conn.fetch<double>(
            "SELECT v::numeric::float8 FROM unnest($1::float8[]) AS u (v)", doubles);
        for (std::size_t i = 0; i < doubles.size(); ++i)
            CHECK(numeric{doubles[i]}.to_double() == back[i]);

        auto const sum = co_await conn.fetch_value<numeric>(
            "SELECT sum(i) FROM generate_series(1::int8, 100000) AS i");
        CHECK(sum.to_integer<std::int64_t>() == 5'000'050'000);
        auto const price =
            co_await conn.fetch_value<numeric>("SELECT $1 * 3", numeric::scaled(1250, 2));
        CHECK(price.scaled<int>(2) == 3750);
        CHECK(to_string(price) == "37.50");
        check(co_await conn.fetch_value<numeric>("SELECT 7::int8") == 7);

        // and directly
        auto const read = co_await conn.fetch<std::tuple<double, double>>(
            "SELECT v, v::float8 FROM unnest($1::numeric[]) AS u (v)", numerics);
        for (auto const& [ours, theirs] : read)
            if (ours != theirs && !std::isnan(theirs))
                FAIL_CHECK(ours << " is " << theirs);
        check_equal(co_await conn.fetch_value<std::int64_t>(
                        "SELECT sum(i) FROM generate_series(1::int8, 100000) AS i"),
            5'000'050'000);
        std::vector<std::int64_t> const units{1, -2};
        check(units == co_await conn.fetch_value<std::vector<std::int64_t>>(
                           "SELECT ARRAY[1.00, -2]::numeric[]"));
        auto const row = co_await conn.fetch_one("SELECT 2.50::numeric AS n");
        check_equal(row.get<double>("n"), 2.5);
        check_that(co_await error_of<pg::decode_error>(
                       conn.fetch_value<std::int64_t>("SELECT 2.50::numeric AS n")),
            Catch::Matchers::StartsWith("column \"n\" (numeric): 2.50 is no value for") &&
                Catch::Matchers::EndsWith(": it has a fraction, or is too large"));
        check_that(co_await error_of<pg::row_mismatch>(conn.fetch_value<int>("SELECT 7::numeric")),
            Catch::Matchers::ContainsSubstring("narrow"));
    });
}
