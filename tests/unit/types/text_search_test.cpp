#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/types/array.hpp"
#include "pgcoro/types/tsquery.hpp"
#include "pgcoro/types/tsvector.hpp"

#include <sstream>

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::format;
using pgcoro::tsquery;
using pgcoro::tsvector;
using weight = pgcoro::search_weight;

namespace {

template <class T>
std::string reparsed(std::string_view text)
{
    auto const value = T::parse(text);
    return value ? to_string(*value) : "none";
}

} // namespace

TEST_CASE("a tsvector in both formats")
{
    // SELECT tsvectorsend('a:1A,2 ''b''''\\'''::tsvector)
    tsvector const value{{{"a", {{1, weight::a}, {2, weight::d}}}, {"b'\\", {}}}};
    CHECK(to_string(value) == "'a':1A,2 'b''\\\\'");
    bytes const binary = to_bytes({"\0\0\0\2a\0\0\2\xc0\1\0\2b'\\\0\0\0", 18});
    CHECK(encoded(value, format::binary) == binary);
    CHECK(from_binary<tsvector>(binary, oids::tsvector) == value);
    CHECK(from_text<tsvector>(to_string(value), oids::tsvector) == value);
    CHECK(from_text<tsvector>("", oids::tsvector) == tsvector{});
    CHECK(from_binary<tsvector>(encoded(tsvector{}, format::binary), oids::tsvector) == tsvector{});
    std::ostringstream out;
    out << value;
    CHECK(out.str() == to_string(value));
    for (char const* same : {"'a'", "'a':16383D", "'' 'b':1C,2B", "' '", "':1'"})
        CHECK(reparsed<tsvector>(same) == (same == std::string{"'a':16383D"} ? "'a':16383" : same));
    for (char const* wrong : {"a", "'a", "'a' ", " 'a'", "'a''b", "'a':", "'a':x", "'a':1,",
             "'a':1,A", "'a':16384", "'a''b':1E", "'a'x", "'a\\b'", "'a':1 'b':", "'a'  'b'"}) {
        CAPTURE(wrong);
        CHECK(reparsed<tsvector>(wrong) == "none");
    }
    STATIC_REQUIRE(pgcoro::type_of<std::vector<tsvector>>() == pgcoro::oid{3643});
}

TEST_CASE("a tsvector that the server would misread is not sent")
{
    auto const send = [](tsvector::lexeme const& word) {
        (void)encoded(tsvector{{word}}, format::binary);
    };
    CHECK_THROWS_AS(send({std::string{"a\0b", 3}, {}}), pgcoro::encode_error);
    CHECK_THROWS_AS(send({"a", {{0, weight::d}}}), pgcoro::encode_error);
    CHECK_THROWS_AS(send({"a", {{16384, weight::d}}}), pgcoro::encode_error);
    CHECK_THROWS_AS(
        send({"a", std::vector<tsvector::position>(256, {1, weight::d})}), pgcoro::encode_error);
}

TEST_CASE("a tsquery in both formats")
{
    // SELECT tsquerysend('a & !b:*A'::tsquery)
    auto const value = tsquery::parse("'a' & !'b':*A");
    REQUIRE(value);
    CHECK(to_string(*value) == "'a' & !'b':*A");
    bytes const binary = to_bytes({"\0\0\0\4\2\2\2\1\1\x8\1b\0\1\0\0a\0", 18});
    CHECK(encoded(*value, format::binary) == binary);
    CHECK(from_binary<tsquery>(binary, oids::tsquery) == value);
    CHECK(value->items[0].kind == tsquery::kind::and_);
    CHECK(value->items[3].word == "a");
    std::ostringstream out;
    out << *value;
    CHECK(out.str() == "'a' & !'b':*A");
    STATIC_REQUIRE(pgcoro::type_of<std::vector<tsquery>>() == pgcoro::oid{3645});
}

TEST_CASE("a tsquery is printed with the parentheses it needs")
{
    for (char const* same : {"", "'a'", "!'a'", "!!'a'", "'a' & 'b' & 'c'", "'a' & 'b' | 'c'",
             "'a' & ( 'b' | 'c' )", "( 'a' | 'b' ) & 'c'", "!( 'a' & 'b' )", "'a' <-> 'b' <2> 'c'",
             "'a' <-> ( 'b' <2> 'c' )", "'a' <-> ( 'b' & 'c' )", "'a':*ABCD & 'b''\\\\'",
             "!'a' <-> 'b'", "'a' <0> 'b'", "'a' <16384> 'b'"}) {
        CAPTURE(same);
        CHECK(reparsed<tsquery>(same) == same);
    }
    CHECK(reparsed<tsquery>("(('a'))") == "'a'");
    CHECK(reparsed<tsquery>("'a'|'b'&'c'") == "'a' | 'b' & 'c'");
    for (char const* wrong : {"a", "'a' 'b'", "'a' &", "& 'a'", "(", ")", "('a'", "'a')", "()", "!",
             "'a' <", "'a' <-", "'a' <x> 'b'", "'a' <1 'b'", "'a' <99999> 'b'", "'a':", "'a':x",
             "'a", "'a' & & 'b'", "! & 'a'"}) {
        CAPTURE(wrong);
        CHECK(reparsed<tsquery>(wrong) == "none");
    }
}

TEST_CASE("a tsquery deeper than any stack is printed and read")
{
    constexpr std::size_t depth = 200000;
    tsquery right; // a & (a | (a & (…)))
    for (std::size_t i = 0; i < depth; ++i)
        right.items.push_back(
            {i % 2 == 0 ? tsquery::kind::and_ : tsquery::kind::or_, false, 0, 0, {}});
    right.items.resize(2 * depth + 1, {tsquery::kind::word, false, 0, 0, "a"});
    REQUIRE(right.is_whole());
    auto const again = tsquery::parse(to_string(right));
    REQUIRE(again);
    CHECK((*again == right));
    CHECK((from_binary<tsquery>(encoded(right, format::binary), oids::tsquery) == right));
    std::string const nots(depth, '!');
    CHECK((reparsed<tsquery>(nots + "'a'") == nots + "'a'"));
    CHECK((reparsed<tsquery>(std::string(depth, '(') + "'a'" + std::string(depth, ')')) == "'a'"));
}

TEST_CASE("items that are no tree are refused")
{
    tsquery const half{{{tsquery::kind::and_, false, 0, 0, {}}, {}}};
    tsquery const two{{{}, {}}};
    CHECK_FALSE(half.is_whole());
    CHECK_FALSE(two.is_whole());
    CHECK(tsquery{}.is_whole());
    CHECK(to_string(half) == "");
    CHECK_THROWS_AS(encoded(half, format::binary), pgcoro::encode_error);
    CHECK_THROWS_AS(encoded(tsquery{}, format::binary), pgcoro::encode_error);
    CHECK(as_text(tsquery{}) == "");
    CHECK_THROWS_AS(encoded(two, format::text), pgcoro::encode_error);
    tsquery const zero{{{tsquery::kind::word, false, 0, 0, std::string{"a\0b", 3}}}};
    CHECK_THROWS_AS(encoded(zero, format::binary), pgcoro::encode_error);
    CHECK(from_binary<tsquery>(to_bytes({"\0\0\0\1\2\2", 6}), oids::tsquery) == std::nullopt);
    CHECK(
        from_binary<tsquery>(to_bytes({"\0\0\0\1\1\x10\0a\0", 9}), oids::tsquery) == std::nullopt);
    CHECK(from_binary<tsquery>(to_bytes({"\0\0\0\1\2\5", 6}), oids::tsquery) == std::nullopt);
    CHECK(from_binary<tsquery>(to_bytes({"\0\0\0\1\2\0", 6}), oids::tsquery) == std::nullopt);
}

TEST_CASE("malformed text search values are refused without a look beyond them")
{
    decode_damaged<tsvector>(encoded(*tsvector::parse("'a':1A,2 'b''\\\\'"), format::binary),
        oids::tsvector, format::binary);
    decode_damaged<tsvector>(to_bytes("'a':1A,2 'b''\\\\'"), oids::tsvector, format::text);
    decode_damaged<tsquery>(encoded(*tsquery::parse("'a' & !'b':*A <-> 'c'"), format::binary),
        oids::tsquery, format::binary);
    decode_damaged<tsquery>(to_bytes("'a' & (!'b':*A <-> 'c')"), oids::tsquery, format::text);
    decode_garbage<tsvector>(60, {oids::tsvector});
    decode_garbage<tsquery>(60, {oids::tsquery});
    CHECK(from_binary<tsvector>(to_bytes({"\x7f\xff\xff\xff\0\0\0", 7}), oids::tsvector) ==
          std::nullopt);
    CHECK(from_binary<tsvector>(to_bytes({"\0\0\0\1a\0\xff\xff", 8}), oids::tsvector) ==
          std::nullopt);
    CHECK(from_binary<tsquery>(to_bytes({"\x7f\xff\xff\xff\1\0\0a\0", 9}), oids::tsquery) ==
          std::nullopt);
}
