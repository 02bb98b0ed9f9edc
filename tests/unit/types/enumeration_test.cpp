#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/core/error.hpp"
#include "pgcoro/types/builtin.hpp"
#include "pgcoro/types/enumeration.hpp"

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::format;

namespace shop {

enum class mood : unsigned char
{
    sad,
    ok,
    happy = 7,
    last = 127,
    too_far
};

enum class size
{
    small = -1,
    large = 1
};

enum plain
{
    first,
    second
};

enum class number
{
    one = 1
};

} // namespace shop

namespace {

enum class hidden : bool
{
    no,
    yes
};

constexpr pgcoro::oid mood_oid{16402};

} // namespace

template <>
inline constexpr bool pgcoro::is_sql_enum<shop::mood> = true;
template <>
inline constexpr bool pgcoro::is_sql_enum<hidden> = true;
template <>
inline constexpr pgcoro::enum_label<shop::size> pgcoro::enum_labels<shop::size>[] = {
    {shop::size::small, "very small"}, {shop::size::large, "large"}};
template <>
inline constexpr pgcoro::enum_label<shop::plain> pgcoro::enum_labels<shop::plain>[] = {
    {shop::first, "1st"}, {shop::second, "2nd"}};

using shop::mood;

TEST_CASE("an enum goes by the names of its enumerators")
{
    CHECK(as_text(mood::sad) == "sad");
    CHECK(as_text(mood::happy) == "happy");
    CHECK(as_text(mood::last) == "last");
    CHECK(as_text(hidden::yes) == "yes");
    CHECK(from_text<mood>("ok", mood_oid) == mood::ok);
    CHECK(from_binary<mood>(to_bytes("happy"), mood_oid) == mood::happy);
    CHECK(from_text<hidden>("yes", mood_oid) == hidden::yes);
    for (char const* wrong : {"", "angry", "sa", "sadd", "Sad", "mood::sad", "too_far"}) {
        CAPTURE(wrong);
        CHECK(from_text<mood>(wrong, mood_oid) == std::nullopt);
    }
    CHECK_THROWS_WITH(as_text(mood::too_far),
        "the enum's value 128 has no label; pgcoro::enum_labels can give it one");
    CHECK_THROWS_AS(as_text(static_cast<mood>(3)), pgcoro::encode_error);
    STATIC_REQUIRE(pgcoro::label_of(mood::happy) == "happy");
    STATIC_REQUIRE(pgcoro::label_of(static_cast<mood>(5)).empty());
}

TEST_CASE("a table gives the labels that are no C++ names")
{
    CHECK(as_text(shop::size::small) == "very small");
    CHECK(from_text<shop::size>("very small", mood_oid) == shop::size::small);
    CHECK(from_text<shop::size>("small", mood_oid) == std::nullopt);
    CHECK(from_text<shop::size>("", mood_oid) == std::nullopt);
    CHECK_THROWS_AS(as_text(static_cast<shop::size>(0)), pgcoro::encode_error);
    CHECK(as_text(shop::second) == "2nd");
    CHECK(from_text<shop::plain>("1st", mood_oid) == shop::first);
}

TEST_CASE("enums are text, and no other enum has a codec")
{
    STATIC_REQUIRE(pgcoro::type_of<mood>() == pgcoro::unspecified_oid);
    STATIC_REQUIRE(pgcoro::accepts<mood>(mood_oid, format::text));
    STATIC_REQUIRE(pgcoro::accepts<mood>(oids::text, format::text));
    STATIC_REQUIRE(!pgcoro::accepts<mood>(oids::int4, format::text));
    STATIC_REQUIRE(!pgcoro::has_codec<shop::number>);
    STATIC_REQUIRE(!pgcoro::has_codec<std::byte>);
}

TEST_CASE("arrays of enums")
{
    using moods = std::vector<std::optional<mood>>;
    moods const value{mood::ok, std::nullopt};
    CHECK(as_text(value) == R"({"ok",NULL})");
    CHECK(from_text<moods>("{ok,NULL}", pgcoro::oid{16403}) == value);
    CHECK(from_text<moods>("{angry}", pgcoro::oid{16403}) == std::nullopt);
    std::vector<std::vector<shop::size>> const sizes{{shop::size::small}, {shop::size::large}};
    CHECK(as_text(sizes) == R"({{"very small"},{"large"}})");
}

TEST_CASE("hostile enums")
{
    decode_damaged<mood>(to_bytes("happy"), mood_oid, format::text);
    decode_damaged<mood>(to_bytes("happy"), mood_oid, format::binary);
    decode_garbage<mood>(12, {mood_oid});
    decode_garbage<shop::size>(12, {mood_oid});
    CHECK(decode_garbage<std::vector<mood>>(40, {pgcoro::oid{16403}}) < 1000);
}
