#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/types/builtin.hpp"

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::format;

namespace {

using ints = std::vector<int>;
using maybe_ints = std::vector<std::optional<int>>;
using strings = std::vector<std::string>;

bytes array_of_ints(std::vector<std::optional<int>> const& values)
{
    return encoded(values, format::binary);
}

} // namespace

TEST_CASE("arrays of built-in types have their OID, and are binary")
{
    STATIC_REQUIRE(pgcoro::type_of<ints>() == oids::int4_array);
    STATIC_REQUIRE(pgcoro::type_of<maybe_ints>() == oids::int4_array);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<bool>>() == oids::bool_array);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<bytes>>() == oids::bytea_array);
    STATIC_REQUIRE(pgcoro::type_of<strings>() == pgcoro::unspecified_oid);
    STATIC_REQUIRE(pgcoro::result_format_of<ints>() == format::binary);
    STATIC_REQUIRE(pgcoro::result_format_of<strings>() == format::text);
    STATIC_REQUIRE(pgcoro::accepts<std::vector<std::int64_t>>(oids::int4_array, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<ints>(oids::int8_array, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<ints>(oids::int4, format::binary));
    STATIC_REQUIRE(pgcoro::accepts<strings>(oids::date_array, format::text));
    STATIC_REQUIRE(pgcoro::type_of<std::vector<ints>>() == oids::int4_array);
}

TEST_CASE("arrays come back from binary as they went")
{
    CHECK(from_binary<ints>(encoded(ints{1, -2, 3}, format::binary), oids::int4_array) ==
          ints{1, -2, 3});
    CHECK(from_binary<ints>(encoded(ints{}, format::binary), oids::int4_array) == ints{});
    maybe_ints const with_null{1, std::nullopt};
    CHECK(from_binary<maybe_ints>(array_of_ints(with_null), oids::int4_array) == with_null);
    CHECK(from_binary<ints>(array_of_ints(with_null), oids::int4_array) == std::nullopt);
    CHECK(from_binary<std::vector<std::int64_t>>(array_of_ints({7}), oids::int4_array) ==
          std::vector<std::int64_t>{7});
    std::vector<bool> const flags{true, false, true};
    CHECK(
        from_binary<std::vector<bool>>(encoded(flags, format::binary), oids::bool_array) == flags);
}

TEST_CASE("each element of an array of numbers is read, and each length looked at")
{
    constexpr std::size_t header = 20;
    for (int count = 1; count != 20; ++count) {
        ints numbers;
        std::vector<float> halves;
        for (int i = 0; i != count; ++i) {
            numbers.push_back(0x01020304 * (i + 1) * (i % 2 == 0 ? 1 : -1));
            halves.push_back(static_cast<float>(i) + .5F);
        }
        bytes const good = encoded(numbers, format::binary);
        CHECK(from_binary<ints>(good, oids::int4_array) == numbers);
        CHECK(from_binary<std::vector<float>>(
                  encoded(halves, format::binary), oids::float4_array) == halves);
        for (std::size_t i = 0; i != static_cast<std::size_t>(count); ++i)
            for (std::size_t byte = 0; byte != 4; ++byte) {
                bytes wrong = good;
                wrong[header + 8 * i + byte] ^= std::byte{1};
                CHECK(from_binary<ints>(wrong, oids::int4_array) == std::nullopt);
            }
    }
}

TEST_CASE("the binary form is the server's")
{
    // SELECT array_send(ARRAY[1, NULL]::int4[])
    CHECK(array_of_ints({1, std::nullopt}) ==
          to_bytes(
              {"\0\0\0\1\0\0\0\1\0\0\0\x17\0\0\0\2\0\0\0\1\0\0\0\4\0\0\0\1\xff\xff\xff\xff", 32}));
    CHECK(array_of_ints({}) == to_bytes({"\0\0\0\0\0\0\0\0\0\0\0\x17", 12}));
}

TEST_CASE("arrays are read from literals")
{
    auto const read = [](std::string_view text) {
        return from_text<strings>(text, oids::text_array);
    };
    CHECK(read("{}") == strings{});
    CHECK(read("{a}") == strings{"a"});
    CHECK(read("{a,\"b c\",\"\",\"NULL\"}") == strings{"a", "b c", "", "NULL"});
    CHECK(read("{\"q\\\"uote\",\"back\\\\slash\",\"{}\"}") ==
          strings{"q\"uote", "back\\slash", "{}"});
    CHECK(read("[5:6]={a,b}") == strings{"a", "b"});
    CHECK(from_text<maybe_ints>("{1,NULL,3}", oids::int4_array) == maybe_ints{1, std::nullopt, 3});
    CHECK(from_text<ints>("{1,NULL,3}", oids::int4_array) == std::nullopt);
    for (char const* wrong :
        {"", "{", "}", "a", "{a", "{a,", "{a,}", "{,a}", "{,}", "{a}b", "{}b", "{\"a}", "{\"a\\",
            "{\"a\\\"", "{\"a\"b}", "{{a}}", "{{1,2},{3,4}}", "[5:6]", "[5:6]=", "[", "{a\"b\"}"}) {
        CAPTURE(wrong);
        CHECK(read(wrong) == std::nullopt);
    }
}

TEST_CASE("arrays are written as literals")
{
    CHECK(as_text(strings{}) == "{}");
    CHECK(as_text(strings{"a", "", "b\"\\c", "NULL"}) == R"({"a","","b\"\\c","NULL"})");
    CHECK(as_text(std::vector<std::optional<std::string>>{"a", std::nullopt}) == "{\"a\",NULL}");
    CHECK(as_text(ints{1, 2}) == "{\"1\",\"2\"}");
    strings const nasty{"\\", "\"", ",", "{}", " ", "", "NULL", "a\nb"};
    CHECK(from_text<strings>(as_text(nasty), oids::text_array) == nasty);
    CHECK_THROWS_AS(encoded(nasty, format::binary), pgcoro::encode_error);
}

TEST_CASE("elements that borrow point into the array's bytes")
{
    using views = std::vector<std::string_view>;
    STATIC_REQUIRE(pgcoro::borrows<views>());
    STATIC_REQUIRE(pgcoro::result_format_of<views>() == format::binary);
    STATIC_REQUIRE(!pgcoro::accepts<views>(oids::text_array, format::text));
    bytes value;
    for (std::int32_t const each : {1, 0, 25, 2, 1, 1, 'a' << 24}) {
        bytes const word = big(each);
        value.insert(value.end(), word.begin(), word.end() - (each == 'a' << 24 ? 3 : 0));
    }
    for (std::byte const each : big(std::int32_t{0}))
        value.push_back(each);
    owned_field const from{value, oids::text_array, format::binary};
    views to;
    REQUIRE(pgcoro::decode_field(from.get(), to));
    CHECK(to == views{"a", ""});
    CHECK(static_cast<void const*>(to[0].data()) == from.get().data + 24);
}

TEST_CASE("malformed arrays are refused without a look beyond them")
{
    bytes const good = array_of_ints({1, std::nullopt, 3});
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK(from_binary<maybe_ints>(
                  {good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)},
                  oids::int4_array) == std::nullopt);
    bytes longer = good;
    longer.push_back(std::byte{});
    CHECK(from_binary<maybe_ints>(longer, oids::int4_array) == std::nullopt);
    bytes many = good; // a count that no memory has room for
    pgcoro::store_big(many.data() + 12, std::int32_t{0x7fffffff});
    CHECK(from_binary<maybe_ints>(many, oids::int4_array) == std::nullopt);
    pgcoro::store_big(many.data() + 12, std::int32_t{-1});
    CHECK(from_binary<maybe_ints>(many, oids::int4_array) == std::nullopt);
    bytes square = good;
    pgcoro::store_big(square.data(), std::int32_t{2});
    CHECK(from_binary<maybe_ints>(square, oids::int4_array) == std::nullopt);
    bytes other = good; // says int4[] outside and int8 inside
    pgcoro::store_big(other.data() + 8, std::uint32_t{20});
    CHECK(from_binary<maybe_ints>(other, oids::int4_array) == std::nullopt);

    decode_damaged<maybe_ints>(good, oids::int4_array, format::binary);
    decode_damaged<strings>(to_bytes("{a,\"b\\\"c\",NULL}"), oids::text_array, format::text);
    decode_garbage<maybe_ints>(40, {oids::int4_array});
    decode_garbage<strings>(40, {oids::text_array, pgcoro::first_user_oid});
}

TEST_CASE("what is wrong with an array is told")
{
    auto const told = []<class T>(bytes const& value, format as, T) {
        owned_field const from{value, oids::int4_array, as};
        T to{};
        CHECK_FALSE(pgcoro::decode_field(from.get(), to));
        return pgcoro::explain_value<T>(from.get());
    };
    bytes const with_null = array_of_ints({1, std::nullopt, 3, std::nullopt});
    char const* const null = "its element 2 is NULL, which needs std::optional";
    CHECK(told(with_null, format::binary, ints{}) == null);
    CHECK(told(with_null, format::binary, pgcoro::array<int>{}) == null);
    CHECK(told(to_bytes("{1,NULL,3,NULL}"), format::text, ints{}) == null);
    std::vector<ints> const square{{1, 2}, {3, 4}};
    CHECK(told(encoded(square, format::binary), format::binary, ints{}) ==
          "it has 2 dimensions, not 1");
    CHECK(told(to_bytes("{1,2}"), format::text, square) == "it has 1 dimension, not 2");
    CHECK(told(to_bytes("{1,2"), format::text, ints{}) == "that is no array");
    CHECK(told(to_bytes("1"), format::binary, ints{}) == "that is no array");
    CHECK(told(to_bytes("{1,x}"), format::text, ints{}) == "its element 2 does not fit");
    using pairs = std::vector<std::pair<int, int>>;
    CHECK(told(to_bytes("{\"(1,2)\",\"(1,x)\"}"), format::text, pairs{}) ==
          "its element 2: its column 2 does not fit");
}
