#include "script.hpp"

#include "catch.hpp"

#include <pgcoro/core/conditions.hpp>

namespace statement_cache_test {

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
messages first_run(std::string const& name, std::string const& sql)
{
    return {"Parse " + name + ": " + sql, "Describe " + name, "Bind " + name + " ()", "Execute",
        "Sync"};
}
messages close(std::string const& name)
{
    return {"Close " + name};
}

session_settings caching(std::size_t statements)
{
    session_settings settings;
    settings.statement_cache_size = statements;
    return settings;
}

} // namespace

TEST_CASE("an evicted statement is closed in order, behind all that use it")
{
    script{"eviction"}
        .settings(caching(1))
        .call(extended("a", "A"))
        .wrote(first_run("pgcoro_1", "A"))
        .server(described() + one_row())
        .call(extended("a2", "A"))
        .call(extended("b", "B"))
        .call(extended("c", "C"))
        .wrote(messages{"Bind pgcoro_1 ()", "Execute", "Sync"} + first_run("pgcoro_2", "B") +
               close("pgcoro_1") + first_run("pgcoro_3", "C"))
        .server(one_row() + described() + one_row() + messages{close_complete()} + described() +
                one_row())
        .result("a2", {"1"}, {"SELECT 1"})
        .result("b", {"1"}, {"SELECT 1"})
        .result("c", {"1"}, {"SELECT 1"})
        .call(extended("d", "D")) // B was evicted while it was being parsed, C just now
        .call(extended("e", "E"))
        .wrote(close("pgcoro_2") + first_run("pgcoro_4", "D") + close("pgcoro_3") +
               first_run("pgcoro_5", "E"))
        .server(messages{close_complete()} + described() + one_row() + messages{close_complete()} +
                described() + one_row())
        .result("d", {"1"}, {"SELECT 1"})
        .result("e", {"1"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE(
    "state follows ParseComplete: what fails behind it leaves a statement that must be closed")
{
    // Else the server keeps it for the connection's life, under a name that nobody knows.
    script{"describe fails"}
        .settings(caching(1))
        .call(extended("a", "A"))
        .wrote(first_run("pgcoro_1", "A"))
        .server({parse_complete(), error_response("57014", "canceling statement"), ready()})
        .fails<query_canceled>("a")
        .call(extended("b", "B"))
        .wrote(close("pgcoro_1") + first_run("pgcoro_2", "B"))
        .server(messages{close_complete()} + described() + one_row())
        .result("b", {"1"}, {"SELECT 1"})
        .open()
        .run();
    script{"evicted meanwhile"}
        .settings(caching(1))
        .call(extended("a", "A"))
        .call(extended("b", "B"))
        .wrote(first_run("pgcoro_1", "A") + first_run("pgcoro_2", "B"))
        .server(
            messages{parse_complete(), error_response("57014", "canceling statement"), ready()} +
            described() + one_row())
        .fails<query_canceled>("a")
        .result("b", {"1"}, {"SELECT 1"})
        .call(extended("c", "C"))
        .wrote(close("pgcoro_1") + first_run("pgcoro_3", "C"))
        .server(messages{close_complete()} + described() + one_row())
        .result("c", {"1"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("a Close that led a flight which was withdrawn leads the next one")
{
    script{"owed again"}
        .settings(caching(1))
        .call(extended("a", "A"))
        .wrote_anything()
        .server(described() + one_row())
        .call(extended("b", "B"))
        .wrote_anything()
        .server(described() + one_row())
        .call(extended("c", "C"))
        .act([](machine& m) { CHECK(m.abandon("c")); })
        .wrote({})
        .fails<left_by_test>("c")
        .call(extended("d", "D"))
        .wrote(close("pgcoro_2") + close("pgcoro_1") + first_run("pgcoro_4", "D"))
        .server(messages{close_complete(), close_complete()} + described() + one_row())
        .result("d", {"1"}, {"SELECT 1"})
        .open()
        .run_in_pieces();
}

TEST_CASE("a Close that an error made the server skip is owed still")
{
    script{"skipped"}
        .settings(caching(1))
        .call(extended("a", "A"))
        .wrote_anything()
        .server(described() + one_row())
        .call(extended("b", "B"))
        .wrote_anything()
        .server(described() + one_row())
        .call(extended("c", "C"))
        .wrote(close("pgcoro_1") + first_run("pgcoro_3", "C"))
        .server({error_response("57014", "canceling statement"), ready()})
        .fails<query_canceled>("c")
        .call(extended("d", "D"))
        .wrote(close("pgcoro_2") + close("pgcoro_1") + first_run("pgcoro_4", "D"))
        .server(messages{close_complete(), close_complete()} + described() + one_row())
        .result("d", {"1"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("state follows ParseComplete also while an abandoned call is drained")
{
    script{"drained"}
        .call(extended("a", "A"))
        .wrote(first_run("pgcoro_1", "A"))
        .act([](machine& m) { CHECK(m.abandon("a")); })
        .server(described() + one_row())
        .expect([](machine const& m) -> std::string {
            return m["a"].rows.empty() && m["a"].left == 1 ? "" : "the caller was not left alone";
        })
        .call(extended("b", "A"))
        .wrote({"Bind pgcoro_1 ()", "Execute", "Sync"})
        .server(one_row())
        .result("b", {"1"}, {"SELECT 1"})
        .open()
        .run_in_pieces();
}

TEST_CASE("without a cache each run carries its own Parse, and no Close")
{
    script{"no cache"}
        .settings(caching(0))
        .call(extended("a", "A"))
        .call(extended("b", "A"))
        .wrote(first_run("", "A") + first_run("", "A"))
        .server(described() + one_row() +
                messages{parse_complete(), error_response("0A000", "stale"), ready()})
        .result("a", {"1"}, {"SELECT 1"})
        .fails<feature_not_supported>("b")
        .call(by_name("c", "A"))
        .wrote({"Parse : A", "Describe ", "Sync"})
        .server(described() + messages{ready()})
        .wrote({"Bind  () as 1", "Execute", "Sync"})
        .server({bind_complete(), error_response("0A000", "stale"), ready()})
        .fails<feature_not_supported>("c")
        .call(extended("d", "A"))
        .wrote(first_run("", "A"))
        .server(described() + one_row())
        .result("d", {"1"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("statements too long for the cache are not kept")
{
    std::string const sql(statement_cache::longest_sql + 1, 'x');
    script{"long"}
        .call(extended("a", sql))
        .wrote(first_run("", sql))
        .server(described() + one_row())
        .result("a", {"1"}, {"SELECT 1"})
        .open()
        .run_in_pieces();
}

TEST_CASE("a name that is being parsed is waited for; should its call be withdrawn, no longer")
{
    // Else a by-name call would wait for a description that nobody fetches.
    machine m;
    m.log_in();
    m.start(extended("a", "A"));
    m.start(by_name("b", "A"));
    CHECK(m.abandon("a"));
    auto const sent = m.written();
    REQUIRE(sent.size() == 3);
    CHECK(sent[0].text() == "Parse pgcoro_2: A");
    CHECK(sent[2].text() == "Sync");
    CHECK(m.check_ends().empty());
}

} // namespace statement_cache_test
