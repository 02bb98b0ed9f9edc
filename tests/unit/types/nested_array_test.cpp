#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/core/error.hpp"
#include "pgcoro/types/builtin.hpp"
#include "pgcoro/types/parameters.hpp"

#include <filesystem>
#include <list>
#include <map>
#include <ranges>
#include <set>
#include <span>

// Arrays of more than one dimension, of fixed size, with bounds; and whatever else is sent as one.

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::format;

namespace {

using ints = std::vector<int>;
using matrix = std::vector<ints>;
using strings = std::vector<std::string>;

template <class T>
std::string as_binary(T const& value)
{
    bytes const out = encoded(value, format::binary);
    return {reinterpret_cast<char const*>(out.data()), out.size()};
}

template <class T>
std::optional<T> int_literal(std::string_view text)
{
    return from_text<T>(text, oids::int4_array);
}

/// An array of int4 with these words behind the header's first two.
bytes words(std::initializer_list<std::int32_t> values)
{
    bytes out;
    for (std::int32_t const value : values)
        for (std::byte const byte : big(value))
            out.push_back(byte);
    return out;
}

/// As many braces as the server would never send.
std::string nested(std::size_t depth)
{
    return std::string(depth, '{') + '1' + std::string(depth, '}');
}

} // namespace

TEST_CASE("nested vectors are the dimensions of one array")
{
    matrix const value{{1, 2, 3}, {4, 5, 6}};
    STATIC_REQUIRE(pgcoro::type_of<matrix>() == oids::int4_array);
    STATIC_REQUIRE(pgcoro::codec<matrix>::array_rank == 2);
    CHECK(from_binary<matrix>(encoded(value, format::binary), oids::int4_array) == value);
    CHECK(as_text(value) == R"({{"1","2","3"},{"4","5","6"}})");
    CHECK(int_literal<matrix>("{{1,2,3},{4,5,6}}") == value);
    CHECK(int_literal<matrix>(as_text(value)) == value);

    // SELECT array_send('{{1,2,3},{4,5,6}}'::int4[])
    CHECK(encoded(value, format::binary) ==
          words({2, 0, 23, 2, 1, 3, 1, 4, 1, 4, 2, 4, 3, 4, 4, 4, 5, 4, 6}));

    using cube = std::vector<std::vector<strings>>;
    cube const deep{{{"a", "b"}}, {{"c", ""}}, {{"{", "NULL"}}};
    CHECK(as_text(deep) == R"({{{"a","b"}},{{"c",""}},{{"{","NULL"}}})");
    CHECK(from_text<cube>(as_text(deep), oids::text_array) == deep);

    using maybe = std::vector<std::vector<std::optional<int>>>;
    maybe const with_null{{1, std::nullopt}, {std::nullopt, 4}};
    CHECK(from_binary<maybe>(encoded(with_null, format::binary), oids::int4_array) == with_null);
    CHECK(int_literal<maybe>("{{1,NULL},{NULL,4}}") == with_null);
    CHECK(as_text(with_null) == R"({{"1",NULL},{NULL,"4"}})");
}

TEST_CASE("an array must be rectangular to be sent")
{
    CHECK_THROWS_WITH(encoded(matrix{{1, 2}, {3}}, format::binary),
        "an array must be rectangular, but of its rows one has 2 elements, another 1");
    CHECK_THROWS_AS(encoded(matrix{{1, 2}, {}}, format::text), pgcoro::encode_error);
    CHECK_THROWS_AS(
        encoded(std::vector<matrix>{{{1}, {2}}, {{3}}}, format::text), pgcoro::encode_error);
    CHECK(as_text(matrix{}) == "{}");
    CHECK(as_text(matrix{{}, {}}) == "{}");
    CHECK(encoded(matrix{{}, {}}, format::binary) == words({0, 0, 23}));
}

TEST_CASE("an array is read into as many dimensions as it has")
{
    bytes const flat = encoded(ints{1, 2}, format::binary);
    bytes const square = encoded(matrix{{1}, {2}}, format::binary);
    CHECK(from_binary<matrix>(flat, oids::int4_array) == std::nullopt);
    CHECK(from_binary<ints>(square, oids::int4_array) == std::nullopt);
    CHECK(int_literal<matrix>("{1,2}") == std::nullopt);
    CHECK(int_literal<ints>("{{1},{2}}") == std::nullopt);
    CHECK(from_binary<matrix>(encoded(ints{}, format::binary), oids::int4_array) == matrix{});
    CHECK(int_literal<matrix>("{}") == matrix{});
    for (char const* wrong : {"{{1},{2,3}}", "{{1},2}", "{1,{2}}", "{{1},{}}", "{{}}", "{{1}",
             "{{1},}", "{{1}}}", "{{1}{2}}", "{{{1}},{2}}", "{{1},{{2}}}", "{{1,2},{3,4}},"}) {
        CAPTURE(wrong);
        CHECK(int_literal<matrix>(wrong) == std::nullopt);
        CHECK(int_literal<pgcoro::array<int>>(wrong) == std::nullopt);
    }
}

TEST_CASE("std::array takes an array of its own length")
{
    using three = std::array<int, 3>;
    bytes const good = encoded(three{1, 2, 3}, format::binary);
    CHECK(from_binary<three>(good, oids::int4_array) == three{1, 2, 3});
    CHECK(int_literal<three>("{1,2,3}") == three{1, 2, 3});
    CHECK(int_literal<three>("{1,2}") == std::nullopt);
    CHECK(int_literal<three>("{1,2,3,4}") == std::nullopt);
    CHECK(int_literal<three>("{}") == std::nullopt);
    CHECK(from_binary<std::array<int, 2>>(good, oids::int4_array) == std::nullopt);
    CHECK(from_binary<std::array<int, 4>>(good, oids::int4_array) == std::nullopt);
    CHECK(int_literal<std::array<int, 0>>("{}") == std::array<int, 0>{});

    using rows = std::vector<std::array<std::string, 2>>;
    rows const value{{"a", "b"}, {"c", "d"}};
    CHECK(from_text<rows>(as_text(value), oids::text_array) == value);
    using columns = std::array<std::vector<int>, 2>;
    CHECK(int_literal<columns>("{{1,2,3},{4,5,6}}") == columns{{{1, 2, 3}, {4, 5, 6}}});
    STATIC_REQUIRE(pgcoro::type_of<std::array<std::byte, 4>>() == oids::bytea);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<std::array<std::byte, 4>>>() == oids::bytea_array);
}

TEST_CASE("pgcoro::array keeps dimensions and subscripts")
{
    using array = pgcoro::array<int>;
    array const value{{{2, 0}, {3, -1}}, {1, 2, 3, 4, 5, 6}};
    CHECK(as_text(value) == R"([0:1][-1:1]={{"1","2","3"},{"4","5","6"}})");
    CHECK(int_literal<array>("[0:1][-1:1]={{1,2,3},{4,5,6}}") == value);
    CHECK(from_binary<array>(encoded(value, format::binary), oids::int4_array) == value);
    CHECK(value.at(0, -1) == 1);
    CHECK(value.at(1, 1) == 6);
    CHECK_THROWS_AS(value.at(1), std::out_of_range);
    CHECK_THROWS_AS(value.at(1, 2), std::out_of_range);
    CHECK_THROWS_AS(value.at(-1, 0), std::out_of_range);
    CHECK_THROWS_AS(array{}.at(), std::out_of_range);
    CHECK(value.dimensions()[1] == pgcoro::array_dimension{3, -1});
    CHECK(value.size() == 6);

    CHECK(int_literal<array>("{7}") == array{ints{7}});
    CHECK(int_literal<array>("[5:6]={1,2}") == array{{{2, 5}}, {1, 2}});
    CHECK(int_literal<array>("{}") == array{});
    CHECK(as_text(array{}) == "{}");
    CHECK(int_literal<ints>("[5:6]={1,2}") == ints{1, 2});
    CHECK(from_binary<ints>(encoded(array{{{2, 5}}, {1, 2}}, format::binary), oids::int4_array) ==
          ints{1, 2});
    for (char const* wrong :
        {"[5:6]={1}", "[5:6]={1,2,3}", "[1:1]={}", "[6:5]={}", "[1:1][1:1]={1}", "[1:1]={{1}}",
            "[1:2={1,2}", "[:2]={1,2}", "[1:2]{1,2}", "[99999999999:2]={1}",
            "[-2147483648:2147483647]={1}", "[1:1][1:1][1:1][1:1][1:1][1:1][1:1]={1}"}) {
        CAPTURE(wrong);
        CHECK(int_literal<array>(wrong) == std::nullopt);
        CHECK(int_literal<ints>(wrong) == std::nullopt);
    }
    CHECK_THROWS_AS((array{{{2, 1}}, {1}}), std::invalid_argument);
    CHECK_THROWS_AS((array{{{0, 1}}, {}}), std::invalid_argument);
    CHECK_THROWS_AS((array{{{2, 0x7fffffff}}, {1, 2}}), std::invalid_argument);
    CHECK_THROWS_AS(
        (array{std::vector<pgcoro::array_dimension>(7, {1, 1}), {1}}), std::invalid_argument);
    using flags = pgcoro::array<bool>;
    flags const truth{std::vector<bool>{true, false}};
    CHECK(from_binary<flags>(encoded(truth, format::binary), oids::bool_array) == truth);
    CHECK(truth.at(1));
}

TEST_CASE("whatever can be iterated over twice is sent as an array")
{
    std::string const expected = as_binary(ints{1, 2, 3});
    int const plain[] = {1, 2, 3};
    ints const vector{1, 2, 3};
    CHECK(as_binary(plain) == expected);
    CHECK(as_binary(std::span{plain}) == expected);
    CHECK(as_binary(std::list<int>{1, 2, 3}) == expected);
    CHECK(as_binary(std::set<int>{3, 2, 1}) == expected);
    CHECK(as_binary(std::views::iota(1, 4)) == expected);
    CHECK(as_binary(vector | std::views::take(3)) == expected);
    CHECK(as_binary(vector | std::views::transform([](int i) { return i; })) == expected);
    ints const more{1, 10, 2, 3};
    auto few = more | std::views::filter([](int i) { return i < 10; }); // can't be const
    CHECK(as_binary(few) == expected);
    CHECK(as_text(std::set<std::string>{"a", "b"}) == R"({"a","b"})");
    CHECK(as_text(std::vector<char const*>{"a", nullptr}) == R"({"a",NULL})");
    char const* const names[] = {"a", "b"};
    CHECK(as_text(names) == R"({"a","b"})");
    CHECK(as_text(std::list<std::set<int>>{{1, 2}, {4, 3}}) == R"({{"1","2"},{"3","4"}})");
    CHECK(as_binary(std::vector<unsigned>{1}) == as_binary(std::vector<std::int64_t>{1}));
    CHECK(as_binary(std::vector<unsigned char>{1}) == as_binary(std::vector<std::int16_t>{1}));

    pgcoro::byte_writer types;
    pgcoro::byte_writer values;
    pgcoro::encode_parameters(types, values, plain, std::span{plain}, vector);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(pgcoro::load_big<std::uint32_t>(types.data() + 2 + 4 * i) == 1007);
}

TEST_CASE("what is one value in itself is no array")
{
    using pgcoro::array_range;
    STATIC_REQUIRE(array_range<std::vector<bool>>);
    STATIC_REQUIRE(!array_range<std::string>);
    STATIC_REQUIRE(!array_range<std::string_view>);
    STATIC_REQUIRE(!array_range<char[4]>);
    STATIC_REQUIRE(!array_range<std::span<std::byte const>>);
    STATIC_REQUIRE(!array_range<std::vector<std::byte>>);
    STATIC_REQUIRE(!array_range<std::list<std::byte>>);
    STATIC_REQUIRE(!array_range<std::map<std::string, int>>);
    STATIC_REQUIRE(!array_range<std::filesystem::path>);
    STATIC_REQUIRE(!array_range<std::vector<std::optional<ints>>>);
    STATIC_REQUIRE(!array_range<std::vector<pgcoro::array<int>>>);
    STATIC_REQUIRE(!array_range<std::vector<std::filesystem::path>>);
    STATIC_REQUIRE(array_range<std::vector<std::vector<matrix>>>);
    STATIC_REQUIRE(
        !array_range<std::vector<std::vector<std::vector<std::vector<std::vector<matrix>>>>>>);
    STATIC_REQUIRE(!pgcoro::decodable<std::list<int>>);
    STATIC_REQUIRE(pgcoro::decodable<std::vector<std::array<int, 2>>>);
}

TEST_CASE("other types' arrays are read element by element")
{
    using longs = std::vector<std::int64_t>;
    CHECK(
        from_binary<longs>(encoded(ints{-1, 7}, format::binary), oids::int4_array) == longs{-1, 7});
    CHECK(from_binary<std::vector<unsigned>>(encoded(ints{7}, format::binary), oids::int4_array) ==
          std::vector<unsigned>{7});
    CHECK(from_binary<std::vector<std::uint64_t>>(
              encoded(longs{-1}, format::binary), oids::int8_array) == std::nullopt);
    CHECK(from_binary<std::vector<double>>(encoded(ints{3}, format::binary), oids::int4_array) ==
          std::vector<double>{3});
}

TEST_CASE("hostile arrays")
{
    bytes const good = encoded(matrix{{1, 2, 3}, {4, 5, 6}}, format::binary);
    for (std::size_t size = 0; size <= 2 * good.size(); ++size) {
        bytes cut = good;
        cut.resize(size);
        CHECK(
            (from_binary<matrix>(cut, oids::int4_array) == std::nullopt) == (size != good.size()));
        (void)from_binary<pgcoro::array<int>>(cut, oids::int4_array);
    }
    decode_damaged<matrix>(good, oids::int4_array, format::binary);
    decode_damaged<pgcoro::array<int>>(good, oids::int4_array, format::binary);
    decode_damaged<pgcoro::array<int>>(
        to_bytes("[0:1][2:3]={{1,2},{3,4}}"), oids::int4_array, format::text);
    decode_garbage<matrix>(2 * good.size(), {oids::int4_array});
    decode_garbage<pgcoro::array<std::optional<std::string>>>(60, {oids::text_array});

    // counts that no memory has room for, and whose product overflows
    constexpr std::int32_t most = 0x7fffffff;
    for (bytes const& huge : {words({2, 0, 23, most, 1, most, 1, 4, 1}),
             words({3, 0, 23, most, 1, most, 1, most, 1, 4, 1}),
             words({6, 0, 23, 65536, 1, 65536, 1, 65536, 1, 65536, 1, 65536, 1, 65536, 1, 4, 1}),
             words({2, 0, 23, most, 1, 0, 1}), words({2, 0, 23, 0, 1, most, 1}),
             words({7, 0, 23, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 1}),
             words({-1, 0, 23, 1, 1, 4, 1}), words({1, 0, 23, 2, most, 4, 1, 4, 1}),
             words({1, 0, 23, 1, 1, 5, 1, 1}), words({1, 0, 23, 1, 1, -1}),
             words({1, 0, 23, 1, 1, -2}), words({1, 0, 23, 1, 1, most})}) {
        CHECK(from_binary<ints>(huge, oids::int4_array) == std::nullopt);
        CHECK(from_binary<matrix>(huge, oids::int4_array) == std::nullopt);
        CHECK(from_binary<pgcoro::array<int>>(huge, oids::int4_array) == std::nullopt);
    }
    for (std::size_t const depth : {7U, 1000U, 100000U}) {
        CHECK(int_literal<matrix>(nested(depth)) == std::nullopt);
        CHECK(int_literal<pgcoro::array<int>>(nested(depth)) == std::nullopt);
    }
    CHECK(int_literal<pgcoro::array<int>>(nested(6)).value().dimensions().size() == 6);
}
