#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/core/error.hpp"
#include "pgcoro/types/all.hpp"
#include "pgcoro/types/parameters.hpp"

#include <chrono>

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::format;

namespace shop {

struct address
{
    std::string street;
    std::optional<int> number;
    friend bool operator==(address const&, address const&) = default;
};

struct customer
{
    int id;
    address home;
    std::vector<address> others;
    std::vector<int> scores;
    friend bool operator==(customer const&, customer const&) = default;
};

struct views
{
    std::string_view name;
    int number;
};

struct own
{
    int value;
};

struct by_constraint
{
    int value;
};

} // namespace shop

template <>
struct pgcoro::codec<shop::own>
{
    static constexpr oid type = oids::int4;
    static void encode(shop::own value, format as, byte_writer& to)
    {
        codec<int>::encode(value.value, as, to);
    }
};

template <>
inline constexpr bool pgcoro::has_own_codec<shop::by_constraint> = true;

template <class T>
requires std::is_same_v<T, shop::by_constraint>
struct pgcoro::codec<T> : codec<shop::own>
{};

namespace {

using shop::address;
using shop::customer;
using pair = std::pair<int, std::string>;
constexpr pgcoro::oid composite_oid{16700};

template <class T>
std::optional<T> literal(std::string_view text)
{
    return from_text<T>(text, composite_oid);
}

customer const tomas{7, {"Main \"St\", (old)", 12}, {{"a\\b", std::nullopt}, {"", 0}}, {1, 2}};

} // namespace

TEST_CASE("composites are sent as literals")
{
    CHECK(as_text(address{"Main St", 12}) == R"x(("Main St",12))x");
    CHECK(as_text(address{"", std::nullopt}) == R"x(("",))x");
    CHECK(as_text(pair{1, "a \"b\""}) == R"x((1,"a ""b"""))x");
    CHECK(as_text(std::tuple<int, std::optional<int>, bool>{1, std::nullopt, true}) == "(1,,t)");
    CHECK(as_text(std::tuple<std::tuple<int>>{}) == R"x(("(0)"))x");
    CHECK_THROWS_AS(encoded(address{}, format::binary), pgcoro::encode_error);

    pgcoro::byte_writer types;
    pgcoro::byte_writer values;
    pgcoro::encode_parameters(types, values, tomas, pair{});
    CHECK(pgcoro::load_big<std::uint32_t>(types.data() + 2) == 0);
    CHECK(pgcoro::load_big<std::uint32_t>(types.data() + 6) == 0);
}

TEST_CASE("composites are read from what the server writes")
{
    CHECK(literal<address>("(\"Main St\",12)") == address{"Main St", 12});
    CHECK(literal<address>("(,)") == std::nullopt); // NULL for a std::string
    CHECK(literal<address>("(\"\",)") == address{"", std::nullopt});
    CHECK(literal<address>("(a,-1)") == address{"a", -1});
    CHECK(literal<pair>(R"x((1,"a ""b"" \\ c"))x") == pair{1, "a \"b\" \\ c"});
    CHECK(literal<pair>(R"x((1,"a,)"))x") == pair{1, "a,)"});
    CHECK(literal<std::tuple<std::optional<int>>>("()") == std::tuple<std::optional<int>>{});
    CHECK(literal<customer>(as_text(tomas)) == tomas);
    CHECK(literal<std::vector<pair>>(R"x({"(1,a)","(2,\"b c\")"})x") ==
          std::vector<pair>{{1, "a"}, {2, "b c"}});
    for (char const* wrong : {"", "(", ")", "()", "(a)", "(a,1", "a,1)", "(a,1,2)", "(a,1))",
             "(a,1)x", "(a,x)", "(\"a,1)", "(a\\", "{a,1}", "(a,1\\)", " (a,1)"}) {
        CAPTURE(wrong);
        CHECK(literal<address>(wrong) == std::nullopt);
    }
}

TEST_CASE("what is wrong with a composite is said")
{
    auto const explained = [](std::string_view text) {
        owned_field const from{to_bytes(text), composite_oid, format::text};
        return pgcoro::explain_value<address>(from.get());
    };
    CHECK(explained("(a)") == "it has 1 column, not 2");
    CHECK(explained("()") == "it has 1 column, not 2");
    CHECK(explained("(a,1,)") == "it has 3 columns, not 2");
    CHECK(explained("(,1)") == "its column 1 does not fit");
    CHECK(explained("(\"a,b\",x)") == "its column 2 does not fit");
    for (char const* wrong : {"", "(", "a", "(a", "(a,1)x", "(a,1))", "{}"}) {
        CAPTURE(wrong);
        CHECK(explained(wrong) == "that is no composite");
    }

    // the settings that may be why
    using dated = std::tuple<int, std::optional<std::chrono::sys_days>, pgcoro::interval>;
    auto const why = [](std::string_view text) {
        owned_field const from{to_bytes(text), composite_oid, format::text};
        return pgcoro::explain_value<dated>(from.get());
    };
    CHECK(why("(1,03/02/2024,\"1 mon\")") ==
          "its column 2 does not fit; within a composite it needs DateStyle = ISO");
    CHECK(why("(1,2024-02-03,P1M)") ==
          "its column 3 does not fit; within a composite it needs IntervalStyle = postgres");
    CHECK(why("(x,2024-02-03,P1M)") == "its column 1 does not fit");
}

TEST_CASE("composites are rows when they stand alone, and values within others")
{
    STATIC_REQUIRE(pgcoro::composite_value<address>);
    STATIC_REQUIRE(pgcoro::composite_value<pair>);
    STATIC_REQUIRE(pgcoro::composite_value<std::tuple<int>>);
    STATIC_REQUIRE(!pgcoro::composite_value<std::optional<address>>);
    STATIC_REQUIRE(!pgcoro::composite_value<shop::own>);
    STATIC_REQUIRE(!pgcoro::composite_value<shop::by_constraint>);
    STATIC_REQUIRE(pgcoro::type_of<shop::by_constraint>() == oids::int4);
    STATIC_REQUIRE(pgcoro::accepts<address>(composite_oid, format::text));
    STATIC_REQUIRE(pgcoro::accepts<address>(oids::record, format::text));
    STATIC_REQUIRE(!pgcoro::accepts<address>(oids::text, format::text));
    STATIC_REQUIRE(!pgcoro::accepts<address>(oids::int4_array, format::text));
    STATIC_REQUIRE(pgcoro::result_format_of<customer>() == format::text);
    STATIC_REQUIRE(pgcoro::accepts<std::vector<address>>(pgcoro::oid{2287}, format::text));
}

TEST_CASE("composites that borrow are read in binary")
{
    STATIC_REQUIRE(pgcoro::borrows<shop::views>());
    STATIC_REQUIRE(pgcoro::result_format_of<shop::views>() == format::binary);
    STATIC_REQUIRE(!pgcoro::accepts<shop::views>(composite_oid, format::text));
    // SELECT record_send(ROW('ab'::text, 5))
    bytes const value = to_bytes({"\0\0\0\2\0\0\0\x19\0\0\0\2ab\0\0\0\x17\0\0\0\4\0\0\0\5", 26});
    owned_field const from{value, composite_oid, format::binary};
    shop::views to{};
    REQUIRE(pgcoro::decode_field(from.get(), to));
    CHECK(to.name == "ab");
    CHECK(static_cast<void const*>(to.name.data()) == from.get().data + 12);
    CHECK(to.number == 5);
    for (std::size_t size = 0; size < 2 * value.size(); ++size) {
        bytes cut = value;
        cut.resize(size);
        owned_field const part{cut, composite_oid, format::binary};
        shop::views any{};
        CHECK(pgcoro::decode_field(part.get(), any) == (size == value.size()));
    }
    CHECK(
        from_binary<pair>(to_bytes({"\0\0\0\2\0\0\0\x17\0\0\0\4\0\0\0\5\0\0\0\x19\0\0\0\2ab", 26}),
            composite_oid) == pair{5, "ab"});
    CHECK(from_binary<pair>(value, composite_oid) == std::nullopt); // the other way round
}

TEST_CASE("hostile composites")
{
    std::string const good = as_text(tomas);
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK(literal<customer>(std::string_view{good}.substr(0, size)) == std::nullopt);
    for (std::size_t size = 1; size <= good.size(); ++size)
        CHECK(literal<customer>(good + good.substr(0, size)) == std::nullopt);
    decode_damaged<customer>(to_bytes(good), composite_oid, format::text);
    decode_damaged<pair>(to_bytes({"\0\0\0\2\0\0\0\x17\0\0\0\4\0\0\0\5\0\0\0\x19\0\0\0\2ab", 26}),
        composite_oid, format::binary);
    decode_garbage<customer>(60, {composite_oid});
    decode_garbage<pair>(60, {composite_oid});
    std::string const deep = std::string(100000, '(') + std::string(100000, ')');
    CHECK(literal<customer>(deep) == std::nullopt);
    CHECK(literal<std::vector<customer>>("{" + deep + "}") == std::nullopt);
}
