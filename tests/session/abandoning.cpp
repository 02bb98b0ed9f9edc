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

namespace {

call_spec stream(std::string const& sql, std::uint64_t via = 0)
{
    return simple("s", sql)
        .through(via)
        .owning(7)
        .with(&call_spec::takes_rows)
        .with(&call_spec::opens);
}
std::string const half = columns({"n"}) + row({"1"});

/// A stream that is open, after what the server has said of the session.
void open_stream(machine& m, std::string const& sql, std::string const& said = {})
{
    m.log_in();
    m.feed(said);
    m.start(stream(sql));
    (void)m.written();
    m.feed(half);
}

/// A transaction with a stream in it that was dropped.
void drop_in_transaction(machine& m)
{
    m.log_in();
    m.start(simple("begin", "BEGIN").owning(3, "ROLLBACK"));
    (void)m.written();
    m.feed(complete("BEGIN") + ready('T'));
    m.start(stream("SELECT n FROM t", 3));
    (void)m.written();
    m.feed(half);
    CHECK(m.abandon("s"));
    CHECK(m.state.drains());
    CHECK(m.state.head_is_open());
    CHECK_FALSE(m.state.may_cancel());
}

call_spec rollback(std::uint64_t of)
{
    call_spec spec = simple("rollback", "ROLLBACK")
                         .through(of)
                         .with(&call_spec::never_withdraw)
                         .with(&call_spec::must_end_idle)
                         .with(&call_spec::rolls_back);
    spec.releases = of;
    return spec;
}

} // namespace

TEST_CASE("a stream that was dropped is cancelled if it only reads")
{
    auto const may = [](std::string const& sql, std::string const& said = {}) {
        machine m;
        open_stream(m, sql, said);
        CHECK_FALSE(m.state.may_cancel());
        CHECK(m.abandon("s"));
        bool const answer = m.state.may_cancel();
        m.start(simple("behind", "SELECT 1"));
        CHECK(m.state.may_cancel() == answer); // it is not written
        (void)m.take(1);
        CHECK_FALSE(m.state.may_cancel());
        CHECK(m.check_ends().empty());
        return answer;
    };
    CHECK(may("SELECT n FROM t"));
    CHECK(may("SELECT 'update'"));
    CHECK_FALSE(may("SELECT 'update'", setting("standard_conforming_strings", "off")));
    CHECK_FALSE(may("DELETE FROM t RETURNING n"));
    CHECK_FALSE(may("WITH x AS (DELETE FROM t RETURNING n) SELECT n FROM x"));
}

TEST_CASE("a ROLLBACK where there is no transaction undoes nothing")
{
    machine m;
    open_stream(m, "DELETE FROM t RETURNING n");
    CHECK(m.abandon("s"));
    m.start(rollback(0));
    CHECK_FALSE(m.state.may_cancel());
    CHECK(m.check_ends().empty());
}

TEST_CASE("a stream in a transaction is cancelled if that is rolled back next")
{
    machine back;
    drop_in_transaction(back);
    back.start(rollback(3));
    CHECK(back.state.may_cancel());
    (void)back.take(1);
    CHECK_FALSE(back.state.may_cancel());
    CHECK(back.check_ends().empty());

    machine on;
    drop_in_transaction(on);
    on.start(simple("next", "SELECT 1").through(3));
    on.start(rollback(3));
    CHECK_FALSE(on.state.may_cancel());
    CHECK(on.check_ends().empty());

    machine queue{[] {
        session_settings one_at_a_time;
        one_at_a_time.pipeline_depth = 1;
        return one_at_a_time;
    }()};
    drop_in_transaction(queue);
    queue.start(rollback(3));
    CHECK(queue.state.may_cancel());
    CHECK(queue.check_ends().empty());
}

TEST_CASE("a stream whose transaction has gone counts as dropped")
{
    machine m;
    m.log_in();
    m.start(simple("begin", "BEGIN").owning(3, "ROLLBACK"));
    (void)m.written();
    m.feed(complete("BEGIN") + ready('T'));
    m.start(stream("SELECT n FROM t", 3).with(&call_spec::pauses));
    (void)m.written();
    m.resumes = false;
    m.feed(half);
    CHECK(m.state.paused());
    m.release_owner(3);
    CHECK_FALSE(m.state.paused());
    CHECK(m.state.drains());
    m.start(rollback(0));
    CHECK(m.state.may_cancel());
    m.state.cancels_head();
    m.feed(error_response("57014", "canceling statement due to user request") + ready('E'));
    CHECK(is_a<transaction_lost>(m["s"].error));
    CHECK(m["s"].cancelled);
    CHECK(m["s"].rows == messages{"1"});
    CHECK(m.written().size() == 1);
    m.feed(complete("ROLLBACK") + ready());
    CHECK_FALSE(m.state.closed());
    CHECK(m.check_ends().empty());
}

TEST_CASE("a stream that was dropped ends with what its statement does, and gets no more rows")
{
    for (bool const fails : {false, true}) {
        machine m;
        open_stream(m, "DELETE FROM t RETURNING n");
        CHECK(m.abandon("s"));
        m.start(simple("behind", "SELECT 1"));
        CHECK(m.written().size() == 1);
        m.feed(row({"2"}));
        m.feed(fails ? error_response("23503", "deferred") : complete("DELETE 2"));
        m.feed(ready() + complete("SELECT 1") + ready());
        CHECK(m["s"].rows == messages{"1"});
        CHECK(is_a<foreign_key_violation>(m["s"].error) == fails);
        CHECK(static_cast<bool>(m["s"].error) == fails);
        CHECK_FALSE(m["s"].cancelled);
        CHECK(m["behind"].tags == messages{"SELECT 1"});
        CHECK(m.check_ends().empty());
    }
}

TEST_CASE("what a statement left is known though it failed or was cancelled")
{
    for (bool const locks : {false, true}) {
        std::string const sql = locks ? "SELECT pg_advisory_lock(n) FROM t" : "SELECT n FROM t";
        machine m;
        open_stream(m, sql);
        m.state.note_leftovers();
        CHECK(m.abandon("s"));
        m.feed(error_response("57014", "canceling statement due to user request") + ready());
        CHECK((m.state.take_leftovers() == leftover::locks) == locks);
        m.start(together("both", {extended("a", "SELECT 1"), extended("b", sql)}));
        (void)m.written();
        m.feed(parse_complete() + parameters() + columns({"n"}) + bind_complete() + row({"1"}) +
               complete("SELECT 1") + parse_complete() + parameters() + columns({"n"}) +
               bind_complete() + error_response("22012", "division by zero") + ready());
        CHECK(m["both"].error);
        CHECK((m.state.take_leftovers() == leftover::locks) == locks);
        CHECK(m.state.take_leftovers() == 0);
        CHECK(m.check_ends().empty());
    }
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
