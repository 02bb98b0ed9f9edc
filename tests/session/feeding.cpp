#include "script.hpp"

#include "catch.hpp"

namespace feeding_test {

namespace {

using namespace pgcoro;
using namespace backend;

call_spec three(std::size_t a_turn)
{
    call_spec spec = ranged("a", "INSERT $1", {{"x"}, {"y"}, {"z"}}, 1);
    spec.elements_a_turn = a_turn;
    return spec;
}

messages const parsed{"Parse pgcoro_1: INSERT $1", "Describe pgcoro_1"};
messages const described{parse_complete(), parameters({25}), no_data()};

messages run_of(std::string const& element)
{
    return {"Bind pgcoro_1 (" + element + ")", "Execute"};
}
messages answer(int runs)
{
    messages all;
    for (int i = 0; i < runs; ++i)
        all = all + messages{bind_complete(), complete("INSERT 0 1")};
    return all;
}

/// Whole messages.
messages texts(std::string const& bytes)
{
    frontend::reader reader{false};
    reader.add(bytes);
    messages all;
    while (auto const each = reader.next())
        all.push_back(each->text());
    CHECK(reader.clean());
    return all;
}

std::string const given_up = "Execute pgcoro: the statements before this were given up";

} // namespace

TEST_CASE("a range goes under one Sync, in as many turns as it takes")
{
    messages const all = parsed + run_of("x") + run_of("y") + run_of("z") + messages{"Sync"};
    for (std::size_t const a_turn : {1U, 2U, 3U, 4U}) {
        script{"a range by " + std::to_string(a_turn)}
            .call(three(a_turn))
            .wrote(all)
            .server(described + answer(3) + messages{ready()})
            .result("a", {}, {"INSERT 0 1", "INSERT 0 1", "INSERT 0 1"})
            .call(extended("b", "SELECT 1"))
            .wrote({"Parse pgcoro_2: SELECT 1", "Describe pgcoro_2", "Bind pgcoro_2 ()", "Execute",
                "Sync"})
            .server({parse_complete(), parameters(), columns({"n"}), bind_complete(), row({"1"}),
                complete("SELECT 1"), ready()})
            .result("b", {"1"}, {"SELECT 1"})
            .open()
            .run();
    }
}

TEST_CASE("a range of none asks for the statement alone")
{
    script{"none"}
        .call(ranged("a", "INSERT $1", {}, 1))
        .wrote(parsed + messages{"Sync"})
        .server({parse_complete(), parameters(), no_data(), ready()})
        .result("a", {}, {})
        .open()
        .run();
}

TEST_CASE("rows by name over a range wait for the columns first")
{
    call_spec spec = three(2);
    spec.needs_columns = true;
    script{"by name"}
        .call(spec)
        .wrote(parsed + messages{"Sync"})
        .server({parse_complete(), parameters({25}), columns({"n"}), ready()})
        .wrote({"Bind pgcoro_1 (x) as 1", "Execute", "Bind pgcoro_1 (y) as 1", "Execute",
            "Bind pgcoro_1 (z) as 1", "Execute", "Sync"})
        .server({bind_complete(), row({"1"}), complete("SELECT 1"), bind_complete(),
            complete("SELECT 0"), bind_complete(), row({"3"}), complete("SELECT 1"), ready()})
        .result("a", {"1", "3"}, {"SELECT 1", "SELECT 0", "SELECT 1"})
        .open()
        .run();
}

TEST_CASE("while a range is fed, it owns the connection and nobody is sent behind it")
{
    script{"owner"}
        .call(three(1))
        .call(extended("stranger", "SELECT 1"))
        .wrote(parsed + run_of("x") + run_of("y") + run_of("z") + messages{"Sync"})
        .server(described + answer(3) + messages{ready()})
        .fails<operation_in_progress>("stranger", "owner a")
        .result("a", {}, {"INSERT 0 1", "INSERT 0 1", "INSERT 0 1"})
        .open()
        .run();
}

TEST_CASE("an error within a range names the element and ends the feeding")
{
    script{"an error"}
        .call(three(2))
        .act([](machine& m) { (void)m.take(m.state.output().unsent().size()); })
        .server(described + answer(1) + messages{bind_complete(), error_response("23505", "twice")})
        .wrote({given_up, "Sync"})
        .server({ready()})
        .fails<unique_violation>("a", "element 1 of the range")
        .open()
        .run_in_pieces();
}

TEST_CASE("a range that can't go on takes back what it has sent")
{
    // Nothing was written yet: as if it had never been.
    call_spec first = three(1);
    first.bad_element = 0;
    script{"bad at first"}
        .call(first)
        .wrote({})
        .fails<encode_error>("a", "a bad element")
        .open()
        .run();
    call_spec last = three(1);
    last.bad_element = 2;
    script{"bad at last"}
        .call(last)
        .wrote(parsed + run_of("x") + run_of("y") + messages{given_up, "Sync"})
        .server(described + answer(2) + messages{error_response("34000", "no portal"), ready()})
        .fails<encode_error>("a", "a bad element")
        .open()
        .run();
}

TEST_CASE("a server that is ready before the range is through has broken the protocol")
{
    script{"too early"}
        .call(three(2))
        .act([](machine& m) { (void)m.take(m.state.output().unsent().size()); })
        .server(described + answer(1) +
                messages{bind_complete(), error_response("23505", "twice"), ready()})
        .fails<unique_violation>("a")
        .closed<protocol_error>()
        .run_in_pieces();
}

TEST_CASE("a range whose caller goes is spoilt, and the next call waits for that")
{
    script{"left"}
        .call(three(1))
        .act([](machine& m) {
            (void)m.take(m.state.output().unsent().size());
            CHECK(m.abandon("a"));
            CHECK(m["a"].left == 1);
            m.start(extended("b", "SELECT 1"));
            auto const sent = m.written();
            REQUIRE(sent.size() == 7);
            CHECK(sent[0].text() == given_up);
            CHECK(sent[1].text() == "Sync");
            CHECK(sent[2].text() == "Parse pgcoro_2: SELECT 1");
        })
        .run_in_pieces();
}

TEST_CASE("a range that is fed may be cancelled: what ends it is its own, the rest waits")
{
    // As the driver writes while a request to cancel is under way.
    for (std::size_t const turns : {1U, 2U}) {
        machine m;
        m.log_in();
        m.start(three(1));
        for (std::size_t turn = 1; turn < turns; ++turn) {
            (void)m.take(m.state.output().unsent().size());
            m.state.feed();
        }
        (void)m.take(m.state.output().unsent().size() - 1); // the socket takes no more
        CHECK_FALSE(m.state.may_cancel());
        REQUIRE(m.abandon("a"));
        m.start(extended("b", "SELECT 1"));
        CHECK(m.state.may_cancel());
        CHECK_FALSE(m.state.head_is_written());
        CHECK(m.state.unsent_of_head() == 1);
        (void)m.take(1);
        CHECK(m.state.may_cancel());
        m.state.feed();
        CHECK(texts(m.take(m.state.unsent_of_head())) == messages{given_up, "Sync"});
        CHECK(m.state.head_is_written());
        CHECK(m.state.may_cancel());           // nothing of b is written
        CHECK_FALSE(m.state.output().empty()); // though it is there
        (void)m.take(1);
        CHECK_FALSE(m.state.may_cancel());
        for (auto const& each : described)
            m.feed(each);
        m.feed(error_response("57014", "canceling statement due to user request"));
        m.feed(ready());
        CHECK_FALSE(m.state.closed());
        CHECK(m.check_ends().empty());
    }
}

TEST_CASE("a COPY FROM STDIN that waits for its table may be cancelled, and so while it copies")
{
    for (bool const copies : {false, true}) {
        machine m;
        m.log_in();
        m.start(copying_in("a", "COPY t FROM STDIN", {{"1"}, {"2"}}, 1));
        (void)m.written();
        std::string sent;
        if (copies) {
            m.feed(copy_in());
            sent = m.take(1);
        }
        REQUIRE(m.abandon("a"));
        m.start(simple("b", "SELECT 1"));
        CHECK(m.state.may_cancel());
        CHECK_FALSE(m.state.head_is_written());
        m.feed(error_response("57014", "canceling statement due to user request") + ready());
        CHECK_FALSE(m.state.may_cancel());
        sent += m.take(std::size_t(-1));
        CHECK(texts(sent).back() == "Query SELECT 1");
        m.feed(complete("SELECT 1") + ready());
        CHECK(m["b"].tags == messages{"SELECT 1"});
        CHECK_FALSE(m.state.closed());
        CHECK(m.check_ends().empty());
    }
}

} // namespace feeding_test
