#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/types/builtin.hpp"
#include "pgcoro/types/json.hpp"
#include "pgcoro/types/json_glaze.hpp" // with tests/glaze in the place of the library

#if __has_include(<nlohmann/json.hpp>)
    #include "pgcoro/types/json_nlohmann.hpp"
    #define HAS_NLOHMANN
#endif
#if __has_include(<boost/json.hpp>)
    #include "pgcoro/types/json_boost.hpp"

    #include <boost/json/src.hpp>
    #define HAS_BOOST
#endif

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::format;

namespace {

/// JSON's null, true and false, and nothing else.
struct trilean
{
    std::optional<bool> value;
    bool operator==(trilean const&) const = default;
};

struct address
{
    std::string town;
    int number = 0;
    bool operator==(address const&) const = default;
};

/// The same as address, for the other library.
struct place : address
{
    bool operator==(place const&) const = default;
};

bytes jsonb(std::string_view text)
{
    return to_bytes('\1' + std::string{text});
}

/// What any adapter has to do, given a document and its text without spaces.
template <class T>
void check_adapter(T const& value, std::string const& text)
{
    STATIC_REQUIRE(pgcoro::json_document<T>);
    STATIC_REQUIRE(pgcoro::result_format_of<T>() == format::binary);
    STATIC_REQUIRE(pgcoro::type_of<T>() == pgcoro::unspecified_oid);
    STATIC_REQUIRE(pgcoro::accepts<T>(oids::json, format::text));
    STATIC_REQUIRE(pgcoro::accepts<T>(oids::jsonb, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<T>(oids::text, format::text));
    CHECK(as_text(value) == text);
    CHECK((from_text<T>(text, oids::json) == value));
    CHECK((from_text<T>(text, oids::jsonb) == value));
    CHECK((from_binary<T>(to_bytes(text), oids::json) == value));
    CHECK((from_binary<T>(jsonb(text), oids::jsonb) == value));
    CHECK_FALSE(from_binary<T>(to_bytes(text), oids::jsonb)); // no version
    CHECK_FALSE(from_binary<T>(to_bytes('\2' + text), oids::jsonb));
    CHECK_FALSE(from_binary<T>({}, oids::jsonb));
    CHECK_FALSE(from_text<T>(text + "x", oids::json));
    CHECK_FALSE(from_text<T>("", oids::json));
    std::vector<T> const two{value, value};
    auto const literal = as_text(two);
    CHECK((from_text<std::vector<T>>(literal, pgcoro::array_of(oids::jsonb)) == two));
    decode_damaged<T>(jsonb(text), oids::jsonb, format::binary);
    decode_garbage<T>(30, {oids::json, oids::jsonb});
}

} // namespace

template <>
struct pgcoro::json_adapter<trilean>
{
    static bool parse(std::string_view text, trilean& to)
    {
        to.value = text == "null" ? std::nullopt : std::optional{text == "true"};
        return text == "null" || text == "true" || text == "false";
    }
    static void print(trilean const& value, std::string& to)
    {
        to += !value.value ? "null" : *value.value ? "true" : "false";
    }
};

TEST_CASE("whatever has an adapter is read from json and jsonb")
{
    check_adapter(trilean{}, "null");
    check_adapter(trilean{true}, "true");
    STATIC_REQUIRE(!pgcoro::json_document<std::string>);
    STATIC_REQUIRE(pgcoro::accepts<std::string>(oids::jsonb, format::text));
    CHECK(from_text<std::string>("{\"a\": 1}", oids::jsonb) == "{\"a\": 1}");
}

#if defined(HAS_NLOHMANN)
namespace {

void to_json(nlohmann::json& to, address const& from)
{
    to = {{"number", from.number}, {"town", from.town}};
}

void from_json(nlohmann::json const& from, address& to)
{
    from.at("town").get_to(to.town);
    from.at("number").get_to(to.number);
}

} // namespace

template <>
struct pgcoro::json_adapter<address> : pgcoro::nlohmann_object<address>
{};

TEST_CASE("nlohmann-json's values are JSON")
{
    std::string const text = R"({"a":[1,2.5,null],"b":"\"ä"})";
    check_adapter(nlohmann::json::parse(text), text);
    check_adapter(nlohmann::ordered_json::parse(R"({"b":1,"a":2})"), R"({"b":1,"a":2})");
    check_adapter(address{"Brno", 7}, R"({"number":7,"town":"Brno"})");
    CHECK_FALSE(from_text<address>(R"({"town":"Brno"})", oids::json));
    CHECK_FALSE(from_text<address>(R"({"town":1,"number":7})", oids::json));
    std::string const deep = std::string(5000, '[') + std::string(5000, ']');
    auto const read = from_text<nlohmann::json>(deep, oids::json);
    REQUIRE(read.has_value());
    CHECK_FALSE(from_text<nlohmann::json>(std::string(100000, '['), oids::json));
}
#else
TEST_CASE("nlohmann-json's values are JSON")
{
    return skip("nlohmann-json is not installed");
}
#endif

#if defined(HAS_BOOST)
namespace {

void tag_invoke(boost::json::value_from_tag const&, boost::json::value& to, place const& from)
{
    to = {{"town", from.town}, {"number", from.number}};
}

place tag_invoke(boost::json::value_to_tag<place> const&, boost::json::value const& from)
{
    auto const& object = from.as_object();
    place read;
    read.town = boost::json::value_to<std::string>(object.at("town"));
    read.number = boost::json::value_to<int>(object.at("number"));
    return read;
}

} // namespace

template <>
struct pgcoro::json_adapter<place> : pgcoro::boost_json_object<place>
{};

TEST_CASE("Boost.JSON's values are JSON")
{
    std::string const text = R"({"a":[1,2.5E0,null],"b":"\"ä"})";
    check_adapter(boost::json::parse(text), text);
    check_adapter(place{{"Brno", 7}}, R"({"town":"Brno","number":7})");
    CHECK_FALSE(from_text<place>(R"({"town":"Brno"})", oids::json));
    CHECK_FALSE(from_text<place>(R"({"town":1,"number":7})", oids::json));
    CHECK_FALSE(from_text<place>("[]", oids::json));
    CHECK(from_text<boost::json::value>(std::string(999, '[') + std::string(999, ']'), oids::json));
    CHECK_FALSE(from_text<boost::json::value>(std::string(100000, '['), oids::json));
}
#else
TEST_CASE("Boost.JSON's values are JSON")
{
    return skip("Boost.JSON is not installed");
}
#endif

namespace {

struct reading
{
    int number = 0;
    bool operator==(reading const&) const = default;
};

/// Takes documents of newer versions.
struct tolerant : reading
{};

} // namespace

template <>
struct pgcoro::json_adapter<reading> : pgcoro::glaze_json<reading>
{};
template <>
struct pgcoro::json_adapter<tolerant>
    : pgcoro::glaze_json<tolerant, glz::opts{.error_on_unknown_keys = false}>
{};

TEST_CASE("what glaze reads and writes is JSON")
{
    check_adapter(reading{-7}, R"({"number":-7})");
    char const* const newer = R"({"number":7,"unit":1})";
    CHECK_FALSE(from_text<reading>(newer, oids::json));
    auto const read = from_text<tolerant>(newer, oids::json);
    REQUIRE(read.has_value());
    CHECK(read->number == 7);
}
