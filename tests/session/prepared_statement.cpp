#include "script.hpp"

#include "catch.hpp"

#include <pgcoro/core/conditions.hpp>

namespace prepared_statement_test {

namespace {

using namespace pgcoro;
using namespace backend;

messages described()
{
    return {parse_complete(), parameters({25}), columns({"n"})};
}
messages one_row()
{
    return {bind_complete(), row({"1"}), complete("SELECT 1"), ready()};
}
messages parse(std::string const& name, std::string const& sql)
{
    return {"Parse " + name + ": " + sql, "Describe " + name};
}
messages run(std::string const& name)
{
    return {"Bind " + name + " (a)", "Execute", "Sync"};
}
messages a_sync()
{
    return {"Sync"};
}

} // namespace

TEST_CASE("a statement is prepared in one round trip, and run in one, rows by name too")
{
    call_spec named = by_name("by name", "A $1", {"a"});
    named.uses = "p";
    script{"prepare"}
        .call(preparing("p", "A $1"))
        .wrote(parse("pgcoro_1", "A $1") + a_sync())
        .server(described() + messages{ready()})
        .result("p", {}, {})
        .call(using_prepared("a", "p", "A $1", {"a"}))
        .wrote(run("pgcoro_1"))
        .server(one_row())
        .result("a", {"1"}, {"SELECT 1"})
        .call(named)
        .wrote({"Bind pgcoro_1 (a) as 1", "Execute", "Sync"})
        .server(one_row())
        .result("by name", {"1"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("a prepared statement is none of the cache's")
{
    script{"apart"}
        .call(preparing("p", "A $1"))
        .call(extended("a", "A $1", {"a"}))
        .call(preparing("q", "A $1"))
        .wrote(parse("pgcoro_1", "A $1") + a_sync() + parse("pgcoro_2", "A $1") + run("pgcoro_2") +
               parse("pgcoro_3", "A $1") + a_sync())
        .server(described() + messages{ready()} + described() + one_row() + described() +
                messages{ready()})
        .result("a", {"1"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("a prepared statement whose holder goes is closed with the next flight, once it is there")
{
    script{"closed"}
        .call(preparing("p", "A $1"))
        .wrote_anything()
        .server(described() + messages{ready()})
        .act([](machine& m) { m.state.close_statement(*m.statements.at("p")); })
        .call(extended("b", "B"))
        .wrote({"Close pgcoro_1", "Parse pgcoro_2: B", "Describe pgcoro_2", "Bind pgcoro_2 ()",
            "Execute", "Sync"})
        .server({close_complete(), parse_complete(), parameters(), columns({"n"})})
        .server(one_row())
        .result("b", {"1"}, {"SELECT 1"})
        .open()
        .run_in_pieces();
    script{"closed while it is being parsed"}
        .call(extended("b", "B"))
        .wrote_anything()
        .server(messages{parse_complete(), parameters(), columns({"n"})} + one_row())
        .call(preparing("p", "A $1"))
        .act([](machine& m) { m.state.close_statement(*m.statements.at("p")); })
        .wrote(parse("pgcoro_2", "A $1") + a_sync())
        .server(described() + messages{ready()})
        .call(extended("b2", "B")) // a flight without a Parse will do
        .wrote({"Close pgcoro_2", "Bind pgcoro_1 ()", "Execute", "Sync"})
        .server(messages{close_complete()} + one_row())
        .result("b2", {"1"}, {"SELECT 1"})
        .open()
        .run_in_pieces();
}

TEST_CASE("a call of a prepared statement whose holder has gone is parsed for itself")
{
    script{"unnamed"}
        .call(preparing("p", "A $1"))
        .wrote_anything()
        .server(described() + messages{ready()})
        .act([](machine& m) { m.state.close_statement(*m.statements.at("p")); })
        .call(using_prepared("a", "p", "A $1", {"a"}))
        .wrote(messages{"Close pgcoro_1"} + parse("", "A $1") + run(""))
        .server(messages{close_complete()} + described() + one_row())
        .result("a", {"1"}, {"SELECT 1"})
        .open()
        .run_in_pieces();
}

TEST_CASE("a statement that can't be prepared leaves nothing behind")
{
    script{"refused"}
        .call(preparing("p", "A $1"))
        .wrote_anything()
        .server({error_response("42601", "syntax error"), ready()})
        .fails<syntax_error>("p")
        .call(extended("b", "B"))
        .wrote({"Parse pgcoro_2: B", "Describe pgcoro_2", "Bind pgcoro_2 ()", "Execute", "Sync"})
        .server(messages{parse_complete(), parameters(), columns({"n"})} + one_row())
        .result("b", {"1"}, {"SELECT 1"})
        .open()
        .run();
}

} // namespace prepared_statement_test
