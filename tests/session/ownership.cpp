#include "script.hpp"

#include "catch.hpp"

#include <pgcoro/core/conditions.hpp>

namespace ownership_test {

namespace {

using namespace pgcoro;
using namespace backend;

messages done(std::string const& tag, char status)
{
    return {complete(tag), ready(status)};
}

call_spec begin(std::string name, std::uint64_t owner)
{
    return simple(std::move(name), "BEGIN").owning(owner, "ROLLBACK");
}
call_spec end(std::string name, std::string sql, std::uint64_t owner)
{
    return simple(std::move(name), std::move(sql))
        .releasing(owner)
        .with(&call_spec::never_withdraw);
}

} // namespace

TEST_CASE("a call that does not go through the owner fails at once, and names it")
{
    // Else a stranger's insert vanishes with somebody's rollback; if it waited, it could deadlock.
    script{"stranger"}
        .call(begin("tx", 1))
        .call(simple("stranger", "INSERT"))
        .wrote({"Query BEGIN"})
        .fails<operation_in_progress>("stranger", "another operation is in progress (owner tx)")
        .server(done("BEGIN", 'T'))
        .call(extended("stranger2", "INSERT"))
        .wrote({})
        .fails<operation_in_progress>("stranger2", "owner tx")
        .call(simple("mine", "INSERT").through(1))
        .call(end("commit", "COMMIT", 1))
        .call(simple("next", "SELECT 1")) // the connection is free as soon as the end is queued
        .wrote({"Query INSERT", "Query COMMIT", "Query SELECT 1"})
        .server(done("INSERT 0 1", 'T') + done("COMMIT", 'I') + done("SELECT 1", 'I'))
        .result("mine", {}, {"INSERT 0 1"})
        .result("commit", {}, {"COMMIT"})
        .result("next", {}, {"SELECT 1"})
        .status('I')
        .open()
        .run();
}

TEST_CASE("a nested owner keeps its parent out until it ends")
{
    script{"nested"}
        .call(begin("tx", 1))
        .call(simple("inner", "SAVEPOINT s").through(1).owning(2, "ROLLBACK TO s"))
        .call(simple("parent", "INSERT").through(1))
        .call(simple("stranger", "INSERT"))
        .call(simple("child", "INSERT").through(2))
        .wrote({"Query BEGIN", "Query SAVEPOINT s", "Query INSERT"})
        .fails<operation_in_progress>("parent", "owner inner")
        .fails<operation_in_progress>("stranger", "owner inner")
        .call(end("release", "RELEASE s", 2))
        .call(simple("parent2", "INSERT").through(1))
        .call(simple("late", "INSERT").through(2))
        .wrote({"Query RELEASE s", "Query INSERT"})
        .fails<transaction_lost>("late", "has ended")
        .server(done("BEGIN", 'T') + done("SAVEPOINT", 'T') + done("INSERT 0 1", 'T') +
                done("RELEASE", 'T') + done("INSERT 0 1", 'T'))
        .result("child", {}, {"INSERT 0 1"})
        .result("parent2", {}, {"INSERT 0 1"})
        .status('T')
        .open()
        .run();
}

TEST_CASE("an outer owner that ends takes with it what is stacked on it")
{
    script{"outer first"}
        .call(begin("tx", 1))
        .call(simple("inner", "SAVEPOINT s").through(1).owning(2))
        .call(simple("in2", "SELECT 2").through(2))
        .act([](machine& m) { m.release_owner(1); })
        .call(simple("late", "SELECT 3").through(2))
        .call(simple("free", "SELECT 4"))
        .wrote({"Query BEGIN", "Query SAVEPOINT s", "Query SELECT 2", "Query SELECT 4"})
        .fails<transaction_lost>("late")
        .server(done("BEGIN", 'T') + done("SAVEPOINT", 'T') + done("SELECT 1", 'T') +
                done("SELECT 1", 'T'))
        .open()
        .run_in_pieces();
}

TEST_CASE("an owner whose call fails owns nothing")
{
    script{"begin fails"}
        .call(begin("tx", 1))
        .wrote({"Query BEGIN"})
        .server({error_response("53300", "too many"), ready()})
        .fails<server_error>("tx")
        .call(simple("free", "SELECT 1"))
        .wrote({"Query SELECT 1"})
        .server(done("SELECT 1", 'I'))
        .result("free", {}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("a BEGIN whose caller leaves is undone at once; the connection must end idle")
{
    // Nobody else would: an idle connection in a transaction holds locks.
    script{"written"}
        .call(begin("tx", 1))
        .wrote({"Query BEGIN"})
        .act([](machine& m) { CHECK(m.abandon("tx")); })
        .wrote({"Query ROLLBACK"})
        .call(simple("next", "SELECT 1")) // lent again at once
        .wrote({"Query SELECT 1"})
        .server(done("BEGIN", 'T') + done("ROLLBACK", 'I') + done("SELECT 1", 'I'))
        .result("next", {}, {"SELECT 1"})
        .status('I')
        .open()
        .run_in_pieces();
    script{"unwritten"}
        .call(begin("tx", 1))
        .act([](machine& m) { CHECK(m.abandon("tx")); })
        .wrote({})
        .fails<left_by_test>("tx")
        .call(simple("next", "SELECT 1"))
        .wrote({"Query SELECT 1"})
        .server(done("SELECT 1", 'I'))
        .open()
        .run_in_pieces();
    script{"it can't be undone"}
        .call(begin("tx", 1))
        .wrote({"Query BEGIN"})
        .act([](machine& m) { CHECK(m.abandon("tx")); })
        .wrote({"Query ROLLBACK"})
        .server(done("BEGIN", 'T') + messages{error_response("XX000", "no"), ready('T')})
        .closed<connection_lost>("could not be brought back to idle")
        .run_in_pieces();
    // A nested one leaves its parent's transaction open, of course.
    script{"nested"}
        .call(begin("tx", 1))
        .wrote({"Query BEGIN"})
        .server(done("BEGIN", 'T'))
        .call(simple("inner", "SAVEPOINT s").through(1).owning(2, "ROLLBACK TO s; RELEASE s"))
        .wrote({"Query SAVEPOINT s"})
        .act([](machine& m) { CHECK(m.abandon("inner")); })
        .call(simple("parent", "SELECT 1").through(1))
        .wrote({"Query ROLLBACK TO s; RELEASE s", "Query SELECT 1"})
        .server(done("SAVEPOINT", 'T') +
                messages{complete("ROLLBACK"), complete("RELEASE"), ready('T')} +
                done("SELECT 1", 'T'))
        .result("parent", {}, {"SELECT 1"})
        .status('T')
        .open()
        .run_in_pieces();
}

TEST_CASE("what must clean up and does not leaves no connection behind")
{
    script{"rollback fails"}
        .call(simple("a", "BEGIN"))
        .call(simple("b", "ROLLBACK").with(&call_spec::must_end_idle))
        .call(simple("c", "SELECT 1"))
        .wrote({"Query BEGIN", "Query ROLLBACK", "Query SELECT 1"})
        .server(done("BEGIN", 'T') + done("ROLLBACK", 'T') + done("SELECT 1", 'T'))
        .fails<connection_lost>("c", "could not be brought back to idle")
        .closed<connection_lost>()
        .run();
    // The same where it can't even be sent.
    using namespace std::string_literals;
    script{"can't be sent"}
        .call(simple("a", "ROLLBACK\0"s).with(&call_spec::must_end_idle))
        .wrote({})
        .fails<encode_error>("a")
        .closed<connection_lost>("could not be brought back to idle")
        .run();
}

TEST_CASE(
    "a transaction that is left open on a shared connection closes it, and nobody is repeated")
{
    auto const shared = &call_spec::shares_connection;
    script{"leak"}
        .call(simple("a", "SELECT 1").with(shared))
        .call(simple("b", "SELECT 1; BEGIN").with(shared))
        .call(simple("c", "INSERT").with(shared))
        .wrote({"Query SELECT 1", "Query SELECT 1; BEGIN", "Query INSERT"})
        .server(done("SELECT 1", 'I'))
        .server(
            messages{complete("SELECT 1"), complete("BEGIN"), ready('T')} + done("INSERT 0 1", 'T'))
        .call(simple("d", "SELECT 2").with(shared))
        .wrote({})
        .result("a", {}, {"SELECT 1"})
        .fails<session_state_leaked>("b", "left a transaction open")
        .fails<session_state_leaked>("c", "left a transaction open")
        .fails<session_state_leaked>("d", "left a transaction open")
        .closed<session_state_leaked>()
        .run();
    // A statement that failed by itself keeps its own error.
    script{"failed"}
        .call(simple("a", "BEGIN; SELEC").with(shared))
        .call(simple("b", "SELECT 1").with(shared))
        .wrote({"Query BEGIN; SELEC", "Query SELECT 1"})
        .server({complete("BEGIN"), error_response("42601", "syntax error"), ready('E')})
        .fails<syntax_error>("a", "syntax error")
        .fails<session_state_leaked>("b", "left a transaction open")
        .closed<session_state_leaked>()
        .run();
    // Whoever does not share may leave one open.
    script{"own"}
        .call(simple("a", "BEGIN"))
        .wrote({"Query BEGIN"})
        .server(done("BEGIN", 'T'))
        .result("a", {}, {"BEGIN"})
        .status('T')
        .open()
        .run();
}

TEST_CASE("COMMIT is never taken back")
{
    // Others may have been started behind it, on a connection that has no transaction any more.
    script{"commit"}
        .call(begin("tx", 1))
        .wrote({"Query BEGIN"})
        .server(done("BEGIN", 'T'))
        .call(end("commit", "COMMIT", 1))
        .call(simple("next", "SELECT 1"))
        .act([](machine& m) {
            CHECK_FALSE(m.abandon("commit", true));
            CHECK(m.abandon("commit"));
            CHECK_FALSE(m.abandon("commit"));
        })
        .wrote({"Query COMMIT", "Query SELECT 1"})
        .server(done("COMMIT", 'I') + done("SELECT 1", 'I'))
        .result("next", {}, {"SELECT 1"})
        .expect([](machine const& m) -> std::string {
            return m["commit"].left == 1 && m["commit"].finished == 1 ? "" : "told otherwise";
        })
        .open()
        .run_in_pieces();
}

TEST_CASE("the transaction's status is that of the last ReadyForQuery")
{
    script{"status"}
        .call(simple("a", "BEGIN"))
        .wrote({"Query BEGIN"})
        .server(done("BEGIN", 'T'))
        .status('T')
        .open()
        .run();
    script{"failed"}
        .call(simple("a", "BEGIN"))
        .call(simple("b", "SELEC"))
        .wrote_anything()
        .server(done("BEGIN", 'T') + messages{error_response("42601", "syntax error"), ready('E')})
        .status('E')
        .open()
        .run();
}

} // namespace ownership_test
