#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/types/parameters.hpp"

#include <limits>

using namespace testing_fields;
namespace oids = pgcoro::oids;

namespace {

struct refusing
{};

struct huge
{};

struct sections
{
    bytes types;
    bytes values;
};

template <class... Args>
sections parameters(Args const&... args)
{
    pgcoro::byte_writer types;
    pgcoro::byte_writer values;
    pgcoro::encode_parameters(types, values, args...);
    auto const copy = [](pgcoro::byte_writer const& from) {
        auto const span = from.bytes();
        return bytes{span.begin(), span.end()};
    };
    return {copy(types), copy(values)};
}

bytes words(std::initializer_list<int> values)
{
    bytes out;
    for (int const value : values) {
        bytes const word = big(static_cast<std::int16_t>(value));
        out.insert(out.end(), word.begin(), word.end());
    }
    return out;
}

bytes operator+(bytes a, bytes const& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

} // namespace

template <>
struct pgcoro::codec<refusing>
{
    static void encode(refusing, format, byte_writer&) { throw encode_error{"it will not"}; }
};

template <>
struct pgcoro::codec<huge>
{
    static void encode(huge, format, byte_writer& to)
    {
        (void)to.extend(max_value_size + 1); // never touched, so hardly any memory
    }
};

TEST_CASE("no parameters")
{
    auto const [types, values] = parameters();
    CHECK(types == words({0}));
    CHECK(values == words({0, 0}));
}

TEST_CASE("all parameters in binary are one format code")
{
    auto const [types, values] = parameters(1, true);
    CHECK(types == words({2, 0, 23, 0, 16}));
    CHECK(values == words({1, 1, 2}) + words({0, 4, 0, 1}) + words({0, 1}) + bytes{std::byte{1}});
}

TEST_CASE("strings go as text that the server infers")
{
    std::string const text = "ab";
    auto const [types, values] = parameters(text, "ab", std::string_view{"ab"}, text.c_str());
    CHECK(types == words({4, 0, 0, 0, 0, 0, 0, 0, 0}));
    bytes const one = words({0, 2}) + to_bytes("ab");
    CHECK(values == words({0, 4}) + one + one + one + one);
}

TEST_CASE("mixed parameters have a format code each")
{
    auto const [types, values] = parameters("a", 1);
    CHECK(types == words({2, 0, 0, 0, 23}));
    CHECK(values == words({2, 0, 1, 2}) + words({0, 1}) + to_bytes("a") + words({0, 4, 0, 1}));
}

TEST_CASE("NULL has no bytes, whatever it is written as")
{
    char const* const no_text = nullptr;
    std::optional<std::string> const nothing;
    auto const [types, values] = parameters(nullptr, std::nullopt, no_text, nothing);
    CHECK(types == words({4, 0, 0, 0, 0, 0, 0, 0, 0}));
    CHECK(values == words({0, 4, -1, -1, -1, -1, -1, -1, -1, -1}));

    auto const typed = parameters(std::optional<int>{});
    CHECK(typed.types == words({1, 0, 23}));
    CHECK(typed.values == words({1, 1, 1, -1, -1}));
    CHECK(parameters(std::optional<int>{5}).values == words({1, 1, 1, 0, 4, 0, 5}));
}

TEST_CASE("a literal ends at its first zero, and so does an array without one")
{
    char const unended[2] = {'a', 'b'};
    char const early[8] = "ab";
    CHECK(parameters(unended).values == words({0, 1, 0, 2}) + to_bytes("ab"));
    CHECK(parameters(early).values == words({0, 1, 0, 2}) + to_bytes("ab"));
}

TEST_CASE("as_oid sends what the caller says")
{
    int const number = 5;
    auto const other = parameters(pgcoro::as_oid(oids::int8, number));
    CHECK(other.types == words({1, 0, 20}));
    CHECK(other.values == words({0, 1, 0, 1}) + to_bytes("5"));
    auto const same = parameters(pgcoro::as_oid(oids::int4, 5));
    CHECK(same.types == words({1, 0, 23}));
    CHECK(same.values == words({1, 1, 1, 0, 4, 0, 5}));
    auto const inferred = parameters(pgcoro::as_oid(pgcoro::unspecified_oid, 5));
    CHECK(inferred.types == words({1, 0, 0}));
    CHECK(inferred.values == words({0, 1, 0, 1}) + to_bytes("5"));
    CHECK(parameters(pgcoro::as_oid(oids::jsonb, "{}")).types == words({1, 0, 3802}));
    CHECK(parameters(pgcoro::as_oid(oids::text, std::optional<std::string>{})).values ==
          words({0, 1, -1, -1}));
}

TEST_CASE("an argument that can't be sent is named")
{
    CHECK_THROWS_WITH(parameters(1, refusing{}), "parameter $2: it will not");
    CHECK_THROWS_AS(parameters(1, refusing{}), pgcoro::encode_error);
    CHECK_THROWS_WITH(parameters(huge{}), "parameter $1: the value is longer than 1 GiB");
    CHECK_THROWS_WITH(parameters("a", std::numeric_limits<std::uint64_t>::max()),
        Catch::Matchers::StartsWith("parameter $2: 18446744073709551615 does not fit in int8"));
}

TEST_CASE("many parameters are counted")
{
    auto const [types, values] = []<std::size_t... I>(std::index_sequence<I...>)
    {
        return parameters(static_cast<std::int16_t>(I)...);
    }
    (std::make_index_sequence<200>{});
    CHECK(types.size() == 2 + 200 * 4);
    CHECK(values.size() == 2 + 2 + 2 + 200 * 6);
    CHECK(pgcoro::load_big<std::uint16_t>(values.data() + 4) == 200);
}

TEST_CASE("parameters that fit the writers' own storage allocate nothing")
{
    pgcoro::small_byte_writer<64> types;
    pgcoro::small_byte_writer<64> values;
    auto const* const before = values.data();
    pgcoro::encode_parameters(types, values, 1, "John", std::optional<double>{2.5}, true);
    CHECK(values.data() == before);
    CHECK(values.capacity() == 64);
    CHECK(types.capacity() == 64);
}

TEST_CASE("types are called by their names")
{
    CHECK(pgcoro::type_name(oids::int8) == "int8");
    CHECK(pgcoro::type_name(oids::text_array) == "text[]");
    CHECK(pgcoro::type_name(pgcoro::oid{16402}) == "type 16402");
    STATIC_REQUIRE(pgcoro::element_of(oids::float8_array) == oids::float8);
    STATIC_REQUIRE(pgcoro::element_of(pgcoro::unspecified_oid) == pgcoro::unspecified_oid);
    STATIC_REQUIRE(pgcoro::array_of(oids::void_) == pgcoro::unspecified_oid);
}

TEST_CASE("a built-in type is named")
{
    CHECK(pgcoro::typed("jsonb", std::string{"{}"}).type == oids::jsonb);
    CHECK(pgcoro::typed("int4[]", std::vector<int>{}).type == oids::int4_array);
    for (char const* const unknown : {"hstore", "", "[]", "int4[][]", "unknown[]"}) {
        CAPTURE(unknown);
        CHECK_THROWS_AS(pgcoro::typed(unknown, 1), pgcoro::encode_error);
    }
    CHECK_THROWS_WITH(pgcoro::typed("hstore", 1),
        "no built-in type is called \"hstore\"; write a cast, $1::hstore, or give its number to "
        "pgcoro::as_oid()");
}
