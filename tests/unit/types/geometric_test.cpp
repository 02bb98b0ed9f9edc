#include "catch.hpp"
#include "fields.hpp"

#include "pgcoro/core/error.hpp"
#include "pgcoro/types/array.hpp"
#include "pgcoro/types/geometric.hpp"

#include <cmath>
#include <limits>
#include <sstream>

using namespace testing_fields;
namespace oids = pgcoro::oids;
namespace pg = pgcoro;
using pgcoro::format;

namespace {

/// There and back in both formats, and from text that has more or less.
template <class T>
void check_forms(T const& value, std::string const& text)
{
    CAPTURE(text);
    pg::oid const type = pg::type_of<T>();
    CHECK(to_string(value) == text);
    CHECK(as_text(value) == text);
    std::ostringstream out;
    out << value;
    CHECK(out.str() == text);
    CHECK(from_text<T>(text, type) == value);
    CHECK(from_binary<T>(encoded(value, format::binary), type) == value);
    CHECK(from_text<T>(text + " ", type) == std::nullopt);
    for (std::size_t size = 0; size < text.size(); ++size)
        CHECK(from_text<T>(text.substr(0, size), type) == std::nullopt);
    bytes const binary = encoded(value, format::binary);
    for (std::size_t size = 0; size < binary.size(); ++size)
        CHECK(from_binary<T>({binary.begin(), binary.begin() + static_cast<std::ptrdiff_t>(size)},
                  type) == std::nullopt);
    decode_damaged<T>(binary, type, format::binary);
    decode_damaged<T>(to_bytes(text), type, format::text);
    decode_garbage<T>(70, {type});
}

} // namespace

TEST_CASE("geometric values in both formats")
{
    pg::point const a{1, 2.5};
    pg::point const b{-0.0, 1e300};
    check_forms(a, "(1,2.5)");
    check_forms(pg::line{1, -1, 0.1}, "{1,-1,0.1}");
    check_forms(pg::lseg{a, b}, "[(1,2.5),(-0,1e+300)]");
    check_forms(pg::box{{2, 2}, {1, 1}}, "(2,2),(1,1)");
    check_forms(pg::path{{a, b}, false}, "[(1,2.5),(-0,1e+300)]");
    check_forms(pg::path{{a}, true}, "((1,2.5))");
    check_forms(pg::polygon{{a, b, a}}, "((1,2.5),(-0,1e+300),(1,2.5))");
    check_forms(pg::circle{a, 3}, "<(1,2.5),3>");
    double const infinity = std::numeric_limits<double>::infinity();
    check_forms(pg::point{infinity, -infinity}, "(Infinity,-Infinity)");
    auto const nan = from_text<pg::point>("(NaN,1)", oids::point);
    REQUIRE(nan);
    CHECK(std::isnan(nan->x));
}

TEST_CASE("the binary form of geometric values is the server's")
{
    // SELECT path_send('[(1,2)]'), polygon_send('((1,2))'), point_send('(1,2)')
    bytes const point = to_bytes({"\x3f\xf0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0", 16});
    CHECK(encoded(pg::point{1, 2}, format::binary) == point);
    bytes expected = to_bytes({"\0\0\0\0\1", 5});
    expected.insert(expected.end(), point.begin(), point.end());
    CHECK(encoded(pg::path{{{1, 2}}, false}, format::binary) == expected);
    expected.erase(expected.begin());
    CHECK(encoded(pg::polygon{{{1, 2}}}, format::binary) == expected);
    STATIC_REQUIRE(pg::type_of<std::vector<pg::point>>() == pg::oid{1017});
    STATIC_REQUIRE(pg::type_of<std::vector<pg::box>>() == pg::oid{1020});
    STATIC_REQUIRE(pg::binary_size_of<pg::circle>() == 24);
}

TEST_CASE("a path or polygon without points can't be sent")
{
    CHECK_THROWS_AS(encoded(pg::path{}, format::binary), pg::encode_error);
    CHECK_THROWS_AS(encoded(pg::polygon{}, format::binary), pg::encode_error);
}

TEST_CASE("a count of points that are not there takes no memory")
{
    for (std::string_view const count : {"\x7f\xff\xff\xff", "\xff\xff\xff\xff", "\x10\0\0\0"}) {
        bytes value = to_bytes(std::string_view{count.data(), 4});
        value.resize(36);
        CHECK(from_binary<pg::polygon>(value, oids::polygon) == std::nullopt);
        value.insert(value.begin(), std::byte{1});
        CHECK(from_binary<pg::path>(value, oids::path) == std::nullopt);
    }
    CHECK(from_binary<pg::path>(to_bytes({"\2\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 21}),
              oids::path) == std::nullopt);
}
