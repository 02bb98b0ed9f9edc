#include "catch.hpp"

#include <pgcoro/core/quoting.hpp>

using namespace pgcoro;

TEST_CASE("identifiers are quoted, and their quotes doubled")
{
    CHECK(quote_identifier("plain") == R"("plain")");
    CHECK(quote_identifier("MiXed case") == R"("MiXed case")");
    CHECK(quote_identifier(R"(a"; DROP TABLE x; --)") == R"("a""; DROP TABLE x; --")");
    CHECK(quote_identifier("") == R"("")");
}

TEST_CASE("literals are quoted, and mean the same under either rule for backslashes")
{
    CHECK(quote_literal("plain") == "'plain'");
    CHECK(quote_literal("it's") == "'it''s'");
    CHECK(quote_literal(R"(a\b)") == R"( E'a\\b')");
    CHECK(quote_literal(R"(\')") == R"( E'\\''')");
    CHECK(quote_literal("") == "''");
}
