#include "script.hpp"

#include "catch.hpp"

#include <pgcoro/core/conditions.hpp>

namespace {

using namespace pgcoro;
using namespace backend;

messages first_run(std::string const& name, std::string const& sql)
{
    return {"Parse " + name + ": " + sql, "Describe " + name, "Bind " + name + " ()", "Execute",
        "Sync"};
}
messages replies()
{
    return {parse_complete(), parameters(), columns({"n"}), bind_complete(), row({"1"}),
        complete("SELECT 1"), ready()};
}

} // namespace

TEST_CASE("what is not written is withdrawn, from the middle too")
{
    script{"middle"}
        .call(extended("a", "A"))
        .call(extended("b", "B"))
        .call(extended("c", "C"))
        .call(extended("d", "D"))
        .act([](machine& m) {
            CHECK(m.abandon("b"));
            CHECK(m.abandon("c", true));
        })
        .wrote(first_run("pgcoro_1", "A") + first_run("pgcoro_4", "D"))
        .server(replies() + replies())
        .result("a", {"1"}, {"SELECT 1"})
        .fails<left_by_test>("b")
        .fails<left_by_test>("c")
        .result("d", {"1"}, {"SELECT 1"})
        .open()
        .run_in_pieces();
}

TEST_CASE("a segment of which one byte was written is written to its end")
{
    // The server would take the next call's bytes for the rest of it.
    std::string whole;
    {
        machine m;
        m.log_in();
        for (auto const name : {"a", "b", "c"})
            m.start(extended(name, name));
        whole = m.take(std::size_t(-1));
        m.state.lose(std::make_exception_ptr(left_by_test{}));
    }
    for (std::size_t taken = 0; taken <= whole.size(); ++taken) {
        for (std::string const victim : {"a", "b", "c"}) {
            for (bool const only_unwritten : {false, true}) {
                INFO(taken << " bytes taken, then " << victim << " left");
                machine m;
                m.log_in();
                for (auto const name : {"a", "b", "c"})
                    m.start(extended(name, name));
                std::string sent = m.take(taken);
                // Each of the three is a third of it.
                std::size_t const begin =
                    static_cast<std::size_t>(victim[0] - 'a') * (whole.size() / 3);
                bool const unwritten = taken <= begin;
                CHECK(m.abandon(victim, only_unwritten) == (unwritten || !only_unwritten));
                // With anything written behind it, a cancel request could hit that instead.
                bool const alone =
                    victim == "a" && !only_unwritten && taken != 0 && taken <= whole.size() / 3;
                CHECK(m.state.may_cancel() == alone);
                if (alone) // what is left of it may still be written
                    CHECK(m.state.unsent_of_head() == whole.size() / 3 - taken);
                CHECK((alone && m.state.head_is_written()) == (alone && taken == whole.size() / 3));
                sent += m.take(std::size_t(-1));
                frontend::reader reader{false};
                reader.add(sent);
                std::string parsed;
                while (auto each = reader.next())
                    if (each->type == 'P')
                        parsed += each->body;
                std::string expected = "abc";
                if (unwritten)
                    expected.erase(expected.find(victim), 1);
                CHECK(parsed == expected);
                CHECK(reader.clean());
                for (std::size_t i = 0; i < expected.size(); ++i)
                    for (auto const& each : replies())
                        m.feed(each);
                CHECK_FALSE(m.state.closed());
                CHECK(m.state.quiet());
                for (std::string const name : {"a", "b", "c"}) {
                    bool const left = name == victim && !(only_unwritten && !unwritten);
                    CHECK(m[name].rows == (left ? messages{} : messages{"1"}));
                    CHECK(m[name].left == (left && !unwritten ? 1 : 0));
                    CHECK(is_a<left_by_test>(m[name].error) == (left && unwritten));
                }
                CHECK(m.check_ends().empty());
            }
        }
    }
}

TEST_CASE("a caller that leaves is free at once; its replies are drained, those behind it come")
{
    script{"drained"}
        .call(extended("a", "A"))
        .call(extended("b", "B"))
        .wrote(first_run("pgcoro_1", "A") + first_run("pgcoro_2", "B"))
        .act([](machine& m) {
            CHECK(m.abandon("a"));
            CHECK(m["a"].left == 1);
            CHECK_FALSE(m.abandon("a"));
        })
        .server(replies() + replies())
        .result("a", {}, {"SELECT 1"})
        .result("b", {"1"}, {"SELECT 1"})
        .open()
        .run_in_pieces();
}

TEST_CASE("a call that is left between its two round trips does not run")
{
    // Not written means withdrawn: the statement itself was not written yet.
    script{"between"}
        .call(by_name("a", "DELETE FROM t"))
        .call(simple("b", "SELECT 1"))
        .wrote({"Parse pgcoro_1: DELETE FROM t", "Describe pgcoro_1", "Sync"})
        .act([](machine& m) { CHECK(m.abandon("a")); })
        .wrote({})
        .server({parse_complete(), parameters(), no_data(), ready()})
        .wrote({"Query SELECT 1"})
        .server({complete("SELECT 1"), ready()})
        .expect([](machine const& m) -> std::string {
            return m["a"].left == 1 && m["a"].finished == 1 ? "" : "not ended";
        })
        .result("b", {}, {"SELECT 1"})
        .open()
        .run_in_pieces();
    script{"the second one unwritten"}
        .call(by_name("a", "DELETE FROM t"))
        .call(simple("b", "SELECT 1"))
        .wrote({"Parse pgcoro_1: DELETE FROM t", "Describe pgcoro_1", "Sync"})
        .server({parse_complete(), parameters(), no_data(), ready()})
        .act([](machine& m) { CHECK(m.abandon("a", true)); })
        .wrote({"Query SELECT 1"})
        .server({complete("SELECT 1"), ready()})
        .fails<left_by_test>("a")
        .result("b", {}, {"SELECT 1"})
        .call(extended("c", "DELETE FROM t"))
        .wrote({"Bind pgcoro_1 ()", "Execute", "Sync"})
        .server({bind_complete(), complete("DELETE 0"), ready()})
        .result("c", {}, {"DELETE 0"})
        .open()
        .run_in_pieces();
    script{"unwritten altogether"}
        .call(by_name("a", "DELETE FROM t"))
        .call(simple("b", "SELECT 1"))
        .act([](machine& m) { CHECK(m.abandon("a", true)); })
        .wrote({"Query SELECT 1"})
        .server({complete("SELECT 1"), ready()})
        .fails<left_by_test>("a")
        .result("b", {}, {"SELECT 1"})
        .open()
        .run_in_pieces();
}

TEST_CASE("what begins or ends a transaction is never cancelled at the server")
{
    auto const left_in_flight = [](call_spec const& spec) {
        machine m;
        m.log_in();
        m.start(spec);
        (void)m.written();
        (void)m.abandon("a");
        bool const may = m.state.may_cancel();
        CHECK(m.check_ends().empty());
        return may;
    };
    CHECK(left_in_flight(simple("a", "SELECT pg_sleep(60)")));
    CHECK_FALSE(left_in_flight(simple("a", "COMMIT").with(&call_spec::never_withdraw)));
    CHECK_FALSE(left_in_flight(simple("a", "BEGIN").owning(1, "ROLLBACK")));
    // A stream that was not opened yet.
    CHECK(left_in_flight(simple("a", "COPY t TO STDOUT").owning(1)));
}

TEST_CASE("whom nobody will ask for is not found")
{
    machine m;
    m.log_in();
    m.start(simple("a", "SELECT 1"));
    CHECK_FALSE(m.state.abandon(0, std::make_exception_ptr(left_by_test{})));
    CHECK_FALSE(m.state.abandon(4711, std::make_exception_ptr(left_by_test{})));
    CHECK(m.check_ends().empty());
}
