#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/types/array.hpp"
#include "pgcoro/types/inet.hpp"
#include "pgcoro/types/macaddr.hpp"
#include "pgcoro/types/nullable.hpp"

#include <sstream>
#include <unordered_set>

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::cidr;
using pgcoro::format;
using pgcoro::inet;
using pgcoro::macaddr;
using pgcoro::macaddr8;

namespace {

std::string reprinted(std::string_view text)
{
    auto const value = inet::parse(text);
    return value ? to_string(*value) : "none";
}

} // namespace

TEST_CASE("addresses are printed as the server prints them")
{
    for (char const* same : {"0.0.0.0", "255.255.255.255", "10.1.2.3/8", "10.0.0.0/0", "::", "::1",
             "::2", "1::", "2001:db8::1", "2001:db8::1/64", "1:0:1::1", "1:2:3:4:5:6:7:8",
             "1:0:2:3:4:5:6:7", "::ffff:1.2.3.4", "::1.2.3.4", "::ffff:0.0.0.0", "1::2:0:0:3",
             "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/0"}) {
        CAPTURE(same);
        CHECK(reprinted(same) == same);
    }
    CHECK(reprinted("1:0:0:2:3:0:0:4") == "1::2:3:0:0:4");
    CHECK(reprinted("0:0:0:0:0:0:0:0/128") == "::");
    CHECK(reprinted("FE80::ABCD") == "fe80::abcd");
    CHECK(reprinted("1.2.3.4/32") == "1.2.3.4");
    CHECK(reprinted("1:2:3:4:5:6:7::") == "1:2:3:4:5:6:7:0");
    for (char const* wrong :
        {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1",
            "1.2.3.4/8x", "1.2.3.4x", " 1.2.3.4", ":", ":::", "1:2", "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7:8::", "::1::", "::12345", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", "::g",
            "::1/129", "::1.2.3", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "/", "::/", "1::2:"}) {
        CAPTURE(wrong);
        CHECK(reprinted(wrong) == "none");
    }
}

TEST_CASE("the binary form of addresses is the server's")
{
    // SELECT inet_send('192.168.0.1/24'), cidr_send('2001:db8::/32')
    auto const address = *inet::parse("192.168.0.1/24");
    CHECK(encoded(address, format::binary) == to_bytes({"\2\x18\0\4\xc0\xa8\0\1", 8}));
    auto const network = *cidr::parse("2001:db8::/32");
    bytes const binary = to_bytes({"\3\x20\1\x10\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\0", 20});
    CHECK(encoded(network, format::binary) == binary);
    CHECK(from_binary<cidr>(binary, oids::cidr) == network);
    CHECK(from_binary<inet>(binary, oids::cidr) == network.address());
    CHECK(from_binary<inet>(encoded(address, format::binary), oids::inet) == address);
    CHECK(from_text<cidr>("10.0.0.0/8", oids::cidr) == cidr{*inet::parse("10.1.2.3/8")});
    CHECK(from_text<cidr>("10.0.0.1/8", oids::cidr) == std::nullopt);
    CHECK(from_binary<cidr>(encoded(address, format::binary), oids::cidr) == std::nullopt);
    CHECK(as_text(network) == "2001:db8::/32");
    CHECK(as_text(cidr{inet{inet::v4_bytes{1, 2, 3, 4}}}) == "1.2.3.4/32");
    STATIC_REQUIRE(pgcoro::accepts<inet>(oids::cidr, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<cidr>(oids::inet, format::binary));
    STATIC_REQUIRE(pgcoro::type_of<std::vector<inet>>() == pgcoro::oid{1041});
}

TEST_CASE("addresses are ordered, hashed, streamed and compared")
{
    std::vector<inet> sorted;
    for (char const* each : {"0.0.0.0/0", "10.0.0.0/8", "10.0.0.1/8", "10.0.0.0", "10.0.0.1",
             "11.0.0.0/8", "::/0", "::1"})
        sorted.push_back(*inet::parse(each));
    CHECK(std::is_sorted(sorted.begin(), sorted.end()));
    CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
    CHECK(std::unordered_set<inet>(sorted.begin(), sorted.end()).size() == sorted.size());
    std::ostringstream out;
    out << sorted[2] << ' ' << cidr{sorted[2]} << ' ' << macaddr{{1, 2, 3, 4, 5, 255}};
    CHECK(out.str() == "10.0.0.1/8 10.0.0.0/8 01:02:03:04:05:ff");

    cidr const ten{sorted[1]};
    CHECK(ten.contains(*inet::parse("10.9.8.7")));
    CHECK(ten.contains(sorted[1]));
    CHECK_FALSE(ten.contains(*inet::parse("10.0.0.0/7")));
    CHECK_FALSE(ten.contains(*inet::parse("11.0.0.0")));
    CHECK_FALSE(ten.contains(*inet::parse("a00::")));
    CHECK(inet{} == *inet::parse("0.0.0.0"));
    CHECK(inet{inet::v4_bytes{1, 2, 3, 4}, 99}.prefix() == 32);
    CHECK(std::hash<cidr>{}(ten) == std::hash<inet>{}(sorted[1]));
}

TEST_CASE("hardware addresses in both formats")
{
    macaddr const six{{8, 0, 0x2b, 1, 2, 0xff}};
    macaddr8 const eight{{8, 0, 0x2b, 1, 2, 3, 4, 5}};
    CHECK(as_text(six) == "08:00:2b:01:02:ff");
    CHECK(as_text(eight) == "08:00:2b:01:02:03:04:05");
    CHECK(encoded(six, format::binary) == to_bytes({"\x8\0\x2b\1\2\xff", 6}));
    CHECK(from_text<macaddr>("08:00:2B:01:02:ff", oids::macaddr) == six);
    CHECK(from_binary<macaddr8>(encoded(eight, format::binary), oids::macaddr8) == eight);
    CHECK(from_binary<macaddr>(encoded(eight, format::binary), oids::macaddr) == std::nullopt);
    for (char const* wrong : {"", "08:00:2b:01:02", "08:00:2b:01:02:f", "08-00-2b-01-02-03",
             "08:00:2b:01:02:0g", "08:00:2b:01:02:03:", "08:00:2b:01:02:03:04"}) {
        CAPTURE(wrong);
        CHECK(from_text<macaddr>(wrong, oids::macaddr) == std::nullopt);
    }
    CHECK(std::unordered_set<macaddr>{six, six, macaddr{}}.size() == 2);
    CHECK(macaddr{} < six);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<macaddr8>>() == pgcoro::oid{775});
}

TEST_CASE("malformed addresses are refused without a look beyond them")
{
    bytes const good = encoded(*inet::parse("2001:db8::1/64"), format::binary);
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK(from_binary<inet>({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)},
                  oids::inet) == std::nullopt);
    CHECK(from_binary<inet>(to_bytes({"\2\x21\0\4\0\0\0\0", 8}), oids::inet) == std::nullopt);
    CHECK(from_binary<inet>(to_bytes({"\4\x20\0\4\0\0\0\0", 8}), oids::inet) == std::nullopt);
    CHECK(from_binary<inet>(to_bytes({"\3\x20\0\4\0\0\0\0", 8}), oids::inet) == std::nullopt);
    decode_damaged<inet>(good, oids::inet, format::binary);
    decode_damaged<cidr>(to_bytes("2001:db8::1.2.3.4/64"), oids::cidr, format::text);
    decode_garbage<inet>(60, {oids::inet, oids::cidr});
    decode_garbage<cidr>(60, {oids::cidr});
    decode_garbage<macaddr>(20, {oids::macaddr});
    decode_garbage<macaddr8>(30, {oids::macaddr8});
}
