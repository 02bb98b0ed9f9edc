#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/core/error.hpp"
#include "pgcoro/types/builtin.hpp"
#include "pgcoro/types/parameters.hpp"

#include <limits>
#include <unordered_set>

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::format;

namespace {

constexpr std::string_view sample = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";

} // namespace

TEMPLATE_TEST_CASE("numbers without a sign are types of their own", "", pgcoro::oid, pgcoro::xid,
    pgcoro::cid, pgcoro::xid8)
{
    using number = std::underlying_type_t<TestType>;
    constexpr pgcoro::oid type = pgcoro::type_of<TestType>();
    number const most = std::numeric_limits<number>::max();

    STATIC_REQUIRE(type != pgcoro::unspecified_oid);
    STATIC_REQUIRE(
        pgcoro::type_of<std::vector<TestType>>() == pgcoro::array_of(pgcoro::type_of<TestType>()));
    STATIC_REQUIRE(pgcoro::array_of(type) != pgcoro::unspecified_oid);
    STATIC_REQUIRE(!std::is_convertible_v<TestType, number>);
    STATIC_REQUIRE(!pgcoro::accepts<TestType>(oids::int4, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<TestType>(oids::int8, format::binary));

    for (number const value : {number{0}, number{1}, static_cast<number>(most / 2 + 1), most}) {
        TestType const id{value};
        CHECK(encoded(id, format::binary) == big(value));
        CHECK(as_text(id) == std::to_string(value));
        CHECK(from_binary<TestType>(big(value), type) == id);
        CHECK(from_text<TestType>(std::to_string(value), type) == id);
        CHECK(to_string(id) == std::to_string(value));
        CHECK(printed(id) == std::to_string(value));
        CHECK(is_exchanged_as(id, big(value), std::to_string(value)));
    }
    for (std::string_view const wrong : {"", "-1", "+1", " 1", "1 ", "1x", "18446744073709551616"})
        CHECK(from_text<TestType>(wrong, type) == std::nullopt);
    for (std::size_t length = 0; length <= 2 * sizeof(number); ++length)
        CHECK(from_binary<TestType>(bytes(length), type).has_value() == (length == sizeof(number)));
    decode_garbage<TestType>(2 * sizeof(number), {type, oids::text});
    CHECK(TestType{} == TestType{0});
}

TEST_CASE("an oid is read from what names a thing of the catalog, in binary")
{
    for (pgcoro::oid const type : {oids::regclass, oids::regtype, oids::regproc, oids::regrole}) {
        CHECK(pgcoro::accepts<pgcoro::oid>(type, format::binary));
        CHECK_FALSE(pgcoro::accepts<pgcoro::oid>(type, format::text));
        CHECK(from_binary<pgcoro::oid>(big(1259U), type) == pgcoro::oid{1259});
    }
    CHECK(pgcoro::accepts<std::vector<pgcoro::oid>>(pgcoro::oid{2210}, format::binary));
    CHECK(pgcoro::accepts<std::int64_t>(oids::oid_, format::binary));
    CHECK_FALSE(pgcoro::accepts<std::int32_t>(oids::oid_, format::binary));
}

TEST_CASE("\"char\" is any one byte")
{
    STATIC_REQUIRE(pgcoro::type_of<char>() == oids::char_);
    STATIC_REQUIRE(pgcoro::type_of<std::vector<char>>() == oids::char_array);
    STATIC_REQUIRE(!pgcoro::accepts<char>(oids::bpchar, format::text));
    for (int value = 0; value < 256; ++value) {
        auto const byte = static_cast<char>(value);
        std::string const text(value == 0 ? 0 : 1, byte);
        CHECK(encoded(byte, format::binary) == bytes{static_cast<std::byte>(value)});
        CHECK(as_text(byte) == text);
        CHECK(from_binary<char>({static_cast<std::byte>(value)}, oids::char_) == byte);
        CHECK(from_text<char>(text, oids::char_) == byte);
    }
    CHECK(from_text<char>("\\351", oids::char_) == '\351');
    CHECK(from_text<char>("\\377", oids::char_) == '\377');
    for (std::string_view const wrong : {"ab", "abc", "\\35", "\\451", "\\151", "\\3818", "\\38a"})
        CHECK(from_text<char>(wrong, oids::char_) == std::nullopt);
    for (std::size_t length = 0; length <= 4; ++length)
        CHECK(from_binary<char>(bytes(length), oids::char_).has_value() == (length == 1));
    decode_garbage<char>(6, {oids::char_, oids::text});
}

TEST_CASE("a uuid is parsed as the server does, and printed in its one form")
{
    constexpr auto id = pgcoro::uuid::parse(sample);
    STATIC_REQUIRE(id.has_value());
    STATIC_REQUIRE(id->bytes[0] == std::byte{0xa0});
    STATIC_REQUIRE(id->bytes[15] == std::byte{0x11});
    CHECK(to_string(*id) == sample);
    CHECK(printed(*id) == sample);
    for (std::string_view const same : {"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
             "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11",
             "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11", "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}"})
        CHECK(pgcoro::uuid::parse(same) == id);
    for (std::string_view const wrong :
        {"", "{}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a112",
            "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
            "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11",
            "-a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0eebc999c0b4ef8bb6d6bb9bd380a11-",
            "a-0eebc999c0b4ef8bb6d6bb9bd380a11", " a0eebc999c0b4ef8bb6d6bb9bd380a11"})
        CHECK(pgcoro::uuid::parse(wrong) == std::nullopt);
}

TEST_CASE("uuids order as their bytes do, and hash")
{
    pgcoro::uuid low;
    pgcoro::uuid high;
    high.bytes[0] = std::byte{0x80};
    low.bytes[15] = std::byte{0xff};
    CHECK(low < high);
    CHECK(pgcoro::uuid{} < low);
    CHECK(pgcoro::uuid{}.is_nil());
    CHECK_FALSE(low.is_nil());
    std::unordered_set<std::size_t> hashes;
    for (int i = 0; i < 16; ++i)
        for (int bit = 0; bit < 8; ++bit) {
            pgcoro::uuid id;
            id.bytes[static_cast<std::size_t>(i)] = static_cast<std::byte>(1 << bit);
            hashes.insert(std::hash<pgcoro::uuid>{}(id));
        }
    CHECK(hashes.size() == 128);
}

TEST_CASE("a uuid is sixteen bytes, or its text")
{
    pgcoro::uuid const id = *pgcoro::uuid::parse(sample);
    bytes const wire{id.bytes.begin(), id.bytes.end()};
    CHECK(encoded(id, format::binary) == wire);
    CHECK(as_text(id) == sample);
    CHECK(from_binary<pgcoro::uuid>(wire, oids::uuid) == id);
    CHECK(from_text<pgcoro::uuid>(sample, oids::uuid) == id);
    CHECK(from_text<pgcoro::uuid>(sample.substr(1), oids::uuid) == std::nullopt);
    for (std::size_t length = 0; length <= 32; ++length)
        CHECK(from_binary<pgcoro::uuid>(bytes(length), oids::uuid).has_value() == (length == 16));
    decode_garbage<pgcoro::uuid>(40, {oids::uuid});
    decode_damaged<pgcoro::uuid>(to_bytes(sample), oids::uuid, format::text);
    CHECK(is_exchanged_as(id, wire, std::string{sample}));
    CHECK(encoded(std::vector{id}, format::binary).size() == 20 + 4 + 16);
    CHECK(as_text(std::vector{id}) == "{\"" + std::string{sample} + "\"}");
}
