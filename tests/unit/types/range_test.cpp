#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/types/builtin.hpp"
#include "pgcoro/types/range_codec.hpp"

#include <limits>

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::exclusive;
using pgcoro::format;
using pgcoro::inclusive;
using pgcoro::unbounded;

namespace {

using ints = pgcoro::range<int>;
using reals = pgcoro::range<double>;
using texts = pgcoro::range<std::string>;
using many = pgcoro::multirange<int>;
constexpr pgcoro::oid user_range{16500};

std::optional<ints> literal(std::string_view text)
{
    return from_text<ints>(text, oids::int4range);
}

} // namespace

TEST_CASE("a range knows its bounds")
{
    ints const plain{1, 10};
    CHECK(plain.lower() == 1);
    CHECK(plain.upper() == 10);
    CHECK(plain.lower_inclusive());
    CHECK_FALSE(plain.upper_inclusive());
    CHECK(ints{}.empty());
    CHECK(ints{3, 3}.empty());
    CHECK_FALSE(reals{inclusive{3}, inclusive{3}}.empty());
    CHECK(ints::all().lower_infinite());
    CHECK(ints::all().upper_infinite());
    CHECK_FALSE(ints{}.lower_infinite());
    CHECK_THROWS_AS((ints{2, 1}), std::invalid_argument);
    reals const open{exclusive{0.5}, unbounded};
    CHECK(open.lower() == 0.5);
    CHECK_FALSE(open.lower_inclusive());
    CHECK(open.upper() == std::nullopt);
}

TEST_CASE("ranges of integers are kept as the server keeps them")
{
    CHECK(ints{inclusive{1}, inclusive{10}} == ints{1, 11});
    CHECK(ints{exclusive{1}, exclusive{10}} == ints{2, 10});
    CHECK(ints{exclusive{1}, exclusive{2}}.empty());
    CHECK(reals{inclusive{1}, inclusive{10}} != reals{1, 11});
    int const greatest = std::numeric_limits<int>::max();
    CHECK(ints{1, inclusive{greatest}}.upper_inclusive()); // there is no next one
    CHECK(ints{1, inclusive{greatest}}.contains(greatest));
}

TEST_CASE("what a range contains")
{
    reals const closed{inclusive{1.0}, inclusive{2.0}};
    reals const open{exclusive{1.0}, exclusive{2.0}};
    CHECK(closed.contains(1.0));
    CHECK(closed.contains(2.0));
    CHECK_FALSE(open.contains(1.0));
    CHECK_FALSE(open.contains(2.0));
    CHECK(open.contains(1.5));
    CHECK(reals::all().contains(-1e300));
    CHECK_FALSE(reals{}.contains(0.0));
    CHECK(closed.contains(open));
    CHECK_FALSE(open.contains(closed));
    CHECK(open.is_subset_of(closed));
    CHECK(open.contains(reals{}));
    CHECK(reals{}.contains(reals{}));
    CHECK_FALSE(reals{}.contains(open));
    CHECK(reals::all().contains(closed));
    CHECK_FALSE(closed.contains(reals::all()));
    CHECK((reals{unbounded, 5.0}.contains(reals{unbounded, 4.0})));
    CHECK_FALSE((reals{unbounded, 4.0}.contains(reals{unbounded, 5.0})));
}

TEST_CASE("which ranges overlap")
{
    CHECK((ints{1, 3}.overlaps(ints{2, 5})));
    CHECK_FALSE((ints{1, 3}.overlaps(ints{3, 5})));
    CHECK((reals{1, inclusive{3}}.overlaps(reals{3, 5})));
    CHECK_FALSE((reals{1, inclusive{3}}.overlaps(reals{exclusive{3}, 5})));
    CHECK((ints{unbounded, 3}.overlaps(ints{unbounded, -7})));
    CHECK_FALSE((ints{}.overlaps(ints::all())));
}

TEST_CASE("ranges come back as they went, in both formats")
{
    for (ints const& each :
        {ints{}, ints{1, 10}, ints{unbounded, 10}, ints{-5, unbounded}, ints::all()}) {
        CHECK(from_binary<ints>(encoded(each, format::binary), oids::int4range) == each);
        CHECK(literal(as_text(each)) == each);
    }
    CHECK(as_text(ints{1, 10}) == "[1,10)");
    CHECK(as_text(ints{}) == "empty");
    CHECK(as_text(ints::all()) == "(,)");
    CHECK(as_text(reals{exclusive{0.5}, inclusive{2.0}}) == "(0.5,2]");
    // SELECT range_send(int4range(1, 10))
    CHECK(encoded(ints{1, 10}, format::binary) ==
          to_bytes({"\2\0\0\0\4\0\0\0\1\0\0\0\4\0\0\0\x0a", 17}));
    CHECK(literal("[1,9]") == ints{1, 10});
    CHECK(from_text<reals>("(0.5,2]", user_range) == reals{exclusive{0.5}, inclusive{2.0}});
    CHECK(from_binary<pgcoro::range<std::int64_t>>(encoded(ints{1, 10}, format::binary),
              oids::int4range) == pgcoro::range<std::int64_t>{1, 10});
}

TEST_CASE("the bounds of ranges of text are quoted")
{
    texts const nasty{std::string{"a\"b\\c"}, std::string{"d,)] "}};
    CHECK(as_text(nasty) == R"(["a""b\\c","d,)] "))");
    CHECK(from_text<texts>(as_text(nasty), user_range) == nasty);
    CHECK(from_text<texts>(R"(["",b))", user_range) == texts{std::string{}, std::string{"b"}});
    CHECK(as_text(texts{std::string{}, unbounded}) == R"(["",))");
    CHECK(
        from_text<texts>(R"([a\,b,c))", user_range) == texts{std::string{"a,b"}, std::string{"c"}});
    CHECK(from_text<texts>("[a b,c\"d\"e]", user_range) ==
          texts{std::string{"a b"}, inclusive{std::string{"cde"}}});
}

TEST_CASE("ranges have the OIDs of the six built-in types")
{
    STATIC_REQUIRE(pgcoro::type_of<ints>() == oids::int4range);
    STATIC_REQUIRE(pgcoro::type_of<pgcoro::range<std::int64_t>>() == oids::int8range);
    STATIC_REQUIRE(pgcoro::type_of<reals>() == pgcoro::unspecified_oid);
    STATIC_REQUIRE(pgcoro::type_of<many>() == oids::int4multirange);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<ints>>() == pgcoro::oid{3905});
    STATIC_REQUIRE(pgcoro::type_of<std::vector<many>>() == pgcoro::oid{6150});
    STATIC_REQUIRE(pgcoro::accepts<ints>(oids::int4range, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<ints>(oids::int8range, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<ints>(oids::int4multirange, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<ints>(oids::int4, format::binary));
    STATIC_REQUIRE(pgcoro::accepts<reals>(user_range, format::text));
    STATIC_REQUIRE(!pgcoro::accepts<reals>(user_range, format::binary));
    STATIC_REQUIRE(!pgcoro::has_codec<pgcoro::range<std::string_view>>);
    CHECK(from_text<std::vector<ints>>("{\"[1,2)\",empty,\"(,5)\"}", pgcoro::oid{3905}) ==
          std::vector<ints>{{1, 2}, {}, {unbounded, 5}});
}

TEST_CASE("multiranges are in order and don't touch each other")
{
    many const value{{ints{20, 30}, ints{}, ints{1, 3}, ints{3, 5}, ints{25, unbounded}}};
    CHECK(value.ranges() == std::vector<ints>{{1, 5}, {20, unbounded}});
    CHECK(as_text(value) == "{[1,5),[20,)}");
    CHECK(from_text<many>("{[1,5),[20,)}", oids::int4multirange) == value);
    CHECK(from_binary<many>(encoded(value, format::binary), oids::int4multirange) == value);
    CHECK(from_text<many>("{}", oids::int4multirange) == many{});
    CHECK(as_text(many{}) == "{}");
    CHECK(from_binary<many>(encoded(many{}, format::binary), oids::int4multirange) == many{});
    CHECK(value.contains(4));
    CHECK_FALSE(value.contains(5));
    CHECK(value.contains(ints{2, 4}));
    CHECK_FALSE(value.contains(ints{2, 6}));
    CHECK((value.contains(many{{ints{2, 4}, ints{100, 200}}})));
    CHECK((many{{ints{2, 4}}}.is_subset_of(value)));
    CHECK(value.overlaps(ints{4, 7}));
    CHECK_FALSE(value.overlaps(ints{5, 20}));
    CHECK_FALSE((value.overlaps(many{{ints{5, 20}}})));
    CHECK(many{}.empty());
    pgcoro::multirange<std::string> const words{
        {texts{std::string{"a)"}, std::string{"b\""}}, texts{std::string{"c"}, unbounded}}};
    CHECK(from_text<pgcoro::multirange<std::string>>(as_text(words), user_range) == words);
}

TEST_CASE("hostile ranges")
{
    bytes const good = encoded(ints{1, 10}, format::binary);
    bytes const several = encoded(many{{ints{1, 3}, ints{5, 7}}}, format::binary);
    for (std::size_t size = 0; size <= 2 * good.size(); ++size) {
        bytes cut = good;
        cut.resize(size);
        CHECK((from_binary<ints>(cut, oids::int4range) == std::nullopt) == (size != good.size()));
    }
    for (std::size_t size = 0; size <= 2 * several.size(); ++size) {
        bytes cut = several;
        cut.resize(size);
        CHECK((from_binary<many>(cut, oids::int4multirange) == std::nullopt) ==
              (size != several.size()));
    }
    bytes endless = several;
    pgcoro::store_big(endless.data(), std::int32_t{0x7fffffff});
    CHECK(from_binary<many>(endless, oids::int4multirange) == std::nullopt);
    pgcoro::store_big(endless.data(), std::int32_t{-1});
    CHECK(from_binary<many>(endless, oids::int4multirange) == std::nullopt);
    CHECK(from_binary<ints>(bytes{std::byte{1}}, oids::int4range) == ints{});
    for (char const* wrong : {"", "[", "[]", "[1", "[1,", "[1,2", "1,2)", "[1,2)x", "[1,2,3)",
             "[a,b)", "[1,2}", "[\"1,2)", "[1\\", "[1,2\\)", "EMPTY", "[ 1,2)"}) {
        CAPTURE(wrong);
        CHECK(literal(wrong) == std::nullopt);
        CHECK(from_text<many>("{" + std::string{wrong} + "}", oids::int4multirange) ==
              (*wrong == 0 ? std::optional{many{}} : std::nullopt));
    }
    for (char const* wrong : {"", "{", "}", "{[1,2)", "[1,2)}", "{[1,2),}", "{,[1,2)}",
             "{[1,2)[3,4)}", "{[1,2);[3,4)}"}) {
        CAPTURE(wrong);
        CHECK(from_text<many>(wrong, oids::int4multirange) == std::nullopt);
    }
    decode_damaged<ints>(good, oids::int4range, format::binary);
    decode_damaged<many>(several, oids::int4multirange, format::binary);
    decode_damaged<texts>(to_bytes(R"(["a""b\\c","d,)] "))"), user_range, format::text);
    decode_garbage<ints>(40, {oids::int4range});
    decode_garbage<texts>(40, {user_range});
    decode_garbage<many>(50, {oids::int4multirange});
}

TEST_CASE("an integer is no bound of a range of numerics")
{
    using pgcoro::accepts;
    for (format const as : {format::binary, format::text}) {
        CHECK(accepts<std::int64_t>(oids::numeric, as));
        CHECK_FALSE(accepts<pgcoro::range<std::int64_t>>(oids::numrange, as));
        CHECK_FALSE(accepts<pgcoro::multirange<std::int64_t>>(oids::nummultirange, as));
        CHECK(accepts<reals>(oids::numrange, as));
    }
    CHECK(from_text<reals>("(0.50,1]", oids::numrange) == reals{exclusive{0.5}, inclusive{1}});
}

TEST_CASE("of strings and enums only the server knows the order")
{
    // with an English collation, "a" comes before "B"
    texts const english{std::string{"a"}, std::string{"B"}};
    CHECK_FALSE(english.empty());
    CHECK(as_text(english) == R"([a,B))");
    CHECK(from_text<texts>("[a,B)", user_range) == english);
    CHECK(texts{std::string{"a"}, std::string{"a"}}.empty());
    using many_texts = pgcoro::multirange<std::string>;
    many_texts const several{{english, texts{}, texts{std::string{"C"}, std::string{"d"}}}};
    CHECK(as_text(several) == R"({[a,B),[C,d)})");
    CHECK(from_text<many_texts>("{[a,B),[C,d)}", user_range) == several);
    CHECK_THROWS_AS((reals{2.0, 1.0}), std::invalid_argument);
}

TEST_CASE("NaN is greater than all numbers, as on the server")
{
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    reals const up_to_nan{1.5, nan};
    CHECK_FALSE(up_to_nan.empty());
    CHECK(from_text<reals>("[1.5,NaN)", user_range) == up_to_nan);
    CHECK(up_to_nan.contains(std::numeric_limits<double>::infinity()));
    CHECK_FALSE(up_to_nan.contains(nan));
    CHECK(reals{1.5, inclusive{nan}}.contains(nan));
    CHECK(reals{nan, nan}.empty());
    CHECK_THROWS_AS((reals{nan, 1.5}), std::invalid_argument);
    using bytes_range = pgcoro::range<char>;
    CHECK_FALSE(bytes_range{'a', '\xff'}.empty());
}

TEST_CASE("a user's range of integers is the same set as a canonical one")
{
    CHECK(from_text<ints>("[1,5]", user_range) == ints{1, 6});
    CHECK(from_text<ints>("(1,2)", user_range) == ints{});
}
