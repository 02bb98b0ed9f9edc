#include "script.hpp"

#include "catch.hpp"

#include <pgcoro/core/conditions.hpp>

namespace repeating_test {

namespace {

using namespace pgcoro;
using namespace backend;

messages described()
{
    return {parse_complete(), parameters(), columns({"n"})};
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
    return {"Bind " + name + " ()", "Execute", "Sync"};
}
messages stale(char status = 'I')
{
    return {error_response("0A000", "cached plan must not change result type"), ready(status)};
}
messages unknown()
{
    return {error_response("26000", "prepared statement \"pgcoro_1\" does not exist"), ready()};
}

/// A conversation in which A is parsed already.
script after_a(std::string name)
{
    script made{std::move(name)};
    made.call(extended("first", "A"))
        .wrote(parse("pgcoro_1", "A") + run("pgcoro_1"))
        .server(described() + one_row());
    return made;
}

} // namespace

TEST_CASE("a statement whose tables were changed is parsed again and run again, unseen")
{
    for (messages const& refusal : {stale(), unknown(),
             messages{error_response("XX000", "cache lookup failed for type 16400"), ready()},
             messages{error_response("42P01", "relation does not exist"), ready()}}) {
        after_a("stale")
            .call(extended("a", "A"))
            .wrote(run("pgcoro_1"))
            .server(refusal)
            .wrote(messages{"Close pgcoro_1"} + parse("pgcoro_2", "A") + run("pgcoro_2"))
            .server(messages{close_complete()} + described() + one_row())
            .result("a", {"1"}, {"SELECT 1"})
            .open()
            .run();
    }
}

TEST_CASE("arguments are there still when a call is run again")
{
    script{"arguments"}
        .call(extended("first", "A $1", {"x"}))
        .wrote_anything()
        .server(messages{parse_complete(), parameters({25}), columns({"n"})} + one_row())
        .call(extended("a", "A $1", {"value"}))
        .wrote({"Bind pgcoro_1 (value)", "Execute", "Sync"})
        .server(stale())
        .wrote({"Close pgcoro_1", "Parse pgcoro_2: A $1", "Describe pgcoro_2",
            "Bind pgcoro_2 (value)", "Execute", "Sync"})
        .server(messages{close_complete(), parse_complete(), parameters({25}), columns({"n"})})
        .server(one_row())
        .result("a", {"1"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("what is refused again is an error")
{
    after_a("twice")
        .call(extended("a", "A"))
        .wrote_anything()
        .server({error_response("42P01", "relation does not exist"), ready()})
        .wrote(messages{"Close pgcoro_1"} + parse("pgcoro_2", "A") + run("pgcoro_2"))
        .server({close_complete(), error_response("42P01", "relation does not exist"), ready()})
        .fails<undefined_table>("a")
        .open()
        .run();
    // By name it is parsed first, and may be stale by the time that it is bound.
    call_spec named = by_name("a", "A");
    after_a("by name")
        .call(named)
        .wrote({"Bind pgcoro_1 () as 1", "Execute", "Sync"})
        .server(stale())
        .wrote(messages{"Close pgcoro_1"} + parse("pgcoro_2", "A") + messages{"Sync"})
        .server(messages{close_complete()} + described() + messages{ready()})
        .wrote({"Bind pgcoro_2 () as 1", "Execute", "Sync"})
        .server(stale())
        .fails<feature_not_supported>("a", "it had been already")
        .open()
        .run();
}

TEST_CASE("in a transaction nothing is run again, but the statement is forgotten")
{
    script{"in a transaction"}
        .call(extended("first", "A"))
        .wrote_anything()
        .server(described() + one_row())
        .call(simple("begin", "BEGIN").owning(1))
        .wrote_anything()
        .server({complete("BEGIN"), ready('T')})
        .call(extended("a", "A").through(1))
        .wrote(run("pgcoro_1"))
        .server(stale('E'))
        .fails<feature_not_supported>("a", "part of a transaction")
        .call(simple("rollback", "ROLLBACK").releasing(1))
        .wrote({"Query ROLLBACK"})
        .server({complete("ROLLBACK"), ready()})
        .call(extended("again", "A"))
        .wrote(messages{"Close pgcoro_1"} + parse("pgcoro_2", "A") + run("pgcoro_2"))
        .server(messages{close_complete()} + described() + one_row())
        .result("again", {"1"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("what would change places with a call that has run is not run again")
{
    after_a("overtaken")
        .call(extended("a", "A"))
        .call(simple("b", "B"))
        .wrote(run("pgcoro_1") + messages{"Query B"})
        .server(stale() + messages{complete("B"), ready()})
        .fails<feature_not_supported>("a", "calls that were started later")
        .result("b", {}, {"B"})
        .open()
        .run();
}

TEST_CASE("what failed without a trace has not run: the call before it is run again")
{
    messages const again = messages{"Close pgcoro_1"} + parse("pgcoro_3", "A") + run("pgcoro_3");
    messages const answer = messages{close_complete()} + described() + one_row();
    // Refused by the parser; refused when it was executed, and undone.
    for (messages const& fate : {messages{error_response("42601", "syntax error"), ready()},
             described() + messages{bind_complete(), error_response("22012", "by zero"), ready()}})
        after_a("behind it a failure")
            .call(extended("a", "A"))
            .call(extended("b", "SELECT 1/0"))
            .wrote(run("pgcoro_1") + parse("pgcoro_2", "SELECT 1/0") + run("pgcoro_2"))
            .server(stale() + fate)
            .wrote(again)
            .server(answer)
            .result("a", {"1"}, {"SELECT 1"})
            .fails<server_error>("b")
            .open()
            .run();
    // What may have done something before it failed.
    for (std::string const sql : {"CALL p()", "VACUUM t", "/* ? */ SELECT 1"})
        after_a(sql)
            .call(extended("a", "A"))
            .call(extended("b", sql))
            .wrote(run("pgcoro_1") + parse("pgcoro_2", sql) + run("pgcoro_2"))
            .server(stale() + described() +
                    messages{bind_complete(), error_response("22012", "by zero"), ready()})
            .fails<feature_not_supported>("a", "calls that were started later")
            .fails<division_by_zero>("b")
            .open()
            .run();
    after_a("simple")
        .call(extended("a", "A"))
        .call(simple("b", "INSERT; COMMIT; SELECT 1/0"))
        .wrote(run("pgcoro_1") + messages{"Query INSERT; COMMIT; SELECT 1/0"})
        .server(stale() + messages{error_response("22012", "by zero"), ready()})
        .fails<feature_not_supported>("a", "calls that were started later")
        .fails<division_by_zero>("b")
        .open()
        .run();
}

TEST_CASE("all that was refused is run again in its order, before what came later")
{
    after_a("several")
        .call(extended("a1", "A"))
        .call(extended("a2", "A"))
        .wrote(run("pgcoro_1") + run("pgcoro_1"))
        .server(stale())
        .call(extended("c", "C"))
        .wrote({}) // not before it is known what becomes of a2
        .server(stale())
        .wrote(messages{"Close pgcoro_1"} + parse("pgcoro_2", "A") + run("pgcoro_2") +
               parse("", "A") + run("") + parse("pgcoro_3", "C") + run("pgcoro_3"))
        .server(messages{close_complete()} + described() + one_row() + described() + one_row() +
                described() + one_row())
        .result("a1", {"1"}, {"SELECT 1"})
        .result("a2", {"1"}, {"SELECT 1"})
        .result("c", {"1"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("an error of the execution is nobody's to repeat")
{
    after_a("executed")
        .call(extended("a", "A"))
        .wrote(run("pgcoro_1"))
        .server({bind_complete(), error_response("0A000", "not supported"), ready()})
        .fails<feature_not_supported>("a", "not supported")
        .call(extended("again", "A"))
        .wrote(run("pgcoro_1"))
        .server(one_row())
        .result("again", {"1"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("DISCARD ALL and DEALLOCATE ALL empty the cache")
{
    for (std::string const tag : {"DISCARD ALL", "DEALLOCATE ALL"}) {
        after_a(tag)
            .call(preparing("p", "P"))
            .wrote_anything()
            .server(described() + messages{ready()})
            .call(simple("all", tag))
            .call(extended("b", "B")) // parsed behind it: stays
            .wrote_anything()
            .server(messages{complete(tag), ready()} + described() + one_row())
            .call(extended("a", "A"))
            .call(using_prepared("p1", "p", "P", {}))
            .call(extended("b2", "B"))
            .wrote(parse("pgcoro_4", "A") + run("pgcoro_4") + parse("pgcoro_5", "P") +
                   run("pgcoro_5") + run("pgcoro_3"))
            .server(described() + one_row() + described() + one_row() + one_row())
            .result("a", {"1"}, {"SELECT 1"})
            .result("p1", {"1"}, {"SELECT 1"})
            .result("b2", {"1"}, {"SELECT 1"})
            .open()
            .run();
    }
}

TEST_CASE("the cache is bounded by the bytes of its statements, too")
{
    session_settings settings;
    settings.statement_cache_bytes = 25; // each has two more for its count of types
    script{"bytes"}
        .settings(settings)
        .call(extended("a", "A 34567890"))
        .call(extended("b", "B 34567890"))
        .wrote(parse("pgcoro_1", "A 34567890") + run("pgcoro_1") + parse("pgcoro_2", "B 34567890") +
               run("pgcoro_2"))
        .server(described() + one_row() + described() + one_row())
        .call(extended("c", "C"))
        .wrote(parse("pgcoro_3", "C") + run("pgcoro_3"))
        .server(described() + one_row())
        .call(extended("d", "D"))
        .wrote({"Close pgcoro_1", "Parse pgcoro_4: D", "Describe pgcoro_4", "Bind pgcoro_4 ()",
            "Execute", "Sync"})
        .server(messages{close_complete()} + described() + one_row())
        .call(extended("b2", "B 34567890"))
        .wrote(run("pgcoro_2"))
        .server(one_row())
        .result("b2", {"1"}, {"SELECT 1"})
        .open()
        .run_in_pieces();
}

TEST_CASE("a client_encoding other than UTF-8 ends the connection")
{
    script{"latin1"}
        .call(simple("set", "SET client_encoding = latin1"))
        .wrote_anything()
        .server({setting("client_encoding", "LATIN1"), complete("SET"), ready()})
        .fails<connection_lost>("set", "client_encoding was set to LATIN1")
        .closed<connection_lost>("leave it at UTF8")
        .run_in_pieces();
    script{"utf8"}
        .call(simple("set", "SET client_encoding = utf8"))
        .wrote_anything()
        .server({setting("client_encoding", "UTF8"), complete("SET"), ready()})
        .result("set", {}, {"SET"})
        .open()
        .run_in_pieces();
}

} // namespace repeating_test
