#include "script.hpp"

#include "catch.hpp"

#include <pgcoro/core/conditions.hpp>

namespace {

using namespace pgcoro;
using namespace backend;

} // namespace

TEST_CASE("a simple query of one statement")
{
    script{"one statement"}
        .call(simple("a", "SELECT 1"))
        .wrote({"Query SELECT 1"})
        .server({columns({"n"}), row({"1"}), complete("SELECT 1"), ready()})
        .result("a", {}, {"SELECT 1"})
        .status('I')
        .open()
        .run();
}

TEST_CASE("a simple query of several statements gives each one's tag")
{
    script{"several statements"}
        .call(simple("a", "CREATE TABLE t(); SELECT; INSERT INTO t DEFAULT VALUES"))
        .wrote({"Query CREATE TABLE t(); SELECT; INSERT INTO t DEFAULT VALUES"})
        .server({complete("CREATE TABLE"), columns({}), row({}), complete("SELECT 1"),
            complete("INSERT 0 1"), ready()})
        .result("a", {}, {"CREATE TABLE", "SELECT 1", "INSERT 0 1"})
        .open()
        .run();
}

TEST_CASE("an empty simple query")
{
    script{"empty"}
        .call(simple("a", ""))
        .wrote({"Query "})
        .server({empty_query(), ready()})
        .result("a", {}, {})
        .open()
        .run();
}

TEST_CASE("an error ends a simple query, behind the statements that went well")
{
    script{"error"}
        .call(simple("a", "SELECT 1; SELECT 1/0"))
        .call(simple("b", "SELECT 2"))
        .wrote({"Query SELECT 1; SELECT 1/0", "Query SELECT 2"})
        .server({columns({"n"}), row({"1"}), complete("SELECT 1"), columns({"?column?"}),
            error_response("22012", "division by zero"), ready(), complete("SELECT 1"), ready()})
        .fails<division_by_zero>("a", "division by zero")
        .result("b", {}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("SQL with a zero byte is refused before anything is sent")
{
    // The server would run the half before it.
    using namespace std::string_literals;
    script{"zero byte"}
        .call(simple("a", "DELETE FROM t\0 WHERE false"s))
        .call(extended("b", "DELETE FROM t\0 WHERE false"s))
        .call(by_name("c", "DELETE FROM t\0 WHERE false"s))
        .wrote({})
        .fails<encode_error>("a", "zero byte")
        .fails<encode_error>("b", "zero byte")
        .fails<encode_error>("c", "zero byte")
        .open()
        .run();
}
