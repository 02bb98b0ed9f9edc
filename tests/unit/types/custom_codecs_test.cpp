#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/core/byte_reader.hpp"
#include "pgcoro/core/error.hpp"
#include "pgcoro/types/parameters.hpp"

#include <map>

// Four codecs that a user might write, each for another reason: an enum, whose OID is known at run
// time only, alone and in arrays; a composite; hstore, which is read in binary and sent as text;
// and a type that borrows.

using namespace testing_fields;
namespace oids = pgcoro::oids;
using pgcoro::format;

namespace {

enum class mood
{
    sad,
    ok,
    happy
};

struct point
{
    std::int32_t x;
    double y;
    bool operator==(point const&) const = default;
};

/// A type of its own: the library has a codec for the map itself.
struct hstore : std::map<std::string, std::optional<std::string>>
{
    using map::map;
};

struct host_name
{
    std::string_view text;
};

constexpr pgcoro::oid mood_oid{16402};
constexpr pgcoro::oid mood_array_oid{16401};
constexpr pgcoro::oid point_oid{16500};
constexpr pgcoro::oid hstore_oid{16600};

void put(bytes& to, bytes const& more)
{
    to.insert(to.end(), more.begin(), more.end());
}

} // namespace

template <>
struct pgcoro::codec<mood>
{
    static constexpr std::string_view type_name = "mood";

    static bool decode(field const& from, mood& to) // a label, in both formats
    {
        for (mood const each : {mood::sad, mood::ok, mood::happy})
            if (label(each) == from.text()) {
                to = each;
                return true;
            }
        return false;
    }

    static void encode(mood value, format, byte_writer& to) { to.put(label(value)); }

    static std::string_view label(mood value)
    {
        return value == mood::sad ? "sad" : value == mood::ok ? "ok" : "happy";
    }
};

template <>
struct pgcoro::codec<point>
{
    static constexpr std::string_view type_name = "point_and_more";
    static constexpr format result_format = format::binary;

    static bool decode(field const& from, point& to)
    {
        if (!from.is_binary()) { // (1,2.5)
            std::string_view const text = from.text();
            std::size_t const comma = text.find(',');
            if (comma == text.npos || !text.starts_with('(') || !text.ends_with(')'))
                return false;
            return decode_part(text.substr(1, comma - 1), oids::int4, to.x) &&
                   decode_part(text.substr(comma + 1, text.size() - comma - 2), oids::float8, to.y);
        }
        byte_reader reader{from.bytes()};
        return reader.get<std::int32_t>() == 2 && decode_part(reader, to.x) &&
               decode_part(reader, to.y) && reader.exhausted();
    }

    static void encode(point const& value, format as, byte_writer& to)
    {
        if (as == format::text) {
            to.put(std::string_view{"("});
            codec<std::int32_t>::encode(value.x, as, to);
            to.put(std::string_view{","});
            codec<double>::encode(value.y, as, to);
            to.put(std::string_view{")"});
            return;
        }
        to.put(std::int32_t{2});
        encode_part(value.x, to);
        encode_part(value.y, to);
    }

private:
    template <class T>
    static bool decode_part(std::string_view text, oid type, T& to)
    {
        auto const* const data = reinterpret_cast<std::byte const*>(text.data());
        return decode_field(
            field{data, static_cast<std::int32_t>(text.size()), type, format::text}, to);
    }

    template <class T>
    static bool decode_part(byte_reader& reader, T& to)
    {
        oid const type{reader.get<std::uint32_t>()};
        auto const size = reader.get<std::int32_t>();
        auto const data = reader.get_bytes(size > 0 ? static_cast<std::size_t>(size) : 0);
        return reader.ok() && accepts<T>(type, format::binary) &&
               decode_field(field{data.data(), size, type, format::binary}, to);
    }

    template <class T>
    static void encode_part(T const& value, byte_writer& to)
    {
        to.put(static_cast<std::uint32_t>(type_of<T>()));
        to.put(binary_size_of<T>());
        codec<T>::encode(value, format::binary, to);
    }
};

template <>
struct pgcoro::codec<hstore>
{
    static constexpr std::string_view type_name = "hstore";
    static constexpr format result_format = format::binary;

    static constexpr bool accepts(oid type, format as)
    {
        return as == format::binary && type >= first_user_oid;
    }

    static bool decode(field const& from, hstore& to)
    {
        byte_reader reader{from.bytes()};
        for (auto count = reader.get<std::int32_t>(); count > 0 && reader.ok(); --count) {
            std::string key{get_text(reader, reader.get<std::int32_t>())};
            auto const size = reader.get<std::int32_t>();
            if (size == -1)
                to[std::move(key)] = std::nullopt;
            else
                to[std::move(key)] = get_text(reader, size);
        }
        return from.is_binary() && reader.exhausted();
    }

    static void encode(hstore const& value, format as, byte_writer& to)
    {
        if (as == format::binary)
            throw encode_error{"hstore goes as text"};
        for (bool first = true; auto const& [key, text] : value) {
            if (!std::exchange(first, false))
                to.put(std::string_view{","});
            put_array_element(key, to); // quoted and escaped by the same rules
            to.put(std::string_view{"=>"});
            if (text)
                put_array_element(*text, to);
            else
                to.put(std::string_view{"NULL"});
        }
    }

private:
    static std::string_view get_text(byte_reader& reader, std::int32_t size)
    {
        auto const span = reader.get_bytes(static_cast<std::size_t>(size)); // negative: too many
        return {reinterpret_cast<char const*>(span.data()), span.size()};
    }
};

template <>
struct pgcoro::codec<host_name>
{
    static constexpr bool borrows = true;

    static bool decode(field const& from, host_name& to)
    {
        to.text = from.text();
        return !to.text.empty();
    }
};

TEST_CASE("an enum has its label's bytes in both formats")
{
    CHECK(from_text<mood>("happy", mood_oid) == mood::happy);
    CHECK(from_binary<mood>(to_bytes("sad"), mood_oid) == mood::sad);
    CHECK(from_text<mood>("angry", mood_oid) == std::nullopt);
    CHECK(as_text(mood::ok) == "ok");
    STATIC_REQUIRE(pgcoro::type_name_of<mood>() == "mood");
    STATIC_REQUIRE(pgcoro::type_name_of<hstore>() == "hstore");
    STATIC_REQUIRE(pgcoro::type_name_of<int>().empty());
    STATIC_REQUIRE(pgcoro::type_of<mood>() == pgcoro::unspecified_oid);
    STATIC_REQUIRE(pgcoro::accepts<mood>(mood_oid, format::text));
    STATIC_REQUIRE(pgcoro::accepts<mood>(oids::text, format::text));
    STATIC_REQUIRE(!pgcoro::accepts<mood>(oids::int4, format::text));
    decode_garbage<mood>(12, {mood_oid});
}

TEST_CASE("an array of an enum is read in both formats and sent as a literal")
{
    using moods = std::vector<mood>;
    moods const expected{mood::happy, mood::sad};

    bytes value;
    for (std::int32_t const word : {1, 0, 16402, 2, 1, 5})
        put(value, big(word));
    put(value, to_bytes("happy"));
    put(value, big(std::int32_t{3}));
    put(value, to_bytes("sad"));
    CHECK(from_binary<moods>(value, mood_array_oid) == expected);
    CHECK(from_text<moods>("{happy,sad}", mood_array_oid) == expected);
    CHECK(from_text<moods>("{happy,angry}", mood_array_oid) == std::nullopt);
    CHECK(as_text(expected) == "{\"happy\",\"sad\"}");
    STATIC_REQUIRE(pgcoro::accepts<moods>(mood_array_oid, format::binary));
    STATIC_REQUIRE(!pgcoro::accepts<moods>(oids::int4_array, format::binary));
    decode_damaged<moods>(value, mood_array_oid, format::binary);

    pgcoro::byte_writer types;
    pgcoro::byte_writer values;
    pgcoro::encode_parameters(types, values, expected);
    CHECK(pgcoro::load_big<std::uint32_t>(types.data() + 2) == 0);
    CHECK(pgcoro::load_big<std::uint16_t>(values.data()) == 0); // all text
}

TEST_CASE("a composite is read and written in both formats")
{
    point const expected{7, 2.5};
    bytes const value = encoded(expected, format::binary);
    CHECK(from_binary<point>(value, point_oid) == expected);
    CHECK(from_text<point>("(7,2.5)", point_oid) == expected);
    CHECK(as_text(expected) == "(7,2.5)");
    STATIC_REQUIRE(pgcoro::result_format_of<point>() == format::binary);
    STATIC_REQUIRE(pgcoro::type_name_of<std::optional<point>>() == "point_and_more");
    CHECK(from_text<point>("(7,2.5", point_oid) == std::nullopt);
    CHECK(from_text<point>("(,2.5)", point_oid) == std::nullopt);
    decode_damaged<point>(value, point_oid, format::binary);
    decode_garbage<point>(2 * value.size(), {point_oid});
    for (std::size_t size = 0; size < value.size(); ++size)
        CHECK(from_binary<point>({value.begin(), value.begin() + static_cast<std::ptrdiff_t>(size)},
                  point_oid) == std::nullopt);
}

TEST_CASE("hstore is read in binary and sent as text")
{
    bytes value;
    put(value, big(std::int32_t{2}));
    put(value, big(std::int32_t{1}));
    put(value, to_bytes("a"));
    put(value, big(std::int32_t{2}));
    put(value, to_bytes("12"));
    put(value, big(std::int32_t{1}));
    put(value, to_bytes("b"));
    put(value, big(std::int32_t{-1}));
    hstore const expected{{"a", "12"}, {"b", std::nullopt}};
    CHECK(from_binary<hstore>(value, hstore_oid) == expected);
    CHECK(as_text(expected) == R"("a"=>"12","b"=>NULL)");
    STATIC_REQUIRE(pgcoro::result_format_of<hstore>() == format::binary);
    STATIC_REQUIRE(!pgcoro::accepts<hstore>(hstore_oid, format::text));
    decode_damaged<hstore>(value, hstore_oid, format::binary);
    decode_garbage<hstore>(2 * value.size(), {hstore_oid});

    pgcoro::byte_writer types;
    pgcoro::byte_writer values;
    CHECK_NOTHROW(pgcoro::encode_parameters(types, values, expected));
}

TEST_CASE("a type of one's own may borrow, and be only read")
{
    STATIC_REQUIRE(pgcoro::borrows<host_name>());
    STATIC_REQUIRE(pgcoro::decodable<host_name>);
    STATIC_REQUIRE(!pgcoro::encodable<host_name>);
    owned_field const from{to_bytes("db"), oids::text, format::text};
    host_name name;
    REQUIRE(pgcoro::decode_field(from.get(), name));
    CHECK(static_cast<void const*>(name.text.data()) == from.get().data);
}
