#include "random_literals.hpp"
#include "type_checks.hpp"

#include <pgcoro/types/bitset.hpp>
#include <pgcoro/types/geometric.hpp>

using namespace random_literals;
using namespace type_checks;

TEST_CASE("geometric values are what the server says they are")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await settle(conn);
        type_case const points{
            "point", std::vector<std::string>{"(0,0)", "(-0,1e-5)", "(1e308,-1e308)",
                         "(NaN,Infinity)", "(-Infinity,0.1)", "(5e-324,1e23)"} +
                         random_values(50, random_point)};
        co_await check_type<pg::point>(conn, points);
        type_case const lines{"line", {"{1,0,0}", "{0,-1,0.5}", "[(0,0),(3,7)]", "[(1,1),(1,2)]"}};
        co_await check_type<pg::line>(conn, lines);
        type_case const segments{
            "lseg", std::vector<std::string>{"[(0,0),(0,0)]", "((1,2),(3,4))"} +
                        random_values(50, [](auto& random) { return random_points(random, 2); })};
        co_await check_type<pg::lseg>(conn, segments);
        type_case const boxes{
            "box", std::vector<std::string>{"(0,0),(0,0)", "(1,1),(2,2)", "(1,2),(2,1)"} +
                       random_values(50, [](auto& random) { return random_points(random, 2); })};
        co_await check_type<pg::box>(conn, boxes);
        type_case const paths{"path",
            std::vector<std::string>{"((0,0))", "[(0,0)]", "[(1,2),(3,4)]", "((1,2),(3,4),(5,6))"} +
                random_values(50, [](auto& random) {
                    return (random() % 2 == 0 ? '[' + random_points(random, 3) + ']'
                                              : '(' + random_points(random, 7) + ')');
                })};
        co_await check_type<pg::path>(conn, paths);
        type_case const polygons{
            "polygon", std::vector<std::string>{"((0,0))", "((1,2),(3,4),(5,6))"} +
                           random_values(50, [](auto& random) {
                               return '(' + random_points(random, 1 + random() % 9) + ')';
                           })};
        co_await check_type<pg::polygon>(conn, polygons);
        type_case const circles{"circle", std::vector<std::string>{"<(0,0),0>", "<(1,2),3.5>"} +
                                              random_values(50, [](auto& random) {
                                                  return '<' + random_point(random) + ',' +
                                                         std::to_string(random() % 99) + '>';
                                              })};
        co_await check_type<pg::circle>(conn, circles);
    });
}

TEST_CASE("strings of bits are what the server says they are")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await settle(conn);
        std::vector<std::string> const few{
            "", "0", "1", "01111111", "10000000", "100000000", "0000000000000001"};
        type_case const varying{"varbit", few + random_values(50, random_bits)};
        co_await check_type<pg::bits>(conn, varying);
        type_case const fixed{"bit", few + random_values(50, random_bits)};
        co_await check_type<pg::bits>(conn, fixed);
        check_equal(
            co_await conn.fetch_value<std::bitset<4>>("SELECT '0110'::bit(4)"), std::bitset<4>{6});
        check(co_await conn.fetch_value<bool>("SELECT $1 = '0110'::bit(4)", std::bitset<4>{6}));

        auto const literals = random_values(200, random_bits);
        auto const sql = "SELECT x::varbit FROM unnest($1::text[]) x ORDER BY 1";
        auto const rows = co_await conn.fetch<pg::bits>(sql, literals);
        check(std::is_sorted(rows.begin(), rows.end()));
    });
}

TEST_CASE("geometric values may be written within a call")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        check_equal(co_await conn.fetch_value<std::string>(
                        "SELECT $1", pg::polygon{std::vector<pg::point>(2)}),
            "((0,0),(0,0))");
        check_equal(co_await conn.fetch_value<std::string>(
                        "SELECT $1", pg::path{std::vector<pg::point>(2), true}),
            "((0,0),(0,0))");
        check_equal(
            co_await conn.fetch_value<double>("SELECT $1 <-> $2", pg::point{0, 3}, pg::point{4, 0}),
            5);
    });
}
