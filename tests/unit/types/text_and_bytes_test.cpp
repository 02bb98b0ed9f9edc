#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/types/builtin.hpp"
#include "pgcoro/types/text_form.hpp"

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::format;

TEST_CASE("strings take every type as text, and text types as binary")
{
    CHECK(from_text<std::string>("2024-02-29", oids::date) == "2024-02-29");
    CHECK(from_binary<std::string>(to_bytes("abc"), oids::varchar) == "abc");
    CHECK(from_text<std::string>("", oids::text) == "");
    CHECK(from_text<std::string>(std::string(100000, 'x'), oids::text)->size() == 100000);
    STATIC_REQUIRE(pgcoro::result_format_of<std::string>() == format::text);
    STATIC_REQUIRE(pgcoro::accepts<std::string>(oids::numeric, format::text));
    STATIC_REQUIRE(pgcoro::accepts<std::string>(oids::json, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<std::string>(oids::jsonb, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<std::string>(oids::int4, format::binary));
}

TEST_CASE("string_view and span borrow the field's bytes")
{
    STATIC_REQUIRE(pgcoro::borrows<std::string_view>());
    STATIC_REQUIRE(pgcoro::borrows<std::span<std::byte const>>());
    STATIC_REQUIRE(pgcoro::borrows<std::optional<std::string_view>>());
    STATIC_REQUIRE(!pgcoro::borrows<std::string>());

    owned_field const text{to_bytes("abc"), oids::text, format::text};
    std::string_view view;
    REQUIRE(pgcoro::decode_field(text.get(), view));
    CHECK(view == "abc");
    CHECK(static_cast<void const*>(view.data()) == text.get().data);

    owned_field const raw{to_bytes("abc"), oids::bytea, format::binary};
    std::span<std::byte const> span;
    REQUIRE(pgcoro::decode_field(raw.get(), span));
    CHECK(span.data() == raw.get().data);
    CHECK(span.size() == 3);
    STATIC_REQUIRE(!pgcoro::accepts<std::span<std::byte const>>(oids::bytea, format::text));
}

TEST_CASE("bytes are read from binary, hex and escaped text")
{
    using array = std::array<std::byte, 3>;
    bytes const expected{std::byte{0}, std::byte{0x5c}, std::byte{0xff}};
    CHECK(from_binary<bytes>(expected, oids::bytea) == expected);
    CHECK(from_text<bytes>("\\x005cff", oids::bytea) == expected);
    CHECK(from_text<bytes>("\\x005CFF", oids::bytea) == expected);
    CHECK(from_text<bytes>("\\000\\\\\\377", oids::bytea) == expected);
    CHECK(from_text<bytes>("abc", oids::bytea) == to_bytes("abc"));
    CHECK(from_text<bytes>("", oids::bytea) == bytes{});
    CHECK(from_text<bytes>("\\x", oids::bytea) == bytes{});
    for (char const* wrong : {"\\x0", "\\x0g", "\\xg0", "\\", "\\00", "\\400", "\\08a", "\\x 0"}) {
        CAPTURE(wrong);
        CHECK(from_text<bytes>(wrong, oids::bytea) == std::nullopt);
    }
    CHECK(from_text<array>("\\x005cff", oids::bytea).has_value());
    CHECK(from_text<array>("\\x005c", oids::bytea) == std::nullopt);
    CHECK(from_text<array>("\\x005cff00", oids::bytea) == std::nullopt);
    CHECK(from_binary<array>(expected, oids::bytea).has_value());
    for (std::size_t size = 0; size <= 6; ++size)
        CHECK(from_binary<array>(bytes(size), oids::bytea).has_value() == (size == 3));
    decode_garbage<bytes>(12, {oids::bytea});
    decode_garbage<array>(12, {oids::bytea});
}

TEST_CASE("bytes are written in both formats")
{
    bytes const value{std::byte{0}, std::byte{0xab}};
    CHECK(encoded(value, format::binary) == value);
    CHECK(as_text(value) == "\\x00ab");
    CHECK(as_text(bytes{}) == "\\x");
    CHECK(as_text(std::span<std::byte const>{value}) == "\\x00ab");
    CHECK(as_text(std::array<std::byte, 1>{}) == "\\x00");
}

TEST_CASE("optional takes NULL, and nothing else changes")
{
    pgcoro::field const null{nullptr, -1, oids::int4, format::binary};
    std::optional<int> number = 5;
    CHECK(pgcoro::decode_field(null, number));
    CHECK(number == std::nullopt);
    std::string text;
    CHECK_FALSE(pgcoro::decode_field(null, text));
    std::string_view view;
    CHECK_FALSE(pgcoro::decode_field(null, view));

    CHECK(from_binary<std::optional<int>>(big(7), oids::int4) == std::optional<int>{7});
    CHECK(from_binary<std::optional<int>>(bytes(3), oids::int4) == std::nullopt);
    STATIC_REQUIRE(pgcoro::type_of<std::optional<int>>() == oids::int4);
    STATIC_REQUIRE(pgcoro::accepts<std::optional<std::int64_t>>(oids::int4, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<std::optional<int>>(oids::int8, format::binary));
    STATIC_REQUIRE(!pgcoro::has_codec<std::optional<void*>>);
    STATIC_REQUIRE(pgcoro::encodable<char const*>);
    STATIC_REQUIRE(!pgcoro::decodable<char const*>);
}

TEST_CASE("binary values of built-in types become the text of the server")
{
    auto const text = [](bytes const& value, pgcoro::oid type, format as = format::binary) {
        owned_field const from{value, type, as};
        std::string out;
        pgcoro::append_text(from.get(), out);
        return out;
    };
    CHECK(text(big(std::uint8_t{1}), oids::bool_) == "t");
    CHECK(text(big(std::uint8_t{0}), oids::bool_) == "f");
    CHECK(text(big(std::int16_t{-3}), oids::int2) == "-3");
    CHECK(text(big(std::int32_t{-3}), oids::int4) == "-3");
    CHECK(text(big(std::int64_t{-3}), oids::int8) == "-3");
    CHECK(text(big(0xffffffffU), oids::oid_) == "4294967295");
    CHECK(text(big(std::bit_cast<std::uint32_t>(8.5e9F)), oids::float4) == "8.4999997e+09");
    CHECK(text(big(std::bit_cast<std::uint64_t>(1e20)), oids::float8) == "1e+20");
    CHECK(text(to_bytes("a\xff"), oids::bytea) == "\\x61ff");
    CHECK(text(to_bytes("abc"), oids::text) == "abc");
    CHECK(text(to_bytes("2024-02-29"), oids::date, format::text) == "2024-02-29");
    // of a wrong length, or a type without a text form here: never anything beyond the bytes
    CHECK(text(bytes(3), oids::int4) == "\\x000000");
    CHECK(text(bytes{}, oids::bool_) == "\\x");
    CHECK(text(bytes(2), oids::date) == "\\x0000");
    std::string null;
    pgcoro::append_text({}, null);
    CHECK(null == "NULL");
}

TEST_CASE("a string that can't be made leaves an empty one")
{
    std::string to(100, 'x');
    // More than there can be: a string throws before it looks.
    std::byte const some{};
    pgcoro::field const from{&some, -1, pgcoro::oids::text, pgcoro::format::text};
    CHECK_THROWS_AS(pgcoro::codec<std::string>::decode(from, to), std::length_error);
    CHECK(to.empty());
}
