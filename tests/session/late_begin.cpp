#include "script.hpp"

#include "catch.hpp"

#include <pgcoro/core/conditions.hpp>

namespace late_begin_test {

// Transactions that begin with their first statement.

namespace {

using namespace pgcoro;
using namespace backend;

messages described()
{
    return {parse_complete(), parameters(), columns({"n"})};
}
messages one_row(std::string const& value, char status = 'T')
{
    return {bind_complete(), row({value}), complete("SELECT 1"), ready(status)};
}
messages parse(std::string const& name, std::string const& sql)
{
    return {"Parse " + name + ": " + sql, "Describe " + name};
}
messages run(std::string const& name)
{
    return {"Bind " + name + " ()", "Execute", "Sync"};
}
messages const begin_sent{"Parse : BEGIN", "Bind  ()", "Execute"};
messages const begin_done{parse_complete(), bind_complete(), complete("BEGIN")};

call_spec begin()
{
    call_spec spec = simple("begin", "BEGIN").owning(1, "ROLLBACK");
    spec.begins_late = true;
    return spec;
}
call_spec end(std::string const& sql)
{
    call_spec spec = simple(sql, sql).releasing(1);
    spec.ends_unbegun = spec.never_withdraw = true;
    return spec;
}
call_spec rollback()
{
    return end("ROLLBACK").with(&call_spec::rolls_back).with(&call_spec::must_end_idle);
}
script begun(std::string name)
{
    script made{std::move(name)};
    made.call(begin()).wrote({}).result("begin", {}, {});
    return made;
}

} // namespace

TEST_CASE("BEGIN goes before the first statement, under its Sync, and nothing behind it")
{
    begun("first")
        .call(extended("a", "A").through(1))
        .call(extended("b", "B").through(1))
        .wrote(begin_sent + parse("pgcoro_1", "A") + run("pgcoro_1"))
        .server(begin_done + described() + one_row("1"))
        .wrote(parse("pgcoro_2", "B") + run("pgcoro_2"))
        .server(described() + one_row("2"))
        .call(end("COMMIT"))
        .call(extended("after", "A"))
        .wrote(messages{"Query COMMIT"} + run("pgcoro_1"))
        .server(messages{complete("COMMIT"), ready()} + one_row("3", 'I'))
        .result("a", {"1"}, {"SELECT 1"})
        .result("b", {"2"}, {"SELECT 1"})
        .result("COMMIT", {}, {"COMMIT"})
        .result("after", {"3"}, {"SELECT 1"})
        .open()
        .run();
    // Where the columns must be known it is there before they are asked for.
    begun("by name")
        .call(by_name("a", "A").through(1))
        .call(extended("b", "B").through(1))
        .wrote(begin_sent + parse("pgcoro_1", "A") + messages{"Sync"})
        .server(begin_done + described() + messages{ready('T')})
        .wrote(messages{"Bind pgcoro_1 () as 1", "Execute", "Sync"} + parse("pgcoro_2", "B") +
               run("pgcoro_2"))
        .server(one_row("1") + described() + one_row("2"))
        .result("a", {"1"}, {"SELECT 1"})
        .result("b", {"2"}, {"SELECT 1"})
        .run();
    // BEGIN has no name either, and must not take that of the statement.
    session_settings none;
    none.statement_cache_size = 0;
    script{"without a cache"}
        .settings(none)
        .call(begin())
        .call(by_name("a", "A").through(1))
        .wrote(begin_sent + parse("", "A") + messages{"Sync"})
        .server(begin_done + described() + messages{ready('T')})
        .wrote({"Bind  () as 1", "Execute", "Sync"})
        .server(one_row("1"))
        .result("a", {"1"}, {"SELECT 1"})
        .run();
}

TEST_CASE("a BEGIN that fails takes the first statement with it, and all that would follow")
{
    for (bool const alone : {false, true})
        begun(alone ? "alone" : "together")
            .call((alone ? simple("a", "A") : extended("a", "A")).through(1))
            .call(extended("b", "B").through(1))
            .wrote(alone ? messages{"Query BEGIN"}
                         : begin_sent + parse("pgcoro_1", "A") + run("pgcoro_1"))
            .server({error_response("25001", "no BEGIN"), ready()})
            .wrote({})
            .fails<active_sql_transaction>("a", "no BEGIN")
            .fails<active_sql_transaction>("b", "no BEGIN")
            .call(extended("late", "L").through(1))
            .call(end("COMMIT"))
            .wrote({})
            .fails<active_sql_transaction>("late", "no BEGIN")
            .fails<active_sql_transaction>("COMMIT", "no BEGIN")
            .call(simple("other", "X"))
            .wrote({"Query X"})
            .server({complete("X"), ready()})
            .result("other", {}, {"X"})
            .open()
            .run();
}

TEST_CASE("there is nothing to roll back of what never began")
{
    // It waited when BEGIN failed, or is started afterwards.
    for (bool const waits : {false, true}) {
        script failing{waits ? "it waits" : "it comes later"};
        failing.call(begin()).call(extended("a", "A").through(1));
        failing.call(extended("b", "B").through(1));
        if (waits)
            failing.call(rollback());
        failing.wrote_anything().server({error_response("25001", "no BEGIN"), ready()});
        if (!waits)
            failing.call(rollback());
        failing.wrote({})
            .fails<active_sql_transaction>("a", "no BEGIN")
            .fails<active_sql_transaction>("b", "no BEGIN")
            .result("ROLLBACK", {}, {})
            .call(simple("other", "X"))
            .wrote({"Query X"})
            .server({complete("X"), ready()})
            .result("other", {}, {"X"})
            .open()
            .run();
    }
    // BEGIN was hit by the request to cancel the first statement. That is nobody else's error.
    machine m;
    m.log_in();
    m.start(begin());
    m.start(extended("a", "A").through(1));
    (void)m.written();
    CHECK(m.abandon("a"));
    m.start(extended("b", "B").through(1));
    m.start(rollback());
    CHECK(m.state.may_cancel());
    m.state.cancels_head();
    m.feed(error_response("57014", "cancelled") + ready());
    CHECK(is_a<query_canceled>(m["a"].error));
    CHECK(is_a<transaction_lost>(m["b"].error));
    CHECK(m["ROLLBACK"].finished == 1);
    CHECK_FALSE(m["ROLLBACK"].error);
    CHECK(m.written().empty());
    CHECK(m.check_ends().empty());
}

TEST_CASE("a transaction that never began does not roll back one that was begun by hand")
{
    script{"by hand"}
        .call(simple("before", "BEGIN"))
        .call(begin())
        .call(extended("a", "A").through(1))
        .call(rollback())
        .wrote({"Query BEGIN"})
        .server({complete("BEGIN"), ready('T')})
        .wrote({})
        .fails<transaction_lost>("a", "by hand")
        .result("ROLLBACK", {}, {})
        .status('T')
        .open()
        .run();
}

TEST_CASE("a first statement that fails leaves a transaction that has failed")
{
    begun("fails")
        .call(extended("a", "A").through(1))
        .wrote_anything()
        .server(begin_done + messages{error_response("42601", "syntax"), ready('E')})
        .fails<syntax_error>("a")
        .call(end("ROLLBACK"))
        .wrote({"Query ROLLBACK"})
        .server({complete("ROLLBACK"), ready()})
        .result("ROLLBACK", {}, {"ROLLBACK"})
        .open()
        .run();
    // Also one that is only asked about: what was started behind it must not be made permanent.
    for (bool const prepared : {false, true})
        begun(prepared ? "can't be prepared" : "can't be described")
            .call((prepared ? preparing("a", "A") : by_name("a", "A")).through(1))
            .call(extended("b", "B").through(1))
            .call(end("COMMIT"))
            .wrote(begin_sent + parse("pgcoro_1", "A") + messages{"Sync"})
            .server(begin_done + messages{error_response("42601", "syntax"), ready('E')})
            .fails<syntax_error>("a")
            .wrote(parse("pgcoro_2", "B") + run("pgcoro_2") + messages{"Query COMMIT"})
            .server({error_response("25P02", "aborted"), ready('E'), complete("ROLLBACK"), ready()})
            .fails<in_failed_sql_transaction>("b")
            .result("COMMIT", {}, {"ROLLBACK"})
            .open()
            .run();
    // Nothing of a transaction is repeated.
    script{"stale"}
        .call(extended("before", "A"))
        .wrote_anything()
        .server(described() + one_row("1", 'I'))
        .result("before", {"1"}, {"SELECT 1"})
        .call(begin())
        .result("begin", {}, {})
        .call(extended("a", "A").through(1))
        .wrote(begin_sent + run("pgcoro_1"))
        .server(begin_done + messages{error_response("0A000", "plan"), ready('E')})
        .fails<feature_not_supported>("a", "part of a transaction")
        .open()
        .run();
}

TEST_CASE("a transaction without a statement never was")
{
    for (std::string const how : {"COMMIT", "ROLLBACK"})
        begun(how)
            .call(extended("stranger", "S"))
            .fails<operation_in_progress>("stranger")
            .call(end(how))
            .call(simple("after", "X"))
            .wrote({"Query X"})
            .server({complete("X"), ready()})
            .result(how, {}, {})
            .result("after", {}, {"X"})
            .open()
            .run();
    // But one that is to be prepared must have been.
    begun("PREPARE")
        .call(simple("prepare", "PREPARE TRANSACTION 'x'").releasing(1))
        .wrote({"Query BEGIN"})
        .server({complete("BEGIN"), ready('T')})
        .wrote({"Query PREPARE TRANSACTION 'x'"})
        .server({complete("PREPARE TRANSACTION"), ready()})
        .result("prepare", {}, {"PREPARE TRANSACTION"})
        .open()
        .run();
}

TEST_CASE("what can't stand behind BEGIN under one Sync waits for it")
{
    begun("simple")
        .call(simple("a", "A").through(1))
        .call(extended("b", "B").through(1))
        .wrote({"Query BEGIN"})
        .server({complete("BEGIN"), ready('T')})
        .wrote(messages{"Query A"} + parse("pgcoro_1", "B") + run("pgcoro_1"))
        .server(messages{complete("A"), ready('T')} + described() + one_row("2"))
        .result("a", {}, {"A"})
        .result("b", {"2"}, {"SELECT 1"})
        .run();
    call_spec group = together("all", {extended("a", "A"), extended("b", "B")});
    begun("a group")
        .call(std::move(group).through(1))
        .wrote({"Query BEGIN"})
        .server({complete("BEGIN"), ready('T')})
        .wrote(parse("pgcoro_1", "A") + messages{"Bind pgcoro_1 ()", "Execute"} +
               parse("pgcoro_2", "B") + run("pgcoro_2"))
        .run();
}

TEST_CASE("BEGIN passes on to the next statement if the first is withdrawn")
{
    begun("the next")
        .call(extended("a", "A").through(1))
        .call(extended("b", "B").through(1))
        .act([](machine& m) { CHECK(m.abandon("a")); })
        .wrote(begin_sent + parse("pgcoro_2", "B") + run("pgcoro_2"))
        .server(begin_done + described() + one_row("2"))
        .fails<left_by_test>("a")
        .result("b", {"2"}, {"SELECT 1"})
        .run();
    begun("whoever comes")
        .call(extended("a", "A").through(1))
        .act([](machine& m) { CHECK(m.abandon("a")); })
        .wrote({})
        .call(extended("b", "B").through(1))
        .wrote(begin_sent + parse("pgcoro_2", "B") + run("pgcoro_2"))
        .server(begin_done + described() + one_row("2"))
        .result("b", {"2"}, {"SELECT 1"})
        .run();
    begun("can't be sent")
        .call(extended("a", "A $1", {"1", "2"}).through(1))
        .fails<encode_error>("a")
        .wrote({})
        .call(end("COMMIT"))
        .wrote({})
        .result("COMMIT", {}, {})
        .open()
        .run();
}

TEST_CASE("a transaction begins when it is known that no other one is open")
{
    script{"waits"}
        .call(simple("before", "X"))
        .call(begin())
        .call(extended("a", "A").through(1))
        .wrote({"Query X"})
        .server({complete("X"), ready()})
        .wrote(begin_sent + parse("pgcoro_1", "A") + run("pgcoro_1"))
        .server(begin_done + described() + one_row("1"))
        .result("a", {"1"}, {"SELECT 1"})
        .run();
    script{"by hand"}
        .call(simple("before", "BEGIN"))
        .call(begin())
        .call(extended("a", "A").through(1))
        .call(extended("b", "B").through(1))
        .wrote({"Query BEGIN"})
        .server({complete("BEGIN"), ready('T')})
        .wrote({})
        .fails<transaction_lost>("a", "by hand")
        .fails<transaction_lost>("b", "by hand")
        .status('T')
        .open()
        .run();
}

TEST_CASE("a transaction that is dropped while its first statement is under way is rolled back")
{
    begun("dropped")
        .call(extended("a", "A").through(1))
        .wrote(begin_sent + parse("pgcoro_1", "A") + run("pgcoro_1"))
        .call(rollback())
        .wrote({})
        .server(begin_done + described() + one_row("1"))
        .wrote({"Query ROLLBACK"})
        .server({complete("ROLLBACK"), ready()})
        .result("a", {"1"}, {"SELECT 1"})
        .result("ROLLBACK", {}, {"ROLLBACK"})
        .open()
        .run();
}

TEST_CASE("a stream that is dropped is no reason to cancel the transaction that it began")
{
    for (bool const late : {false, true}) {
        machine m;
        m.log_in();
        if (late)
            m.start(begin());
        call_spec stream = extended("s", "SELECT n FROM t").owning(2);
        stream.via = late ? 1 : 0;
        m.start(std::move(stream).with(&call_spec::opens));
        (void)m.written();
        std::string const half =
            parse_complete() + parameters() + columns({"n"}) + bind_complete() + row({"1"});
        m.feed(late ? parse_complete() + bind_complete() + complete("BEGIN") + half : half);
        CHECK(m["s"].rows.size() == 1);
        CHECK(m.abandon("s"));
        CHECK(m.state.may_cancel() == !late);
        m.feed(complete("SELECT 1") + ready(late ? 'T' : 'I'));
        CHECK(m.check_ends().empty());
    }
}

} // namespace late_begin_test
