#include "script.hpp"

#include "catch.hpp"

namespace {

using namespace pgcoro;
using namespace backend;

} // namespace

TEST_CASE("calls on one connection share round trips, and replies find them by their order")
{
    script s{"three"};
    s.call(simple("a", "SELECT 1"))
        .call(extended("b", "SELECT 2"))
        .call(simple("c", "SELECT 3"))
        .wrote({"Query SELECT 1", "Parse pgcoro_1: SELECT 2", "Describe pgcoro_1",
            "Bind pgcoro_1 ()", "Execute", "Sync", "Query SELECT 3"})
        .server({complete("SELECT 1"), ready(), parse_complete(), parameters(), columns({"n"}),
            bind_complete(), row({"2"}), complete("SELECT 2"), ready(), complete("SELECT 3"),
            ready()})
        .result("a", {}, {"SELECT 1"})
        .result("b", {"2"}, {"SELECT 2"})
        .result("c", {}, {"SELECT 3"})
        .open()
        .run();
}

TEST_CASE("the depth of the pipeline is limited")
{
    session_settings two;
    two.pipeline_depth = 2;
    script{"two"}
        .settings(two)
        .call(simple("a", "SELECT 1"))
        .call(simple("b", "SELECT 2"))
        .call(simple("c", "SELECT 3"))
        .call(simple("d", "SELECT 4"))
        .wrote({"Query SELECT 1", "Query SELECT 2"})
        .server({complete("SELECT 1"), ready()})
        .wrote({"Query SELECT 3"})
        .server({complete("SELECT 2"), ready(), complete("SELECT 3"), ready()})
        .wrote({"Query SELECT 4"})
        .server({complete("SELECT 4"), ready()})
        .result("c", {}, {"SELECT 3"})
        .result("d", {}, {"SELECT 4"})
        .open()
        .run();
    // None at all would wait for ever.
    session_settings none;
    none.pipeline_depth = 0;
    script{"none"}
        .settings(none)
        .call(simple("a", "SELECT 1"))
        .call(simple("b", "SELECT 2"))
        .wrote({"Query SELECT 1"})
        .server({complete("SELECT 1"), ready()})
        .wrote({"Query SELECT 2"})
        .server({complete("SELECT 1"), ready()})
        .open()
        .run();
}

TEST_CASE("what would only lie with a busy server is gathered, until that has half of it left")
{
    auto const name = [](int which) { return "call " + std::to_string(which); };
    script s{"gathered"};
    for (int i = 0; i < 18; ++i)
        s.call(simple(name(i), "SELECT 1"));
    s.act([](machine& m) { CHECK_FALSE(m.state.may_gather()); }).wrote_anything();
    for (int i = 0; i < 6; ++i) {
        s.server({complete("SELECT 1"), ready()})
            .call(simple(name(18 + i), "SELECT 1"))
            .act([i](machine& m) { CHECK(m.state.may_gather() == (i < 5)); });
    }
    s.wrote_anything();
    for (int i = 0; i < 17; ++i)
        s.server({complete("SELECT 1"), ready()});
    // One is left, whatever is behind it: not enough to keep the server busy.
    s.call(simple("last", "SELECT 1"))
        .act([](machine& m) { CHECK_FALSE(m.state.may_gather()); })
        .wrote({"Query SELECT 1"})
        .server({complete("SELECT 1"), ready(), complete("SELECT 1"), ready()})
        .result("last", {}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("what waits for its turn can be taken back, and lets others go")
{
    session_settings one;
    one.pipeline_depth = 1;
    script{"one"}
        .settings(one)
        .call(simple("a", "SELECT 1"))
        .call(simple("b", "SELECT 2"))
        .call(simple("c", "SELECT 3"))
        .wrote({"Query SELECT 1"})
        .act([](machine& m) { CHECK(m.abandon("b", true)); })
        .server({complete("SELECT 1"), ready()})
        .wrote({"Query SELECT 3"})
        .server({complete("SELECT 3"), ready()})
        .fails<left_by_test>("b")
        .result("c", {}, {"SELECT 3"})
        .open()
        .run_in_pieces();
    script{"the unwritten one in front of it goes"}
        .settings(one)
        .call(simple("a", "SELECT 1"))
        .call(simple("b", "SELECT 2"))
        .act([](machine& m) { CHECK(m.abandon("a", true)); })
        .wrote({"Query SELECT 2"})
        .server({complete("SELECT 2"), ready()})
        .fails<left_by_test>("a")
        .result("b", {}, {"SELECT 2"})
        .open()
        .run_in_pieces();
}

TEST_CASE("an owner may stop the reading, and it goes on when its call is through")
{
    // Else a stream that is dropped after its last row leaves a connection that nobody reads.
    messages const replies{parse_complete(), parameters(), columns({"n"}), bind_complete(),
        row({"1"}), row({"2"}), complete("SELECT 2"), ready()};
    script{"stream"}
        .call(extended("a", "SELECT").owning(1).with(&call_spec::pauses))
        .wrote_anything()
        .server(replies)
        .result("a", {"1", "2"}, {"SELECT 2"})
        .open()
        .run();

    machine m;
    m.log_in();
    m.start(extended("a", "SELECT").owning(1).with(&call_spec::pauses));
    (void)m.written();
    std::string all;
    for (auto const& each : replies)
        all += each;
    auto const read = [&m](std::string_view bytes) {
        auto const room = m.state.prepare_input();
        REQUIRE(room.size() >= bytes.size());
        std::memcpy(room.data(), bytes.data(), bytes.size());
        m.state.received(bytes.size());
    };
    std::size_t const end = replies.back().size();
    read(all.substr(0, all.size() - end));
    CHECK(m.state.paused());
    read(all.substr(all.size() - end));
    CHECK_FALSE(m.state.paused());
    CHECK(m.check_ends().empty());
}

TEST_CASE("a row that throws does not stop the reading")
{
    machine m;
    m.log_in();
    m.start(
        extended("a", "SELECT").owning(1).with(&call_spec::pauses).with(&call_spec::throws_rows));
    (void)m.written();
    m.feed(parse_complete() + parameters() + columns({"n"}) + bind_complete() + row({"1"}));
    CHECK(m.pauses == 0);
    CHECK(m.check_ends().empty());
}
