#include "type_checks.hpp"

#include <pgcoro/types/tsquery.hpp>
#include <pgcoro/types/tsvector.hpp>

using namespace type_checks;

namespace {

std::string random_word(std::mt19937_64& random)
{
    static constexpr std::string_view letters[] = {
        "a", "b", "c", "''", "\\\\", " ", ":", "*", "&", "\xc3\xa4", "\xe2\x82\xac", "(", "1"};
    std::string word = "'x";
    for (auto count = random() % 4; count != 0; --count)
        word += letters[random() % std::size(letters)];
    return word + '\'';
}

std::string random_query(std::mt19937_64& random, unsigned depth)
{
    static constexpr std::string_view weights[] = {"", ":A", ":*", ":*BC", ":ABCD", ":D"};
    static constexpr std::string_view operators[] = {"&", "|", "<->", "<3>", "<0>", "<16384>"};
    if (depth == 0 || random() % 6 == 0)
        return random_word(random) + std::string{weights[random() % std::size(weights)]};
    if (random() % 4 == 0)
        return "!(" + random_query(random, depth - 1) + ')';
    auto const left = random_query(random, depth - 1);
    return '(' + left + ')' + std::string{operators[random() % std::size(operators)]} + '(' +
           random_query(random, depth - 1) + ')';
}

std::string random_vector(std::mt19937_64& random)
{
    std::string text;
    for (auto count = random() % 20; count != 0; --count) {
        text += random_word(random);
        char separator = ':';
        for (auto places = random() % 4; places != 0; --places) {
            text += separator + std::to_string(1 + random() % 16383) + "ABCD"[random() % 4];
            separator = ',';
        }
        text += ' ';
    }
    return text;
}

} // namespace

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
