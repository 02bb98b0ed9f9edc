#include "random_literals.hpp"
#include "type_checks.hpp"

#include <pgcoro/types/tsquery.hpp>
#include <pgcoro/types/tsvector.hpp>

using namespace random_literals;
using namespace type_checks;

TEST_CASE("text search values are what the server says they are")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await settle(conn);
        type_case const vectors{"tsvector",
            std::vector<std::string>{"", "a", "''' \\\\'", "a:1A,2B,3C,4D b:16383", "a:99999 a:1"} +
                random_values(150, random_vector)};
        co_await check_type<pg::tsvector>(conn, vectors);
        type_case const queries{"tsquery",
            std::vector<std::string>{"a", "!a", "a & b | !c <-> d", "a <-> (b <-> c)",
                "(a <-> b) <-> c", "a <-> (b & c)", "!!(a | b)", "a & (b & c)", "''' \\\\':*"} +
                random_values(300, [](auto& random) { return random_query(random, 4); })};
        co_await check_type<pg::tsquery>(conn, queries);
    });
}

TEST_CASE("an empty tsquery can be read, and sent as text")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        check_equal(co_await conn.fetch_value<pg::tsquery>("SELECT ''::tsquery"), pg::tsquery{});
        auto const error =
            co_await error_of<pg::encode_error>(conn.execute("SELECT $1", pg::tsquery{}));
        check_that(error, Catch::Matchers::ContainsSubstring("as_oid(pgcoro::unspecified_oid"));
        check_equal(co_await conn.fetch_value<int>(
                        "SELECT numnode($1)", pg::as_oid(pg::unspecified_oid, pg::tsquery{})),
            0);
    });
}

TEST_CASE("words in any order make a tsvector, which a tsquery searches")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        pg::tsvector const document{{{"rat", {{2}}}, {"cat", {{1}}}}};
        check_equal(
            co_await conn.fetch_value<std::string>("SELECT $1", document), "'cat':1 'rat':2");
        pg::tsquery const query = pg::tsquery::parse("'cat' <-> 'rat'").value();
        check(co_await conn.fetch_value<bool>("SELECT $1 @@ $2", document, query));
        auto const none = pg::tsquery::parse("!'cat'").value();
        check(!co_await conn.fetch_value<bool>("SELECT $1 @@ $2", document, none));
    });
}
