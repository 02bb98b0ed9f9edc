#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/core/error.hpp"
#include "pgcoro/types/builtin.hpp"

#include <limits>

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::format;
using pgcoro::lsn;
using pgcoro::money;
using pgcoro::snapshot;
using pgcoro::tid;
using pgcoro::xid8;

namespace {

using int64 = std::numeric_limits<std::int64_t>;

bytes wire_of(std::uint32_t count, std::initializer_list<std::uint64_t> numbers)
{
    bytes wire = big(count);
    for (std::uint64_t const number : numbers)
        for (std::byte const each : big(number))
            wire.push_back(each);
    return wire;
}

} // namespace

TEST_CASE("money is a count of cents, written as lc_monetary = C has it")
{
    STATIC_REQUIRE(pgcoro::type_of<money>() == oids::money);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<money>>() == oids::money_array);
    auto const exchanged = [](std::int64_t cents, std::string const& text) {
        return is_exchanged_as(money{cents}, big(cents), text);
    };
    CHECK(exchanged(0, "$0.00"));
    CHECK(exchanged(1, "$0.01"));
    CHECK(exchanged(-1, "-$0.01"));
    CHECK(exchanged(99'999, "$999.99"));
    CHECK(exchanged(100'000, "$1,000.00"));
    CHECK(exchanged(-123'456'789, "-$1,234,567.89"));
    CHECK(exchanged(int64::max(), "$92,233,720,368,547,758.07"));
    CHECK(exchanged(int64::min(), "-$92,233,720,368,547,758.08"));
    for (std::string_view const wrong :
        {"", "$", "-", "1.00", "$1", "$1.0", "$1.000", "$.50", "$1000.00", "$1,00.00", "$,100.00",
            "$1,000", "$1,0000.00", "$-1.00", "($1.00)", "$1.00 ", "$92,233,720,368,547,758.08",
            "-$92,233,720,368,547,758.09", "$999,999,999,999,999,999,999.00", "1.000,00 €"}) {
        CAPTURE(wrong);
        CHECK_FALSE(from_text<money>(wrong, oids::money).has_value());
    }
    CHECK(has_only_size<money>(8));
    decode_garbage<money>(20, {oids::money});
    decode_damaged<money>(to_bytes("-$1,234,567.89"), oids::money, format::text);
    CHECK(money{-1} < money{});
    CHECK(money::parse("$12.50") == money{1250});
    CHECK(printed(money{1250}) == "$12.50");
}

TEST_CASE("a position in the log prints as two halves")
{
    STATIC_REQUIRE(pgcoro::type_of<lsn>() == oids::pg_lsn);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<lsn>>() == oids::pg_lsn_array);
    auto const exchanged = [](std::uint64_t position, std::string const& text) {
        return is_exchanged_as(lsn{position}, big(position), text);
    };
    CHECK(exchanged(0, "0/0"));
    CHECK(exchanged(0x16'b374'd848, "16/B374D848"));
    CHECK(exchanged(0x1'0000'0001, "1/1"));
    CHECK(exchanged(0xffff'ffff, "0/FFFFFFFF"));
    CHECK(exchanged(~std::uint64_t{0}, "FFFFFFFF/FFFFFFFF"));
    CHECK(lsn::parse("16/b374d848") == lsn{0x16'b374'd848});
    CHECK(lsn::parse("00000016/0B374D8") == lsn{0x16'00b3'74d8});
    for (std::string_view const wrong : {"", "/", "0", "0/", "/0", "0/0/0", "0/123456789",
             "123456789/0", "0/G", "0/-1", " 0/0", "0/0 ", "0x0/0"})
        CHECK_FALSE(from_text<lsn>(wrong, oids::pg_lsn).has_value());
    CHECK(has_only_size<lsn>(8));
    decode_garbage<lsn>(20, {oids::pg_lsn});
    CHECK(lsn{1} < lsn{~std::uint64_t{0}});
    CHECK(printed(lsn{0x16'b374'd848}) == "16/B374D848");
}

TEST_CASE("a tid is a block and a row in it")
{
    STATIC_REQUIRE(pgcoro::type_of<tid>() == oids::tid);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<tid>>() == oids::tid_array);
    auto const exchanged = [](tid const& value, std::string const& text) {
        bytes wire = big(value.block);
        for (std::byte const each : big(value.offset))
            wire.push_back(each);
        return is_exchanged_as(value, wire, text);
    };
    CHECK(exchanged({0, 0}, "(0,0)"));
    CHECK(exchanged({0, 1}, "(0,1)"));
    CHECK(exchanged({4'294'967'295, 65'535}, "(4294967295,65535)"));
    for (std::string_view const wrong : {"", "()", "(0)", "(0,)", "(,0)", "(0,1", "0,1", "(0,1) ",
             "(-1,1)", "(0,65536)", "(4294967296,0)", "(0, 1)", "(0,1,2)"})
        CHECK_FALSE(from_text<tid>(wrong, oids::tid).has_value());
    CHECK(has_only_size<tid>(6));
    decode_garbage<tid>(20, {oids::tid});
    CHECK(tid{0, 9} < tid{1, 0});
    CHECK(printed(tid{3, 4}) == "(3,4)");
}

TEST_CASE("a snapshot tells which transactions were in progress")
{
    STATIC_REQUIRE(pgcoro::type_of<snapshot>() == oids::pg_snapshot);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<snapshot>>() == oids::pg_snapshot_array);
    STATIC_REQUIRE(pgcoro::accepts<snapshot>(oids::txid_snapshot, format::binary));
    CHECK(is_exchanged_as(snapshot{xid8{10}, xid8{20}, {xid8{10}, xid8{14}, xid8{15}}},
        wire_of(3, {10, 20, 10, 14, 15}), "10:20:10,14,15"));
    CHECK(is_exchanged_as(snapshot{xid8{1}, xid8{1}, {}}, wire_of(0, {1, 1}), "1:1:"));
    std::uint64_t const most = 0x7fff'ffff'ffff'ffff;
    CHECK(is_exchanged_as(snapshot{xid8{1}, xid8{most}, {xid8{most - 1}}},
        wire_of(1, {1, most, most - 1}), "1:9223372036854775807:9223372036854775806"));
    for (std::string_view const wrong : {"", ":", "::", "1:1", "0:1:", "2:1:", "1:2:2", "2:3:1",
             "1:9:3,2", "1:9:2,2", "1:9:2,", "1:9:,2", "1:9:2,,3", "1:9:2:3", "1:9:x",
             " 1:9:", "1:9: 2", "1:9223372036854775808:", "-1:9:", "1:99999999999999999999:"}) {
        CAPTURE(wrong);
        CHECK_FALSE(from_text<snapshot>(wrong, oids::pg_snapshot).has_value());
    }
    for (bytes const& wrong : {bytes{}, wire_of(1, {1, 9}), wire_of(0, {1, 9, 2}), wire_of(0, {1}),
             wire_of(0, {0, 1}), wire_of(0, {2, 1}), wire_of(2, {1, 9, 3, 2}),
             wire_of(0x2000'0000, {1, 9}), wire_of(0xffff'ffff, {1, 9})}) {
        CHECK_FALSE(from_binary<snapshot>(wrong, oids::pg_snapshot).has_value());
        CHECK(record_text(wrong, oids::pg_snapshot, format::binary).substr(0, 2) == "\\x");
    }
    decode_garbage<snapshot>(40, {oids::pg_snapshot});
    decode_damaged<snapshot>(wire_of(2, {1, 9, 2, 3}), oids::pg_snapshot, format::binary);
    CHECK_THROWS_AS(encoded(snapshot{}, format::binary), pgcoro::encode_error);
    CHECK_THROWS_AS(
        encoded(snapshot{xid8{1}, xid8{3}, {xid8{3}}}, format::text), pgcoro::encode_error);
    CHECK(printed(snapshot{xid8{1}, xid8{3}, {xid8{2}}}) == "1:3:2");
}
