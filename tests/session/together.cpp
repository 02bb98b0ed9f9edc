#include "script.hpp"

#include "catch.hpp"

#include <pgcoro/core/conditions.hpp>

namespace together_test {

// Statements that go together: what a pipeline is for the session.

namespace {

using namespace pgcoro;
using namespace backend;

messages described(std::string const& column = "n")
{
    return {parse_complete(), parameters(), columns({column})};
}
messages one_row(std::string const& value)
{
    return {bind_complete(), row({value}), complete("SELECT 1")};
}
messages parse(std::string const& name, std::string const& sql)
{
    return {"Parse " + name + ": " + sql, "Describe " + name};
}
messages run(std::string const& name)
{
    return {"Bind " + name + " ()", "Execute"};
}
messages run_by_name(std::string const& name)
{
    return {"Bind " + name + " () as 1", "Execute"};
}
messages const sync_{"Sync"};
messages const is_ready{ready()};

std::vector<call_spec> three()
{
    return {extended("a", "A"), extended("b", "B"), extended("c", "C")};
}

} // namespace

TEST_CASE("statements that go together are one flight under one Sync")
{
    script{"positional"}
        .call(together("all", three()))
        .wrote(parse("pgcoro_1", "A") + run("pgcoro_1") + parse("pgcoro_2", "B") + run("pgcoro_2") +
               parse("pgcoro_3", "C") + run("pgcoro_3") + sync_)
        .server(described() + one_row("1") + described() + one_row("2") + described() +
                one_row("3") + is_ready)
        .result("all", {}, {})
        .result("a", {"1"}, {"SELECT 1"})
        .result("b", {"2"}, {"SELECT 1"})
        .result("c", {"3"}, {"SELECT 1"})
        .call(together("again", {extended("b2", "B"), extended("a2", "A")}))
        .wrote(run("pgcoro_2") + run("pgcoro_1") + sync_)
        .server(one_row("4") + one_row("5") + is_ready)
        .result("b2", {"4"}, {"SELECT 1"})
        .result("a2", {"5"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("statements that stand alone are one flight with a Sync each")
{
    script{"alone"}
        .call(together("all", three(), true))
        .wrote(parse("pgcoro_1", "A") + run("pgcoro_1") + sync_ + parse("pgcoro_2", "B") +
               run("pgcoro_2") + sync_ + parse("pgcoro_3", "C") + run("pgcoro_3") + sync_)
        .server(described() + one_row("1") + is_ready)
        .server(described() + messages{error_response("22012", "division by zero"), ready()})
        .server(described() + one_row("3") + is_ready)
        .result("all", {}, {})
        .result("a", {"1"}, {"SELECT 1"})
        .fails<pgcoro::division_by_zero>("b", "(statement 1 of the pipeline, from 0: B)")
        .result("c", {"3"}, {"SELECT 1"})
        .call(extended("after", "A"))
        .wrote(run("pgcoro_1") + sync_)
        .server(one_row("4") + is_ready)
        .result("after", {"4"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("what is to be read by name is described in one flight before, all of it")
{
    std::vector<call_spec> const mixed{
        by_name("a", "A"), extended("b", "B"), by_name("c", "C"), by_name("a2", "A")};
    for (bool const alone : {false, true}) {
        messages const each = alone ? sync_ : messages{};
        messages const all = alone ? messages{} : sync_;
        messages const each_ready = alone ? is_ready : messages{};
        messages const all_ready = alone ? messages{} : is_ready;
        script{alone ? "by name, alone" : "by name"}
            .call(together("all", mixed, alone))
            .wrote(parse("pgcoro_1", "A") + each + parse("pgcoro_2", "C") + each + parse("", "A") +
                   each + all)
            .call(extended("later", "L"))
            .wrote({})
            .server(described() + each_ready + described() + each_ready + described() + each_ready +
                    all_ready)
            .wrote(run_by_name("pgcoro_1") + each + parse("pgcoro_3", "B") + run("pgcoro_3") +
                   each + run_by_name("pgcoro_2") + each + messages{"Parse : A"} + run_by_name("") +
                   each + all + parse("pgcoro_4", "L") + run("pgcoro_4") + sync_)
            .server(one_row("1") + each_ready + described() + one_row("2") + each_ready +
                    one_row("3") + each_ready + messages{parse_complete()} + one_row("4") +
                    each_ready + all_ready)
            .server(described() + one_row("5") + is_ready)
            .result("a", {"1"}, {"SELECT 1"})
            .result("b", {"2"}, {"SELECT 1"})
            .result("c", {"3"}, {"SELECT 1"})
            .result("a2", {"4"}, {"SELECT 1"})
            .result("all", {}, {})
            .result("later", {"5"}, {"SELECT 1"})
            .call(together("again", {by_name("c3", "C"), by_name("a3", "A")}, alone))
            .wrote(run_by_name("pgcoro_2") + each + run_by_name("pgcoro_1") + each + all)
            .server(one_row("6") + each_ready + one_row("7") + each_ready + all_ready)
            .result("c3", {"6"}, {"SELECT 1"})
            .result("a3", {"7"}, {"SELECT 1"})
            .open()
            .run();
    }
}

TEST_CASE("an error under one Sync is the whole call's, and names its statement")
{
    script{"in the middle"}
        .call(together("all", three()))
        .wrote_anything()
        .server(
            described() + one_row("1") + messages{error_response("42601", "syntax error"), ready()})
        .fails<syntax_error>("all", "(statement 1 of the pipeline, from 0: B)")
        .fails<syntax_error>("a")
        .fails<syntax_error>("c")
        // The first was parsed, the others were not.
        .call(together("again", {extended("a2", "A"), extended("c2", "C")}))
        .wrote(run("pgcoro_1") + parse("pgcoro_4", "C") + run("pgcoro_4") + sync_)
        .server(one_row("1") + described() + one_row("2") + is_ready)
        .result("c2", {"2"}, {"SELECT 1"})
        .open()
        .run();
    script{"at the commit"}
        .call(together("all", three()))
        .wrote_anything()
        .server(described() + one_row("1") + described() + one_row("2") + described() +
                one_row("3") + messages{error_response("23503", "deferred"), ready()})
        .fails<foreign_key_violation>("all", "deferred")
        .fails<foreign_key_violation>("a")
        .open()
        .run();
    script{"while they are described"}
        .call(together("all", {extended("a", "A"), by_name("b", "B"), by_name("c", "C")}))
        .wrote(parse("pgcoro_1", "B") + parse("pgcoro_2", "C") + sync_)
        .server(described() + messages{error_response("42P01", "no such table"), ready()})
        .wrote({})
        .fails<undefined_table>("all", "(statement 2 of the pipeline, from 0: C)")
        .open()
        .run();
}

TEST_CASE("of those that stand alone only the one fails, in whichever flight")
{
    script{"described alone"}
        .call(together("all", {by_name("a", "A"), by_name("b", "B"), extended("c", "C")}, true))
        .wrote(parse("pgcoro_1", "A") + sync_ + parse("pgcoro_2", "B") + sync_)
        .server(
            messages{error_response("42P01", "no such table"), ready()} + described() + is_ready)
        .wrote(run_by_name("pgcoro_2") + sync_ + parse("pgcoro_3", "C") + run("pgcoro_3") + sync_)
        .server(one_row("2") + is_ready + described() + one_row("3"))
        .server({error_response("23503", "deferred"), ready()})
        .fails<undefined_table>("a")
        .result("b", {"2"}, {"SELECT 1"})
        .fails<foreign_key_violation>("c")
        .result("all", {}, {})
        .open()
        .run();
    script{"none is left"}
        .call(together("all", {by_name("a", "A")}, true))
        .wrote_anything()
        .server({error_response("42P01", "no such table"), ready()})
        .wrote({})
        .fails<undefined_table>("a")
        .result("all", {}, {})
        .open()
        .run();
}

TEST_CASE("what can't be sent is found before anything is sent")
{
    call_spec bad = extended("bad", "B $1", {"1", "2"});
    script{"together"}
        .call(together("all", {by_name("a", "A"), bad}))
        .wrote(parse("pgcoro_1", "A") + sync_)
        .server(described() + is_ready)
        .wrote({})
        .fails<encode_error>("all", "(statement 1 of the pipeline, from 0: B $1)")
        .open()
        .run();
    script{"alone"}
        .call(together("all", {extended("a", "A"), bad, extended("c", "C")}, true))
        .wrote(parse("pgcoro_1", "A") + run("pgcoro_1") + sync_ + parse("pgcoro_2", "C") +
               run("pgcoro_2") + sync_)
        .server(described() + one_row("1") + is_ready + described() + one_row("3") + is_ready)
        .fails<encode_error>("bad")
        .result("c", {"3"}, {"SELECT 1"})
        .result("all", {}, {})
        .open()
        .run();
}

TEST_CASE("rows that a part can't take are its error, and the call's")
{
    call_spec bad = extended("b", "B");
    bad.throws_rows = true;
    script{"together"}
        .call(together("all", {extended("a", "A"), bad, extended("c", "C")}))
        .wrote_anything()
        .server(described() + one_row("1") + described() + one_row("2") + described() +
                one_row("3") + is_ready)
        .fails<std::runtime_error>("all", "rows() of b")
        .open()
        .run();
    script{"alone"}
        .call(together("all", {extended("a", "A"), bad, extended("c", "C")}, true))
        .wrote_anything()
        .server(described() + one_row("1") + is_ready + described() + one_row("2") + is_ready +
                described() + one_row("3") + is_ready)
        .fails<std::runtime_error>("b", "rows() of b")
        .result("c", {"3"}, {"SELECT 1"})
        .result("all", {}, {})
        .open()
        .run();
}

TEST_CASE("a small cache is pushed around by a group, which goes its way all the same")
{
    session_settings small;
    small.statement_cache_size = 1;
    script{"small cache"}
        .settings(small)
        .call(together("all", {by_name("a", "A"), by_name("b", "B")}))
        .wrote(parse("pgcoro_1", "A") + parse("pgcoro_2", "B") + sync_)
        .server(described() + described() + is_ready)
        .wrote(messages{"Close pgcoro_1", "Parse : A"} + run_by_name("") + run_by_name("pgcoro_2") +
               sync_)
        .server(
            messages{close_complete(), parse_complete()} + one_row("1") + one_row("2") + is_ready)
        .result("a", {"1"}, {"SELECT 1"})
        .result("b", {"2"}, {"SELECT 1"})
        // Known when it starts, and pushed out by its neighbour.
        .call(together("again", {extended("c", "C"), by_name("b2", "B")}))
        .wrote(parse("pgcoro_3", "C") + run("pgcoro_3") + messages{"Parse : B"} + run_by_name("") +
               sync_)
        .server(described() + one_row("3") + messages{parse_complete()} + one_row("4") + is_ready)
        .result("c", {"3"}, {"SELECT 1"})
        .result("b2", {"4"}, {"SELECT 1"})
        .call(together("third", {by_name("c2", "C")}, true))
        .wrote(messages{"Close pgcoro_2"} + run_by_name("pgcoro_3") + sync_)
        .server(messages{close_complete()} + one_row("5") + is_ready)
        .result("c2", {"5"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("stale statements: the group runs again if nothing of it has run")
{
    messages const first =
        parse("pgcoro_1", "A") + run("pgcoro_1") + parse("pgcoro_2", "B") + run("pgcoro_2") + sync_;
    messages const first_reply = described() + one_row("1") + described() + one_row("2") + is_ready;
    messages const stale{error_response("0A000", "cached plan must not change result type")};
    std::vector<call_spec> const parts{extended("a2", "A"), extended("b2", "B")};
    script{"the first"}
        .call(together("all", {extended("a", "A"), extended("b", "B")}))
        .wrote(first)
        .server(first_reply)
        .call(together("again", parts))
        .wrote(run("pgcoro_1") + run("pgcoro_2") + sync_)
        .server(stale + is_ready)
        .wrote(messages{"Close pgcoro_1", "Close pgcoro_2"} + parse("pgcoro_3", "A") +
               run("pgcoro_3") + parse("pgcoro_4", "B") + run("pgcoro_4") + sync_)
        .server(messages{close_complete(), close_complete()} + described() + one_row("3") +
                described() + one_row("4") + is_ready)
        .result("a2", {"3"}, {"SELECT 1"})
        .result("b2", {"4"}, {"SELECT 1"})
        .result("again", {}, {})
        .open()
        .run();
    script{"not the first"}
        .call(together("all", {extended("a", "A"), extended("b", "B")}))
        .wrote(first)
        .server(first_reply)
        .call(together("again", parts))
        .wrote_anything()
        .server(one_row("3") + stale + is_ready)
        .wrote({})
        .fails<feature_not_supported>("again", "Nothing of the pipeline was done")
        .call(together("third", {extended("a3", "A"), extended("b3", "B")}))
        .wrote(messages{"Close pgcoro_1", "Close pgcoro_2"} + parse("pgcoro_3", "A") +
               run("pgcoro_3") + parse("pgcoro_4", "B") + run("pgcoro_4") + sync_)
        .server(messages{close_complete(), close_complete()} + described() + one_row("5") +
                described() + one_row("6") + is_ready)
        .result("b3", {"6"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("stale statements that stand alone run again if nothing behind them has run")
{
    messages const runs{"Bind pgcoro_1 (x)", "Execute", "Sync", "Bind pgcoro_2 (y)", "Execute",
        "Sync", "Bind pgcoro_3 (z)", "Execute", "Sync"};
    messages const stale{
        error_response("0A000", "cached plan must not change result type"), ready()};
    messages const refused{error_response("22P02", "no number"), ready()};
    messages const described_text{parse_complete(), parameters({25}), columns({"n"})};
    auto const begin = [&](std::string name) {
        script made{std::move(name)};
        made.call(together("all", {extended("a", "A $1", {"1"}), extended("b", "B $1", {"1"}),
                                      extended("c", "C $1", {"1"})}))
            .wrote_anything()
            .server(described_text + one_row("1") + described_text + one_row("2") + described_text +
                    one_row("3") + is_ready)
            .call(together("again",
                {extended("a2", "A $1", {"x"}), extended("b2", "B $1", {"y"}),
                    extended("c2", "C $1", {"z"})},
                true));
        return made;
    };
    auto const anew = [](std::string const& name, std::string const& sql,
                          std::string const& value) {
        return messages{"Parse " + name + ": " + sql, "Describe " + name,
            "Bind " + name + " (" + value + ")", "Execute", "Sync"};
    };
    begin("what has run behind it")
        .wrote(runs)
        .server(stale + one_row("4") + is_ready + stale)
        .wrote(messages{"Close pgcoro_1", "Close pgcoro_3"} + anew("pgcoro_4", "C $1", "z"))
        .server({close_complete(), close_complete()})
        .server(described_text + one_row("5") + is_ready)
        .fails<feature_not_supported>("a2", "what was behind it has run")
        .result("b2", {"4"}, {"SELECT 1"})
        .result("c2", {"5"}, {"SELECT 1"})
        .result("again", {}, {})
        .open()
        .run();
    begin("all of them, but for what fails otherwise")
        .wrote(runs)
        .server(stale + refused + stale)
        .wrote(messages{"Close pgcoro_1", "Close pgcoro_3"} + anew("pgcoro_4", "A $1", "x") +
               anew("pgcoro_5", "C $1", "z"))
        .server({close_complete(), close_complete()})
        .server(described_text + one_row("4") + is_ready)
        .server(described_text + one_row("5") + is_ready)
        .result("a2", {"4"}, {"SELECT 1"})
        .fails<invalid_text_representation>("b2", "statement 1 of the pipeline")
        .result("c2", {"5"}, {"SELECT 1"})
        .result("again", {}, {})
        .open()
        .run();
    begin("only once")
        .wrote(runs)
        .server(one_row("4") + is_ready + one_row("5") + is_ready + stale)
        .wrote(messages{"Close pgcoro_3"} + anew("pgcoro_4", "C $1", "z"))
        .server(messages{close_complete()} + described_text + stale)
        .result("a2", {"4"}, {"SELECT 1"})
        .fails<feature_not_supported>("c2", "statement 2 of the pipeline")
        .result("again", {}, {})
        .open()
        .run();
    begin("a call behind it has run")
        .call(simple("later", "L"))
        .wrote(runs + messages{"Query L"})
        .server(one_row("4") + is_ready + stale + stale + messages{complete("L"), ready()})
        .result("a2", {"4"}, {"SELECT 1"})
        .fails<feature_not_supported>("b2", "what was behind it has run")
        .fails<feature_not_supported>("c2", "(statement 2 of the pipeline, from 0: C $1)")
        .result("again", {}, {})
        .result("later", {}, {"L"})
        .open()
        .run();
    begin("what was answered is kept")
        .wrote(runs)
        .server(one_row("4") + is_ready + one_row("5") + is_ready + stale)
        .wrote_anything()
        .act([](machine& m) {
            m.state.received_end();
            m.tell();
        })
        .result("a2", {"4"}, {"SELECT 1"})
        .result("b2", {"5"}, {"SELECT 1"})
        .fails<connection_lost>("c2")
        .result("again", {}, {})
        .run();
    begin("what was answered is kept where the connection is closed before it runs again")
        .call(extended("later", "L").through(0))
        .wrote_anything()
        .server(one_row("4") + is_ready + one_row("5") + is_ready + stale)
        .act([](machine& m) {
            m.state.say_goodbye();
            m.tell();
        })
        .result("a2", {"4"}, {"SELECT 1"})
        .result("b2", {"5"}, {"SELECT 1"})
        .fails<connection_lost>("c2")
        .result("again", {}, {})
        .run();
    begin("lost before the others are answered")
        .wrote(runs)
        .server(stale)
        .act([](machine& m) {
            m.state.received_end();
            m.tell();
        })
        .fails<connection_lost>("a2")
        .fails<connection_lost>("b2")
        .fails<connection_lost>("c2")
        .run();
    // A call before it that waits to be run again does not, if one of these has run.
    script{"behind another"}
        .call(together("all", {extended("a", "A"), extended("b", "B"), extended("c", "C")}))
        .wrote_anything()
        .server(described() + one_row("1") + described() + one_row("2") + described() +
                one_row("3") + is_ready)
        .call(extended("first", "A"))
        .call(together("again", {extended("b2", "B"), extended("c2", "C")}, true))
        .wrote_anything()
        .server(stale + one_row("4") + is_ready + stale)
        .wrote(messages{"Close pgcoro_1", "Close pgcoro_3"} + parse("pgcoro_4", "C") +
               run("pgcoro_4") + sync_)
        .server({close_complete(), close_complete()})
        .server(described() + one_row("5") + is_ready)
        .fails<feature_not_supported>("first", "calls that were started later had run already")
        .result("b2", {"4"}, {"SELECT 1"})
        .result("c2", {"5"}, {"SELECT 1"})
        .open()
        .run();
    // By name: the columns are asked for anew.
    script{"by name"}
        .call(together("all", {by_name("a", "A"), extended("b", "B")}))
        .wrote_anything()
        .server(described() + is_ready)
        .wrote_anything()
        .server(one_row("1") + described() + one_row("2") + is_ready)
        .call(together("again", {by_name("a2", "A"), extended("b2", "B")}, true))
        .wrote(run_by_name("pgcoro_1") + sync_ + run("pgcoro_2") + sync_)
        .server(stale + stale)
        .wrote(messages{"Close pgcoro_1", "Close pgcoro_2"} + parse("pgcoro_3", "A") + sync_)
        .server(messages{close_complete(), close_complete()} + described("m") + is_ready)
        .wrote(run_by_name("pgcoro_3") + sync_ + parse("pgcoro_4", "B") + run("pgcoro_4") + sync_)
        .server(one_row("3") + is_ready + described() + one_row("4") + is_ready)
        .result("a2", {"3"}, {"SELECT 1"})
        .result("b2", {"4"}, {"SELECT 1"})
        .result("again", {}, {})
        .open()
        .run();
    script{"in a transaction"}
        .call(together("all", {extended("a", "A"), extended("b", "B")}))
        .wrote_anything()
        .server(described() + one_row("1") + described() + one_row("2") + is_ready)
        .call(simple("begin", "BEGIN").owning(1))
        .wrote_anything()
        .server({complete("BEGIN"), ready('T')})
        .call(together("again", {extended("a2", "A"), extended("b2", "B")}, true).through(1))
        .wrote_anything()
        .server({error_response("0A000", "cached plan must not change result type"), ready('E')})
        .server({error_response("25P02", "the transaction is aborted"), ready('E')})
        .wrote({})
        .fails<feature_not_supported>("a2", "The transaction has failed")
        .fails<in_failed_sql_transaction>("b2")
        .result("again", {}, {})
        .run();
}

TEST_CASE("a group is withdrawn or drained as a whole")
{
    script{"withdrawn"}
        .call(extended("before", "X"))
        .call(together("all", three()))
        .call(extended("after", "Y"))
        .act([](machine& m) {
            if (!m.abandon("all"))
                FAIL("not free");
        })
        .wrote(parse("pgcoro_1", "X") + run("pgcoro_1") + sync_ + parse("pgcoro_5", "Y") +
               run("pgcoro_5") + sync_)
        .server(described() + one_row("1") + is_ready + described() + one_row("2") + is_ready)
        .fails<left_by_test>("all")
        .fails<left_by_test>("a")
        .result("after", {"2"}, {"SELECT 1"})
        .open()
        .run();
    script{"drained"}
        .call(together("all", three()))
        .wrote_anything()
        .act([](machine& m) { (void)m.abandon("all"); })
        .server(described() + one_row("1") + described() + one_row("2") + described() +
                one_row("3") + is_ready)
        .call(extended("after", "B"))
        .wrote(run("pgcoro_2") + sync_)
        .server(one_row("4") + is_ready)
        .expect([](machine const& m) {
            return m["a"].rows.empty() && m["c"].rows.empty() ? "" : "rows for nobody";
        })
        .result("after", {"4"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("COPY in a group is refused")
{
    script{"last"}
        .call(together("all", {extended("a", "A"), extended("b", "B")}))
        .wrote_anything()
        .server(described() + one_row("1"))
        .server({parse_complete(), parameters(), no_data(), bind_complete(), copy_in()})
        .wrote({"CopyFail", "Sync"})
        .server({error_response("57014", "COPY from stdin failed"), ready()})
        .fails<copy_refused>("all", "(statement 1 of the pipeline, from 0: B)")
        .open()
        .run();
    script{"not last"}
        .call(together("all", three()))
        .wrote_anything()
        .server({parse_complete(), parameters(), no_data(), bind_complete(), copy_in()})
        .closed<connection_lost>("COPY FROM STDIN")
        .run();
}

TEST_CASE("what had been answered before the connection was lost is kept by those that stand alone")
{
    script{"lost"}
        .call(together("all", three(), true))
        .wrote_anything()
        .server(described() + one_row("1") + is_ready)
        .act([](machine& m) { m.end(); })
        .result("all", {}, {})
        .result("a", {"1"}, {"SELECT 1"})
        .fails<connection_lost>("b")
        .fails<connection_lost>("c")
        .run();
}

} // namespace together_test
