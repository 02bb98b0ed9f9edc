#include "catch.hpp"

#include "pgcoro/types/float_text.hpp"

#include <limits>
#include <random>
#include <string>

namespace {

template <class T>
std::string printed(T value)
{
    char buffer[pgcoro::float_text_size];
    return std::string{pgcoro::print_float(value, buffer)};
}

} // namespace

// What PostgreSQL 15 prints for the same numbers.
TEST_CASE("doubles print as the server prints them")
{
    CHECK(printed(0.0) == "0");
    CHECK(printed(-0.0) == "-0");
    CHECK(printed(1.0) == "1");
    CHECK(printed(-1.5) == "-1.5");
    CHECK(printed(0.1) == "0.1");
    CHECK(printed(1.0 / 3) == "0.3333333333333333");
    CHECK(printed(1e14) == "100000000000000");
    CHECK(printed(1e15) == "1e+15");
    CHECK(printed(1e20) == "1e+20");
    CHECK(printed(1e-4) == "0.0001");
    CHECK(printed(1e-5) == "1e-05");
    CHECK(printed(1.25e-100) == "1.25e-100");
    CHECK(printed(123456789012345.0) == "123456789012345");
    CHECK(printed(123456789012345678.0) == "1.2345678901234568e+17");
    CHECK(printed(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
    CHECK(printed(std::numeric_limits<double>::denorm_min()) == "5e-324");
    CHECK(printed(std::numeric_limits<double>::quiet_NaN()) == "NaN");
    CHECK(printed(std::numeric_limits<double>::infinity()) == "Infinity");
    CHECK(printed(-std::numeric_limits<double>::infinity()) == "-Infinity");
}

TEST_CASE("floats print as the server prints them")
{
    CHECK(printed(0.1F) == "0.1");
    CHECK(printed(123456.0F) == "123456");
    CHECK(printed(1e6F) == "1e+06");
    CHECK(printed(1234567.0F) == "1.234567e+06");
    CHECK(printed(16777216.0F) == "1.6777216e+07");
    CHECK(printed(1e-5F) == "1e-05");
    CHECK(printed(std::numeric_limits<float>::max()) == "3.4028235e+38");
}

TEST_CASE("a number exactly between two floats is not printed for either")
{
    CHECK(printed(1e23) == "9.999999999999999e+22");
    CHECK(printed(-1e23) == "-9.999999999999999e+22");
    CHECK(printed(8.5e9F) == "8.4999997e+09");
    CHECK(printed(9007199254740992.0) == "9.007199254740992e+15");
}

TEST_CASE("what is printed is read back as the same number")
{
    std::mt19937_64 random{7};
    for (int i = 0; i < 20000; ++i) {
        auto const value = std::bit_cast<double>(random());
        auto const single = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        double read = 0;
        float read_single = 0;
        if (!std::isnan(value)) {
            REQUIRE(pgcoro::parse_float(printed(value), read));
            REQUIRE(read == value);
        }
        if (!std::isnan(single)) {
            REQUIRE(pgcoro::parse_float(printed(single), read_single));
            REQUIRE(read_single == single);
        }
    }
}
