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

TEST_CASE("a text of several statements can have the rows of each")
{
    script{"rows"}
        .call(simple("all", "A; B; C").with(&call_spec::takes_rows))
        .wrote({"Query A; B; C"})
        .server({columns({"a"}), row({"1"}), row({"2"}), complete("SELECT 2"), complete("SET"),
            columns({"b", "c"}), complete("SELECT 0"), columns({"d"}), row({"3"}),
            complete("SELECT 1"), ready()})
        .result("all", {"1", "2", "3"}, {"SELECT 2", "SET", "SELECT 0", "SELECT 1"})
        .expect([](machine const& m) {
            return m["all"].columns_seen == 3 ? "" : "columns were not told";
        })
        .call(simple("dropped", "A"))
        .wrote({"Query A"})
        .server({columns({"a"}), row({"1"}), complete("SELECT 1"), ready()})
        .result("dropped", {}, {"SELECT 1"})
        .open()
        .run();
    call_spec bad = simple("bad", "A; B").with(&call_spec::takes_rows);
    bad.throws_rows = true;
    script{"rows that do not fit"}
        .call(bad)
        .wrote_anything()
        .server({columns({"a"}), row({"1"}), complete("SELECT 1"), columns({"b"}), row({"2"}),
            complete("SELECT 1"), ready()})
        .fails<std::runtime_error>("bad", "rows() of bad")
        .open()
        .run();
}

TEST_CASE("an error in a text of several statements says which it was, where that is known")
{
    script{"in the third"}
        .call(simple("all", "A; B; C").with(&call_spec::takes_rows))
        .wrote_anything()
        .server({columns({"a"}), row({"1"}), complete("SELECT 1"), complete("SET"), columns({"b"}),
            row({"2"}), error_response("22012", "division by zero"), ready()})
        .fails<server_error>("all", "(statement 2 of the text, from 0)")
        .open()
        .run();
    script{"not to be read"}
        .call(simple("all", "A; B; C").with(&call_spec::takes_rows))
        .wrote_anything()
        .server({error_response("42601", "syntax error"), ready()})
        .expect([](machine const& m) {
            return text_of(m["all"].error) == "syntax error" ? "" : "a statement was named";
        })
        .open()
        .run();
}
