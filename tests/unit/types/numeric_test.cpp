#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/core/error.hpp"
#include "pgcoro/types/builtin.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::format;
using pgcoro::numeric;

namespace {

bytes wire(std::int16_t weight, std::uint16_t kind, std::uint16_t scale,
    std::initializer_list<std::uint16_t> digits)
{
    bytes out;
    auto const put = [&out](auto value) {
        for (std::byte const each : big(value))
            out.push_back(each);
    };
    put(static_cast<std::uint16_t>(digits.size()));
    put(weight);
    put(kind);
    put(scale);
    for (std::uint16_t const digit : digits)
        put(digit);
    return out;
}

bool is_written_as(std::string const& text, bytes const& as)
{
    return is_exchanged_as(numeric{text}, as, text);
}

std::optional<numeric> read(bytes const& value)
{
    return from_binary<numeric>(value, oids::numeric);
}

} // namespace

TEST_CASE("a numeric keeps its digits, and how many are behind the point")
{
    STATIC_REQUIRE(pgcoro::type_of<numeric>() == oids::numeric);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<numeric>>() == oids::numeric_array);
    STATIC_REQUIRE(sizeof(numeric) <= 32);
    CHECK(is_written_as("0", wire(0, 0, 0, {})));
    CHECK(is_written_as("0.000", wire(0, 0, 3, {})));
    CHECK(is_written_as("1", wire(0, 0, 0, {1})));
    CHECK(is_written_as("1.00", wire(0, 0, 2, {1})));
    CHECK(is_written_as("-12.50", wire(0, 0x4000, 2, {12, 5000})));
    CHECK(is_written_as("10000", wire(1, 0, 0, {1})));
    CHECK(is_written_as("10000.0001", wire(1, 0, 4, {1, 0, 1})));
    CHECK(is_written_as("123456789.5", wire(2, 0, 1, {1, 2345, 6789, 5000})));
    CHECK(is_written_as("0.0001", wire(-1, 0, 4, {1})));
    CHECK(is_written_as("0.00001", wire(-2, 0, 5, {1000})));
    CHECK(is_written_as("0.123456789", wire(-1, 0, 9, {1234, 5678, 9000})));
    CHECK(is_written_as("0.0000000000001", wire(-4, 0, 13, {1000})));
    CHECK(is_written_as("1000000000000000000000000000000", wire(7, 0, 0, {100})));
    CHECK(is_written_as("1234567890123456789012345678901234567890.00",
        wire(9, 0, 2, {1234, 5678, 9012, 3456, 7890, 1234, 5678, 9012, 3456, 7890})));
    CHECK(is_written_as("NaN", wire(0, 0xc000, 0, {})));
    CHECK(is_written_as("Infinity", wire(0, 0xd000, 0, {})));
    CHECK(is_written_as("-Infinity", wire(0, 0xf000, 0, {})));
}

TEST_CASE("numerics are parsed as the server does")
{
    auto const parsed = [](std::string_view text) { return to_string(numeric{text}); };
    CHECK(parsed("+1") == "1");
    CHECK(parsed("-0") == "0");
    CHECK(parsed("-0.00") == "0.00");
    CHECK(parsed("007") == "7");
    CHECK(parsed("00000000012.50") == "12.50");
    CHECK(parsed(".5") == "0.5");
    CHECK(parsed("5.") == "5");
    CHECK(parsed("1e3") == "1000");
    CHECK(parsed("1.5e3") == "1500");
    CHECK(parsed("1.2345e2") == "123.45");
    CHECK(parsed("1E-5") == "0.00001");
    CHECK(parsed("-12.50e-3") == "-0.01250");
    CHECK(parsed("12345e-4") == "1.2345");
    CHECK(parsed("0e100000") == "0");
    CHECK(parsed("1e131071").size() == 131'072);
    CHECK(parsed("1e-16383").size() == 16'385);
    CHECK(parsed(std::string(131'072, '9') + "." + std::string(16'383, '9')).size() == 147'456);
    for (std::string_view const wrong : {"", "-", "+", ".", "1.2.3", "1e", "1e+", "e5", " 1", "1 ",
             "1x", "--1", "nan", "inf", "0x10", "1_000", "1e131072", "1e-16384", "1e9999999999",
             "1e-9999999999", "0.1e131074"}) {
        CAPTURE(wrong);
        CHECK_FALSE(numeric::parse(wrong).has_value());
        CHECK_FALSE(from_text<numeric>(wrong, oids::numeric).has_value());
        CHECK_THROWS_AS(numeric{wrong}, std::invalid_argument);
    }
    CHECK_FALSE(numeric::parse(std::string(131'073, '9')).has_value());
    CHECK(numeric::parse(std::string(200'000, '0') + "1") == numeric{1});
    CHECK_FALSE(numeric::parse("0." + std::string(16'384, '0')).has_value());
}

TEST_CASE("what is no numeric on the wire is refused")
{
    CHECK(read(wire(0, 0, 0, {9999})) == numeric{9999});
    CHECK(read(wire(0, 0, 0, {10'000})) == std::nullopt);
    CHECK(read(wire(0, 0, 0, {65'535})) == std::nullopt);
    CHECK(read(wire(0, 0x8000, 0, {1})) == std::nullopt);
    CHECK(read(wire(0, 0xc000, 0, {1})) == std::nullopt);
    CHECK(read(wire(0, 0, 16'384, {1})) == std::nullopt);
    CHECK(read(wire(0, 0, 0, {1, 5000})) == std::nullopt); // digits that its scale hides
    CHECK(read(wire(0, 0, 1, {1, 5500})) == std::nullopt);
    CHECK(read(wire(-32'768, 0, 0, {0, 1})) == std::nullopt);
    CHECK(read(wire(-9, 0, 2, {1})) == std::nullopt);
    CHECK(read(wire(5, 0xd000, 32, {})) == numeric::infinity()); // as the server sends it
    // Zeros that the server leaves out
    CHECK(encoded(*read(wire(1, 0x4000, 2, {0, 7, 0})), format::binary) == wire(0, 0x4000, 2, {7}));
    CHECK(encoded(*read(wire(3, 0x4000, 2, {0, 0})), format::binary) == wire(0, 0, 2, {}));
    CHECK(to_string(*read(wire(32'767, 0, 0, {1}))).size() == 131'069);

    for (std::size_t length = 0; length < 24; ++length)
        CHECK(read(bytes(length)).has_value() == (length == 8));
    decode_garbage<numeric>(40, {oids::numeric, oids::int4, oids::int8, oids::text});
    decode_damaged<numeric>(wire(1, 0x4000, 6, {1, 2, 3}), oids::numeric, format::binary);
    decode_damaged<numeric>(
        wire(9, 0, 2, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1200}), oids::numeric, format::binary);
    decode_damaged<numeric>(to_bytes("-12.50e-3"), oids::numeric, format::text);
}

TEST_CASE("numerics are read from integers")
{
    CHECK(from_binary<numeric>(big(std::int16_t{-7}), oids::int2) == numeric{-7});
    CHECK(from_binary<numeric>(big(std::int32_t{-7}), oids::int4) == numeric{-7});
    CHECK(from_binary<numeric>(big(std::numeric_limits<std::int64_t>::min()), oids::int8) ==
          numeric{"-9223372036854775808"});
    CHECK(from_text<numeric>("12", oids::int4) == numeric{12});
    STATIC_REQUIRE(!pgcoro::accepts<numeric>(oids::float8, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<numeric>(oids::money, format::binary));
}

TEST_CASE("64-bit integers and doubles are read from numerics, where they fit")
{
    for (format const as : {format::binary, format::text}) {
        auto const integer = [as](char const* text) {
            return decoded<std::int64_t>(encoded(numeric{text}, as), oids::numeric, as);
        };
        auto const natural = [as](char const* text) {
            return decoded<std::uint64_t>(encoded(numeric{text}, as), oids::numeric, as);
        };
        auto const real = [as](char const* text) {
            return decoded<double>(encoded(numeric{text}, as), oids::numeric, as);
        };
        using int64 = std::numeric_limits<std::int64_t>;
        CHECK(integer("0") == 0);
        CHECK(integer("-12.00") == -12);
        CHECK(integer("9223372036854775807") == int64::max());
        CHECK(integer("-9223372036854775808") == int64::min());
        CHECK(natural("18446744073709551615") == ~std::uint64_t{0});
        for (char const* const other :
            {"0.5", "9223372036854775808", "-9223372036854775809", "1e40", "NaN", "Infinity"}) {
            INFO(other);
            CHECK(integer(other) == std::nullopt);
        }
        CHECK(natural("-1") == std::nullopt);
        CHECK(natural("18446744073709551616") == std::nullopt);

        CHECK(real("0") == 0.0);
        CHECK(real("-12.50") == -12.5);
        CHECK(real("0.1") == 0.1);
        CHECK(real("1e20") == 1e20);
        CHECK(real("9007199254740993") == 9007199254740992.0);
        CHECK(real("0.1000000000000000055511151231257827021181583404541015625") == 0.1);
        CHECK(real("1e-400") == 0.0);
        CHECK(real("Infinity") == std::numeric_limits<double>::infinity());
        CHECK(real("-Infinity") == -std::numeric_limits<double>::infinity());
        CHECK(std::isnan(real("NaN").value()));
        CHECK(real("1e400") == std::nullopt);
        CHECK(real("-1e400") == std::nullopt);
    }
    // the short way rounds as the long one does
    std::mt19937_64 random{20240229};
    for (int i = 0; i < 20'000; ++i) {
        std::string text = std::to_string(random() >> (random() % 64));
        text.insert(random() % (text.size() + 1), ".");
        text =
            (random() % 2 == 0 ? "-" : "") + text + "e" + std::to_string(int(random() % 40) - 20);
        double expected = 0;
        REQUIRE(pgcoro::parse_float(std::string_view{text}, expected));
        if (numeric{text}.to_double() != expected)
            FAIL_CHECK(text << " is not " << numeric{text}.to_double());
    }
    STATIC_REQUIRE(!pgcoro::accepts<int>(oids::numeric, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<float>(oids::numeric, format::binary));
    CHECK(pgcoro::explain_value<std::int64_t>(
              owned_field{encoded(numeric{"0.5"}, format::binary), oids::numeric, format::binary}
                  .get()) == "it has a fraction, or is too large");
    decode_garbage<std::int64_t>(24, {oids::numeric});
    decode_garbage<double>(24, {oids::numeric});
}

TEST_CASE("numerics compare by value, as the server does")
{
    std::vector<numeric> const ascending{numeric::negative_infinity(), numeric{"-1e20"},
        numeric{"-10000.0001"}, numeric{"-10000"}, numeric{"-9999.9999"}, numeric{"-0.00001"},
        numeric{0}, numeric{"0.00001"}, numeric{"0.0001"}, numeric{"0.9999"}, numeric{1},
        numeric{"1.00000000001"}, numeric{9999}, numeric{10'000}, numeric{"1e20"},
        numeric::infinity(), numeric::nan()};
    for (std::size_t i = 0; i < ascending.size(); ++i)
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            CHECK((ascending[i] < ascending[j]) == (i < j));
            CHECK((ascending[i] == ascending[j]) == (i == j));
        }
    CHECK(numeric{"1.0"} == numeric{"1.00"});
    CHECK(numeric{"0.0"} == numeric{"-0"});
    CHECK(std::hash<numeric>{}(numeric{"1.0"}) == std::hash<numeric>{}(numeric{"1.00"}));
    CHECK(std::hash<numeric>{}(numeric{1}) != std::hash<numeric>{}(numeric{-1}));
    CHECK(numeric{"1.0"}.scale() == 1);
    CHECK(numeric{} == numeric{0});
    CHECK((numeric::nan().is_nan() && !numeric::nan().is_finite()));
    CHECK((numeric::negative_infinity().is_negative() && !numeric::infinity().is_negative()));
    CHECK(printed(numeric{"-12.50"}) == "-12.50");
}

TEST_CASE("numerics and integers")
{
    using int64 = std::numeric_limits<std::int64_t>;
    CHECK(to_string(numeric{int64::min()}) == "-9223372036854775808");
    CHECK(to_string(numeric{std::numeric_limits<std::uint64_t>::max()}) == "18446744073709551615");
    CHECK(numeric{int64::min()}.to_integer<std::int64_t>() == int64::min());
    CHECK(numeric{int64::max()}.to_integer<std::int64_t>() == int64::max());
    CHECK(numeric{"9223372036854775808"}.to_integer<std::int64_t>() == std::nullopt);
    CHECK(numeric{"-9223372036854775809"}.to_integer<std::int64_t>() == std::nullopt);
    CHECK(numeric{"18446744073709551615"}.to_integer<std::uint64_t>() == ~std::uint64_t{0});
    CHECK(numeric{"18446744073709551616"}.to_integer<std::uint64_t>() == std::nullopt);
    CHECK(numeric{-1}.to_integer<unsigned>() == std::nullopt);
    CHECK(numeric{-128}.to_integer<std::int8_t>() == -128);
    CHECK(numeric{-129}.to_integer<std::int8_t>() == std::nullopt);
    CHECK(numeric{"1e18"}.to_integer<std::int64_t>() == 1'000'000'000'000'000'000);
    CHECK(numeric{"1e1000"}.to_integer<std::int64_t>() == std::nullopt);
    CHECK(numeric{"12.00"}.to_integer<int>() == 12);
    CHECK(numeric{"12.50"}.to_integer<int>() == std::nullopt);
    CHECK(numeric{"0.00"}.to_integer<unsigned>() == 0U);
    CHECK(numeric::nan().to_integer<int>() == std::nullopt);
    CHECK(numeric::infinity().to_integer<int>() == std::nullopt);

    CHECK(numeric{"12.5"}.scaled<int>(2) == 1250);
    CHECK(numeric{"12.5"}.scaled<int>(1) == 125);
    CHECK(numeric{"-0.00012345"}.scaled<int>(8) == -12'345);
    CHECK(numeric{"-0.00012345"}.scaled<int>(7) == std::nullopt);
    CHECK(numeric{"0.0000000001"}.scaled<int>(10) == 1);
    CHECK(numeric{"0.0000000001"}.scaled<int>(9) == std::nullopt);
    CHECK(numeric{"0.0000000001"}.scaled<int>(0) == std::nullopt);
    CHECK(numeric{1}.scaled<std::int64_t>(18) == 1'000'000'000'000'000'000);
    CHECK(numeric{1}.scaled<std::int64_t>(19) == std::nullopt);
    CHECK(numeric{1}.scaled<std::int64_t>(4'000'000'000U) == std::nullopt);
    CHECK(to_string(numeric::scaled(1250, 2)) == "12.50");
    CHECK(to_string(numeric::scaled(-5, 3)) == "-0.005");
    CHECK(to_string(numeric::scaled(int64::min(), 0)) == "-9223372036854775808");
    CHECK_THROWS_AS(numeric::scaled(1, 16'384), std::invalid_argument);
    for (std::int64_t units : {0, 1, 9, 10, 9999, 10'000, 99'999, 123'456'789})
        for (unsigned scale = 0; scale < 20; ++scale) {
            CHECK(numeric::scaled(units, scale).scaled<std::int64_t>(scale) == units);
            CHECK(numeric::scaled(-units, scale).scaled<std::int64_t>(scale) == -units);
        }
}

TEST_CASE("numerics and floating point")
{
    using limits = std::numeric_limits<double>;
    CHECK(to_string(numeric{0.1}) == "0.1");
    CHECK(to_string(numeric{0.1F}) == "0.1");
    CHECK(to_string(numeric{-1.5e-7}) == "-0.00000015");
    CHECK(to_string(numeric{1e22}) == "10000000000000000000000");
    CHECK(to_string(numeric{-0.0}) == "0");
    CHECK(numeric{limits::quiet_NaN()}.is_nan());
    CHECK(numeric{-limits::infinity()} == numeric::negative_infinity());
    for (double const value : {0.0, 1.0, -1.0, 0.1, 1.0 / 3, 1e22, 1e23, 123456.789, 5e-324,
             limits::max(), limits::min(), limits::epsilon()})
        CHECK(numeric{value}.to_double() == value);
    CHECK(numeric{"1e400"}.to_double() == limits::infinity());
    CHECK(numeric{"-1e400"}.to_double() == -limits::infinity());
    CHECK(numeric{"1e-400"}.to_double() == 0.0);
    CHECK(std::isnan(numeric::nan().to_double()));
    CHECK(numeric::infinity().to_double() == limits::infinity());
    CHECK(numeric{"0.1000000000000000055511151231257827021181583404541015625"}.to_double() == 0.1);
}

TEST_CASE("copies and moves of a numeric keep its digits, few or many")
{
    numeric const few{"-12.50"};
    numeric const many{std::string(100, '7') + ".125"};
    for (numeric const& each : {few, many, numeric::nan()}) {
        numeric copy{each};
        CHECK(copy == each);
        numeric moved{std::move(copy)};
        CHECK(moved == each);
        CHECK(copy == numeric{}); // NOLINT: what was moved from is zero
        for (numeric const& other : {few, many, numeric{}}) {
            numeric to{other};
            to = each;
            CHECK(to_string(to) == to_string(each));
            numeric from{each};
            to = other;
            to = std::move(from);
            CHECK(to_string(to) == to_string(each));
            numeric& self = to;
            to = self;
            to = std::move(self);
            CHECK(to_string(to) == to_string(each));
        }
    }
}
