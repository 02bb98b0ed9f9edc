#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/types/array.hpp"
#include "pgcoro/types/bitset.hpp"

#include <sstream>
#include <unordered_set>

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::bits;
using pgcoro::format;

TEST_CASE("strings of bits in both formats")
{
    // SELECT varbit_send('1010000011')
    bits const value = *bits::parse("1010000011");
    bytes const binary = to_bytes({"\0\0\0\xa\xa0\xc0", 6});
    CHECK(encoded(value, format::binary) == binary);
    CHECK(from_binary<bits>(binary, oids::varbit) == value);
    CHECK(from_text<bits>("1010000011", oids::bit) == value);
    CHECK(as_text(value) == "1010000011");
    CHECK(from_text<bits>("", oids::varbit) == bits{});
    CHECK(encoded(bits{}, format::binary) == to_bytes({"\0\0\0\0", 4}));
    CHECK(from_binary<bits>(to_bytes({"\0\0\0\0", 4}), oids::varbit) == bits{});
    CHECK(from_text<bits>("102", oids::bit) == std::nullopt);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<bits>>() == pgcoro::oid{1563});
    STATIC_REQUIRE(pgcoro::accepts<std::vector<bits>>(pgcoro::oid{1561}, format::binary));
}

TEST_CASE("bits are counted from the left")
{
    bits value{9};
    value.set(0);
    value.set(8);
    CHECK(to_string(value) == "100000001");
    CHECK(value[0]);
    CHECK_FALSE(value[1]);
    value.set(8, false);
    CHECK(to_string(value) == "100000000");
    CHECK(bits{{std::byte{0xff}}, 3} == *bits::parse("111"));
    CHECK(bits{{std::byte{0xff}}, 10} == *bits::parse("1111111100"));
    CHECK(bits{{std::byte{0xff}, std::byte{0xff}}, 8} == *bits::parse("11111111"));
    CHECK(bits{}.empty());
    std::ostringstream out;
    out << value;
    CHECK(out.str() == "100000000");
}

TEST_CASE("bits are ordered and hashed")
{
    CHECK(*bits::parse("0") < *bits::parse("00"));
    CHECK(*bits::parse("01") < *bits::parse("1"));
    CHECK(bits{} < *bits::parse("0"));
    CHECK(*bits::parse("0") != *bits::parse("00"));
    CHECK(std::unordered_set<bits>{bits{}, bits{1}, bits{2}, bits{1}}.size() == 3);
}

TEST_CASE("a bitset is as many bits, the highest at the left")
{
    CHECK(from_text<std::bitset<4>>("0110", oids::bit) == std::bitset<4>{6});
    CHECK(as_text(std::bitset<4>{6}) == std::bitset<4>{6}.to_string());
    CHECK(encoded(std::bitset<10>{1}, format::binary) == to_bytes({"\0\0\0\xa\0\x40", 6}));
    CHECK(from_binary<std::bitset<10>>(to_bytes({"\0\0\0\xa\0\x40", 6}), oids::varbit) ==
          std::bitset<10>{1});
    CHECK(from_text<std::bitset<4>>("011", oids::bit) == std::nullopt);
    CHECK(from_text<std::bitset<0>>("", oids::varbit) == std::bitset<0>{});
}

TEST_CASE("malformed bits are refused without a look beyond them")
{
    auto const refused = [](std::string_view value) {
        return from_binary<bits>(to_bytes(value), oids::varbit) == std::nullopt;
    };
    CHECK(refused({"\0\0\0\xa\xa0", 5}));
    CHECK(refused({"\0\0\0\xa\xa0\xc0\0", 7}));
    CHECK(refused({"\0\0\0", 3}));
    CHECK(refused({"\xff\xff\xff\xff", 4}));
    CHECK(refused({"\x7f\xff\xff\xff\0", 5}));
    CHECK(from_binary<bits>(to_bytes({"\0\0\0\2\xff", 5}), oids::bit) == bits::parse("11"));
    decode_damaged<bits>(to_bytes({"\0\0\0\xa\xa0\xc0", 6}), oids::varbit, format::binary);
    decode_garbage<bits>(20, {oids::varbit, oids::bit});
    decode_garbage<std::bitset<4>>(20, {oids::varbit});
}
