#include "catch.hpp"

#include <pgcoro/client/statement_of.hpp>
#include <pgcoro/core/named_parameters.hpp>

#include <string>
#include <string_view>

using pgcoro::named;

namespace {

std::string numbered(std::string_view sql)
{
    std::string text;
    pgcoro::number_parameters(sql, [&](char c) { text += c; });
    return text;
}

} // namespace

TEST_CASE("named parameters are numbered in the order in which they first occur")
{
    static_assert(named<"SELECT 1"> == "SELECT 1");
    static_assert(named<""> == "");
    static_assert(named<"SELECT :b, :a, :b + :a_1"> == "SELECT $1, $2, $1 + $3");
    static_assert(named<":id"> == "$1");
    static_assert(named<"SELECT :id::int[:Id], 'x'::text"> == "SELECT $1::int[$2], 'x'::text");
    CHECK(numbered("f(a := :a)") == "f(a := $1)");
    CHECK(numbered("v[1: n] : ::") == "v[1: n] : ::");
    CHECK(numbered("':a', \":b\", $$ :c $$, E'\\':d' -- :e\n, /* :f */ :g") ==
          "':a', \":b\", $$ :c $$, E'\\':d' -- :e\n, /* :f */ $1");
    CHECK(numbered(":a:b :c:") == "$1$2 $3:");
    std::string many;
    std::string wanted;
    for (int i = 1; i <= 64; ++i) {
        many += ":p" + std::to_string(i) + ' ';
        wanted += '$' + std::to_string(i) + ' ';
    }
    CHECK(numbered(many) == wanted);
}

TEST_CASE("a typed statement takes named parameters")
{
    static constexpr pgcoro::statement_of<void(int, int)> both{
        named<"SELECT :low, :high WHERE :low < :high">};
    CHECK(both.sql() == "SELECT $1, $2 WHERE $1 < $2");
}
