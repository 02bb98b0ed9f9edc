#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/core/error.hpp"
#include "pgcoro/types/builtin.hpp"
#include "pgcoro/types/ewkb.hpp"
#include "pgcoro/types/hstore.hpp"
#include "pgcoro/types/pgvector.hpp"

#include <sstream>

using namespace testing_fields;
using pgcoro::ewkb;
using pgcoro::format;
using pgcoro::hstore;
using pgcoro::pgvector;

namespace {

constexpr pgcoro::oid some_oid{16402};

} // namespace

TEST_CASE("an hstore in both formats")
{
    hstore const value{{"a", "1"}, {"b\"\\", std::nullopt}, {"", ""}};
    std::string const text = R"(""=>"", "a"=>"1", "b\"\\"=>NULL)";
    CHECK(as_text(value) == text);
    CHECK(from_text<hstore>(text, some_oid) == value);
    CHECK(from_text<hstore>("", some_oid) == hstore{});
    // SELECT hstore_send('a=>1, b=>NULL')
    bytes const binary = to_bytes({"\0\0\0\2\0\0\0\1a\0\0\0\1"
                                   "1\0\0\0\1b\xff\xff\xff\xff",
        23});
    CHECK(encoded(hstore{{"a", "1"}, {"b", std::nullopt}}, format::binary) == binary);
    CHECK(from_binary<hstore>(binary, some_oid) == hstore{{"a", "1"}, {"b", std::nullopt}});
    CHECK(from_binary<hstore>(encoded(value, format::binary), some_oid) == value);
    CHECK(from_binary<hstore>(encoded(hstore{}, format::binary), some_oid) == hstore{});
    for (char const* wrong :
        {"a", "\"a\"", "\"a\"=>", "\"a\"=>1", "\"a\"=>\"1", "\"a\"=>\"1\",", "\"a\"=>\"1\", ",
            "\"a\"=>\"1\" \"b\"=>NULL", "NULL=>\"a\"", "\"a\"=>\"1\\", "\"", "\"a\"=>\""}) {
        CAPTURE(wrong);
        CHECK(from_text<hstore>(wrong, some_oid) == std::nullopt);
    }
    for (std::size_t size = 0; size < binary.size(); ++size)
        CHECK(from_binary<hstore>(
                  {binary.begin(), binary.begin() + static_cast<std::ptrdiff_t>(size)}, some_oid) ==
              std::nullopt);
    CHECK(from_binary<hstore>(to_bytes({"\0\0\0\1\xff\xff\xff\xff\0\0\0\0", 12}), some_oid) ==
          std::nullopt);
    CHECK(from_binary<hstore>(to_bytes({"\0\0\0\1\xff\xff\xff\xfe\0\0\0\0", 12}), some_oid) ==
          std::nullopt);
    decode_damaged<hstore>(binary, some_oid, format::binary);
    decode_damaged<hstore>(to_bytes(text), some_oid, format::text);
    decode_garbage<hstore>(50, {some_oid});
    STATIC_REQUIRE(pgcoro::type_name_of<hstore>() == "hstore");
    STATIC_REQUIRE(pgcoro::accepts<hstore>(some_oid, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<hstore>(pgcoro::oids::json, format::binary));
}

TEST_CASE("pgvector's vector in both formats")
{
    pgvector const value{{1, 2.5F, -0.1F}};
    CHECK(to_string(value) == "[1,2.5,-0.1]");
    CHECK(as_text(value) == "[1,2.5,-0.1]");
    CHECK(from_text<pgvector>("[1,2.5,-0.1]", some_oid) == value);
    CHECK(from_text<pgvector>("[]", some_oid) == pgvector{});
    bytes const binary = to_bytes({"\0\3\0\0\x3f\x80\0\0\x40\x20\0\0\xbd\xcc\xcc\xcd", 16});
    CHECK(encoded(value, format::binary) == binary);
    CHECK(from_binary<pgvector>(binary, some_oid) == value);
    std::ostringstream out;
    out << value;
    CHECK(out.str() == "[1,2.5,-0.1]");
    for (char const* wrong : {"", "[", "1,2", "[1,]", "[,1]", "[1 2]", "[a]", "[1,2", "1]"}) {
        CAPTURE(wrong);
        CHECK(from_text<pgvector>(wrong, some_oid) == std::nullopt);
    }
    for (std::size_t size = 0; size < binary.size(); ++size)
        CHECK(from_binary<pgvector>(
                  {binary.begin(), binary.begin() + static_cast<std::ptrdiff_t>(size)}, some_oid) ==
              std::nullopt);
    CHECK_THROWS_AS(
        encoded(pgvector{std::vector<float>(65536)}, format::binary), pgcoro::encode_error);
    decode_damaged<pgvector>(binary, some_oid, format::binary);
    decode_garbage<pgvector>(50, {some_oid});
}

TEST_CASE("a geometry is its EWKB, in hexadecimal where it is text")
{
    // SELECT 'SRID=4326;POINT(1 2)'::geometry
    std::string const text = "0101000020E6100000000000000000F03F0000000000000040";
    auto const value = from_text<ewkb>(text, some_oid);
    REQUIRE(value);
    CHECK(value->bytes.size() == 25);
    CHECK(as_text(*value) == text);
    CHECK(from_binary<ewkb>(value->bytes, some_oid) == value);
    CHECK(encoded(*value, format::binary) == value->bytes);
    CHECK(from_text<ewkb>("010", some_oid) == std::nullopt);
    CHECK(from_text<ewkb>("0g", some_oid) == std::nullopt);
    std::ostringstream out;
    out << *value;
    CHECK(out.str() == text);
    decode_garbage<ewkb>(30, {some_oid});
}
