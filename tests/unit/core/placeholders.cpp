#include "catch.hpp"

#include <pgcoro/core/placeholders.hpp>

using pgcoro::highest_placeholder;

TEST_CASE("placeholders are $1 to $n, none left out")
{
    using pgcoro::placeholders_are;
    static_assert(placeholders_are("SELECT 1", 0));
    static_assert(placeholders_are("SELECT $2, $1, $2", 2));
    static_assert(placeholders_are("SELECT E'\\'$3', $1 /* $2 */ -- $2", 1));
    CHECK(!placeholders_are("SELECT $1", 0));
    CHECK(!placeholders_are("SELECT $1, $3", 3));
    CHECK(!placeholders_are("SELECT $2", 2));
    CHECK(!placeholders_are("SELECT $1, $2", 1));
    CHECK(!placeholders_are("SELECT $0", 1));
    CHECK(!placeholders_are("SELECT $99999999999999999999", 1));
}

TEST_CASE("placeholders are found where the server finds them")
{
    CHECK(highest_placeholder("SELECT 1") == 0);
    CHECK(highest_placeholder("SELECT $1") == 1);
    CHECK(highest_placeholder("SELECT $2, $10, $3") == 10);
    CHECK(highest_placeholder("SELECT '$1', \"$2\", $3") == 3);
    CHECK(highest_placeholder("SELECT 'it''s $1'") == 0);
    CHECK(highest_placeholder("SELECT E'\\'$1', $2") == 2);
    CHECK(highest_placeholder("SELECT e'\\\\', $2") == 2);
    CHECK(highest_placeholder("SELECT E'a'\n'\\'', $1") == 1);
    CHECK(highest_placeholder("SELECT 'a'\n'\\', $1") == 1);
    CHECK(highest_placeholder("SELECT name'\\', $2") == 2);
    CHECK(highest_placeholder("SELECT 1 -- $1\n, $2") == 2);
    CHECK(highest_placeholder("SELECT 1 /* $1 /* $2 */ $3 */, $4") == 4);
    CHECK(highest_placeholder("SELECT $$ $1 $$, $2") == 2);
    CHECK(highest_placeholder("SELECT $tag$ $1 $$ $2 $tag$, $3") == 3);
    CHECK(highest_placeholder("SELECT a$1 FROM t") == 0);
    CHECK(highest_placeholder("SELECT x.a$5, $1") == 1);
    CHECK(highest_placeholder("SELECT $1::int+$2") == 2);
    CHECK(highest_placeholder("SELECT ($1)$2") == 2);
    CHECK(highest_placeholder("$1'$2'") == 1);
    for (auto const* const open : {"'", "\"", "--", "/*", "$$", "$tag$", "E'\\", "$", "E"})
        CHECK(highest_placeholder(open) == 0);
    static_assert(highest_placeholder("SELECT $7") == 7);
}
