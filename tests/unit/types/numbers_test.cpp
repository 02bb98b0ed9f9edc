#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/core/error.hpp"
#include "pgcoro/types/builtin.hpp"

#include <cmath>
#include <limits>

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::format;

TEST_CASE("every integer type has a PostgreSQL type that holds it")
{
    STATIC_REQUIRE(pgcoro::type_of<signed char>() == oids::int2);
    STATIC_REQUIRE(pgcoro::type_of<unsigned char>() == oids::int2);
    STATIC_REQUIRE(pgcoro::type_of<short>() == oids::int2);
    STATIC_REQUIRE(pgcoro::type_of<unsigned short>() == oids::int4);
    STATIC_REQUIRE(pgcoro::type_of<int>() == oids::int4);
    STATIC_REQUIRE(pgcoro::type_of<unsigned>() == oids::int8);
    STATIC_REQUIRE(pgcoro::type_of<long long>() == oids::int8);
    STATIC_REQUIRE(pgcoro::type_of<unsigned long long>() == oids::int8);
    STATIC_REQUIRE(pgcoro::type_of<std::int64_t>() == oids::int8);
    STATIC_REQUIRE(pgcoro::type_of<std::size_t>() == oids::int8);
    STATIC_REQUIRE(pgcoro::type_of<float>() == oids::float4);
    STATIC_REQUIRE(pgcoro::type_of<double>() == oids::float8);
    STATIC_REQUIRE(!pgcoro::has_codec<char8_t>);
    STATIC_REQUIRE(!pgcoro::has_codec<wchar_t>);
    STATIC_REQUIRE(!pgcoro::has_codec<long double>);
}

TEST_CASE("integers are read from what is not wider")
{
    CHECK(from_binary<std::int32_t>(big(std::int32_t{-7}), oids::int4) == -7);
    CHECK(from_binary<std::int32_t>(big(std::int16_t{-7}), oids::int2) == -7);
    CHECK(from_binary<std::int64_t>(big(std::int16_t{-7}), oids::int2) == -7);
    CHECK(from_binary<std::int64_t>(big(std::int32_t{-7}), oids::int4) == -7);
    CHECK(from_binary<std::int64_t>(big(std::numeric_limits<std::int64_t>::min()), oids::int8) ==
          std::numeric_limits<std::int64_t>::min());
    CHECK(from_binary<std::int64_t>(big(0xffffffffU), oids::oid_) == 0xffffffffLL);
    CHECK(from_binary<std::uint32_t>(big(0xffffffffU), oids::oid_) == 0xffffffffU);

    STATIC_REQUIRE(pgcoro::accepts<std::int16_t>(oids::int2, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<std::int16_t>(oids::int4, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<std::int32_t>(oids::int8, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<std::int32_t>(oids::int8, format::text));
    STATIC_REQUIRE(!pgcoro::accepts<std::int32_t>(oids::numeric, format::text));
    STATIC_REQUIRE(!pgcoro::accepts<std::int32_t>(oids::float4, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<std::int32_t>(oids::text, format::text));
}

TEST_CASE("a value outside of the C++ type is refused")
{
    CHECK(from_binary<std::int8_t>(big(std::int16_t{127}), oids::int2) == 127);
    CHECK(from_binary<std::int8_t>(big(std::int16_t{128}), oids::int2) == std::nullopt);
    CHECK(from_binary<std::uint16_t>(big(std::int32_t{65535}), oids::int4) == 65535);
    CHECK(from_binary<std::uint16_t>(big(std::int32_t{65536}), oids::int4) == std::nullopt);
    CHECK(from_binary<std::uint64_t>(big(std::int64_t{-1}), oids::int8) == std::nullopt);
    CHECK(from_text<std::uint64_t>("-1", oids::int8) == std::nullopt);
    CHECK(from_text<std::int32_t>("2147483648", oids::int4) == std::nullopt);
}

TEST_CASE("integers are read from text")
{
    CHECK(from_text<std::int32_t>("-2147483648", oids::int4) == -2147483648LL);
    CHECK(from_text<std::int64_t>("9223372036854775807", oids::int8) == 9223372036854775807LL);
    CHECK(from_text<std::int32_t>("", oids::int4) == std::nullopt);
    CHECK(from_text<std::int32_t>("1 ", oids::int4) == std::nullopt);
    CHECK(from_text<std::int32_t>("1x", oids::int4) == std::nullopt);
    CHECK(from_text<std::int32_t>("0x1", oids::int4) == std::nullopt);
}

TEST_CASE("integers are written in both formats")
{
    CHECK(encoded(std::int32_t{-2}, format::binary) == big(std::int32_t{-2}));
    CHECK(encoded(std::uint32_t{0xffffffff}, format::binary) == big(std::int64_t{0xffffffff}));
    CHECK(encoded(std::uint8_t{255}, format::binary) == big(std::int16_t{255}));
    CHECK(as_text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(as_text(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK_THROWS_AS(
        encoded(std::numeric_limits<std::uint64_t>::max(), format::binary), pgcoro::encode_error);
}

TEST_CASE("floats are read from what they hold exactly")
{
    CHECK(from_binary<double>(big(std::bit_cast<std::uint64_t>(0.1)), oids::float8) == 0.1);
    CHECK(
        from_binary<double>(big(std::bit_cast<std::uint32_t>(0.1F)), oids::float4) == double{0.1F});
    CHECK(from_binary<double>(big(std::int32_t{-5}), oids::int4) == -5.0);
    CHECK(from_binary<float>(big(std::int16_t{-5}), oids::int2) == -5.0F);
    STATIC_REQUIRE(!pgcoro::accepts<float>(oids::float8, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<float>(oids::int4, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<double>(oids::int8, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<float>(oids::numeric, format::text));

    CHECK(from_text<double>("1e-05", oids::float8) == 1e-05);
    CHECK(from_text<double>("-Infinity", oids::float8) == -std::numeric_limits<double>::infinity());
    CHECK(std::isnan(from_text<double>("NaN", oids::float8).value()));
    CHECK(from_text<double>("1e-05x", oids::float8) == std::nullopt);
    CHECK(from_text<double>("", oids::float8) == std::nullopt);

    CHECK(encoded(1.5, format::binary) == big(std::bit_cast<std::uint64_t>(1.5)));
    CHECK(encoded(1.5F, format::binary) == big(std::bit_cast<std::uint32_t>(1.5F)));
    CHECK(as_text(-1.5) == "-1.5");
}

TEST_CASE("booleans are one byte")
{
    CHECK(from_binary<bool>(big(std::uint8_t{1}), oids::bool_) == true);
    CHECK(from_binary<bool>(big(std::uint8_t{0}), oids::bool_) == false);
    CHECK(from_binary<bool>(big(std::uint8_t{2}), oids::bool_) == std::nullopt);
    CHECK(from_text<bool>("t", oids::bool_) == true);
    CHECK(from_text<bool>("f", oids::bool_) == false);
    CHECK(from_text<bool>("true", oids::bool_) == std::nullopt);
    CHECK(encoded(true, format::binary) == big(std::uint8_t{1}));
    CHECK(as_text(false) == "f");
}

TEMPLATE_TEST_CASE("numbers of a wrong length are refused, and nothing beyond them is read", "",
    bool, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t,
    std::int64_t, std::uint64_t, float, double)
{
    constexpr auto size = static_cast<std::size_t>(pgcoro::binary_size_of<TestType>());
    for (std::size_t length = 0; length <= 2 * size; ++length) {
        CAPTURE(length);
        auto const value = from_binary<TestType>(bytes(length), pgcoro::type_of<TestType>());
        CHECK(value.has_value() == (length == size));
    }
    decode_garbage<TestType>(2 * size + 2, {oids::bool_, oids::int2, oids::int4, oids::int8,
                                               oids::oid_, oids::float4, oids::float8, oids::text});
    CHECK_FALSE(pgcoro::decode_field(
        pgcoro::field{nullptr, -1, pgcoro::type_of<TestType>(), format::binary},
        *std::make_unique<TestType>()));
}
