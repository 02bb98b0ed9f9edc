#include "catch.hpp"

#include <pgcoro/core/sqlstate.hpp>

#include <unordered_set>

using pgcoro::sqlstate;

static_assert(std::regular<sqlstate>);
static_assert(sqlstate{}.str() == "00000");
static_assert(sqlstate{}.packed() == 0);
static_assert(sqlstate{"23505"}.class_code() == "23");
static_assert(sqlstate{"23505"}.class_condition() == sqlstate{"23000"});
static_assert(sqlstate{"23505"} < sqlstate{"23514"});

TEST_CASE("what is no SQLSTATE reads as an internal error, never as success")
{
    for (auto const* text : {"", "2350", "235055", "2350a", "2350 ", "23-05"}) {
        CHECK_FALSE(sqlstate::valid(text));
        CHECK(sqlstate{text} == sqlstate{"XX000"});
    }
}

TEST_CASE("a sqlstate and its number are one to one")
{
    for (auto const* text :
        {"00000", "00001", "0000Z", "23505", "HV00R", "P0001", "XX000", "ZZZZZ"})
        CHECK(sqlstate::unpack(sqlstate{text}.packed()).str() == text);
    CHECK(sqlstate::unpack(-1) == sqlstate{"XX000"});
    CHECK(sqlstate::unpack(sqlstate{"ZZZZZ"}.packed() + 1) == sqlstate{"XX000"});
}

TEST_CASE("a condition's name is PostgreSQL's")
{
    CHECK(condition_name(sqlstate{"23505"}) == "unique_violation");
    CHECK(condition_name(sqlstate{"00000"}) == "successful_completion");
    CHECK(condition_name(sqlstate{"XX002"}) == "index_corrupted");
    CHECK(condition_name(sqlstate{"58000"}) == "system_error");
    CHECK(condition_name(sqlstate{"23999"}).empty());
}

TEST_CASE("a sqlstate is an error code")
{
    std::error_code const code = sqlstate{"23505"};
    CHECK(code);
    CHECK(code == sqlstate{"23505"});
    CHECK(code != sqlstate{"23503"});
    CHECK(code.category().name() == std::string{"postgresql"});
    CHECK(code.message() == "unique_violation");
    CHECK(std::error_code{sqlstate{"ABCDE"}}.message() == "ABCDE");
    CHECK_FALSE(std::error_code{sqlstate{}});
}

TEST_CASE("a sqlstate can be a key")
{
    std::unordered_set<sqlstate> const retried{sqlstate{"40001"}, sqlstate{"40P01"}};
    CHECK(retried.contains(sqlstate{"40P01"}));
    CHECK_FALSE(retried.contains(sqlstate{"40002"}));
}
