#include "script.hpp"

#include "catch.hpp"

#include <pgcoro/core/conditions.hpp>

namespace copy_test {

namespace {

using namespace pgcoro;
using namespace backend;

messages first_run(std::string const& name, std::string const& sql)
{
    return {"Parse " + name + ": " + sql, "Describe " + name, "Bind " + name + " ()", "Execute",
        "Sync"};
}
messages until_copy_in()
{
    return {parse_complete(), parameters(), no_data(), bind_complete(), copy_in()};
}
messages refused()
{
    return {error_response("57014", "COPY from stdin failed"), ready()};
}

} // namespace

TEST_CASE("COPY FROM STDIN that nobody asked for, simple: CopyFail ends it")
{
    script{"simple"}
        .call(simple("a", "COPY t FROM STDIN"))
        .wrote({"Query COPY t FROM STDIN"})
        .server({copy_in()})
        .wrote({"CopyFail"})
        .server(refused())
        .fails<copy_refused>("a", "copy_in")
        .call(simple("b", "SELECT 1"))
        .wrote({"Query SELECT 1"})
        .server({complete("SELECT 1"), ready()})
        .result("b", {}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("COPY FROM STDIN that nobody asked for, extended: it takes a second Sync")
{
    // The server has skipped the first while it waited for data: without a second one it hangs.
    script{"extended"}
        .call(extended("a", "COPY t FROM STDIN"))
        .wrote(first_run("pgcoro_1", "COPY t FROM STDIN"))
        .server(until_copy_in())
        .wrote({"CopyFail", "Sync"})
        .server(refused())
        .fails<copy_refused>("a", "copy_in")
        .call(simple("b", "SELECT 1"))
        .wrote({"Query SELECT 1"})
        .server({complete("SELECT 1"), ready()})
        .result("b", {}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("COPY FROM STDIN that nobody asked for, unwritten calls behind it: they wait their turn")
{
    script{"simple"}
        .call(simple("a", "COPY t FROM STDIN"))
        .wrote({"Query COPY t FROM STDIN"})
        .call(simple("b", "SELECT 1"))
        .call(simple("c", "SELECT 2"))
        .server({copy_in()})
        .wrote({"CopyFail", "Query SELECT 1", "Query SELECT 2"})
        .server(refused() + messages{complete("SELECT 1"), ready(), complete("SELECT 1"), ready()})
        .fails<copy_refused>("a")
        .result("b", {}, {"SELECT 1"})
        .result("c", {}, {"SELECT 1"})
        .open()
        .run();
    script{"extended"}
        .call(extended("a", "COPY t FROM STDIN"))
        .wrote(first_run("pgcoro_1", "COPY t FROM STDIN"))
        .call(simple("b", "SELECT 1"))
        .call(simple("c", "SELECT 2"))
        .call(simple("d", "SELECT 3"))
        .server(until_copy_in())
        .act([](machine& m) { CHECK(m.abandon("c")); }) // from its place as it is now
        .wrote({"CopyFail", "Sync", "Query SELECT 1", "Query SELECT 3"})
        .server(refused() + messages{complete("SELECT 1"), ready(), complete("SELECT 1"), ready()})
        .fails<copy_refused>("a")
        .result("b", {}, {"SELECT 1"})
        .fails<left_by_test>("c")
        .result("d", {}, {"SELECT 1"})
        .open()
        .run_in_pieces();
}

TEST_CASE("COPY FROM STDIN that nobody asked for, written calls behind it: the connection is lost")
{
    // The server would take their messages for data.
    script{"simple"}
        .call(simple("a", "COPY t FROM STDIN"))
        .call(simple("b", "SELECT 1"))
        .wrote({"Query COPY t FROM STDIN", "Query SELECT 1"})
        .call(simple("c", "SELECT 2"))
        .server({copy_in()})
        .wrote({})
        .fails<copy_refused>("a", "copy_in")
        .fails<connection_lost>("b", "COPY FROM STDIN")
        .fails<connection_lost>("c", "copy_in")
        .closed<connection_lost>("COPY FROM STDIN")
        .run();
    script{"extended"}
        .call(extended("a", "COPY t FROM STDIN"))
        .call(extended("b", "SELECT 1"))
        .wrote_anything()
        .server(until_copy_in())
        .wrote({})
        .fails<copy_refused>("a")
        .fails<connection_lost>("b", "COPY FROM STDIN")
        .run();
}

TEST_CASE("one byte of the call behind a refused COPY is enough to lose the connection")
{
    machine m;
    m.log_in();
    m.start(simple("a", "COPY t FROM STDIN"));
    std::size_t const size = m.state.output().unsent().size();
    m.start(simple("b", "SELECT 1"));
    (void)m.take(size + 1);
    m.feed(copy_in());
    CHECK(is_a<connection_lost>(m["b"].error));
    CHECK(m.check_ends().empty());
}

TEST_CASE("COPY FROM STDIN is refused while its own Sync is still unsent")
{
    machine m;
    m.log_in();
    m.start(extended("a", "COPY t FROM STDIN"));
    std::string sent = m.take(m.state.output().unsent().size() - 5);
    for (auto const& each : until_copy_in())
        m.feed(each);
    sent += m.take(std::size_t(-1));
    frontend::reader reader{false};
    reader.add(sent);
    std::string all;
    while (auto each = reader.next())
        all += each->type;
    CHECK(all == "PDBESfS");
    for (auto const& each : refused())
        m.feed(each);
    CHECK(is_a<copy_refused>(m["a"].error));
    CHECK_FALSE(m.state.closed());
    CHECK(m.check_ends().empty());
}

TEST_CASE("a server that starts COPY twice in one call breaks the protocol")
{
    // It would be answered again and again.
    script{"twice"}
        .call(simple("a", "COPY t FROM STDIN"))
        .wrote({"Query COPY t FROM STDIN"})
        .server({copy_in()})
        .wrote({"CopyFail"})
        .server({copy_in()})
        .wrote({})
        .closed<protocol_error>("'G'")
        .run();
}

TEST_CASE("COPY TO STDOUT that nobody asked for: discarded, then an error")
{
    script{"simple"}
        .call(simple("a", "COPY t TO STDOUT; SELECT 1"))
        .call(simple("b", "SELECT 2"))
        .wrote({"Query COPY t TO STDOUT; SELECT 1", "Query SELECT 2"})
        .server({copy_out(), copy_data("x\n"), copy_data(""), copy_done(), complete("COPY 1"),
            columns({"n"}), row({"1"}), complete("SELECT 1"), ready(), complete("SELECT 1"),
            ready()})
        .fails<copy_refused>("a", "copy_out")
        .result("b", {}, {"SELECT 1"})
        .open()
        .run();
    script{"extended"}
        .call(extended("a", "COPY t TO STDOUT"))
        .call(extended("b", "SELECT 1"))
        .wrote_anything()
        .server({parse_complete(), parameters(), no_data(), bind_complete(), copy_out(),
            copy_data("x\n"), copy_done(), complete("COPY 1"), ready(), parse_complete(),
            parameters(), columns({"n"}), bind_complete(), row({"1"}), complete("SELECT 1"),
            ready()})
        .fails<copy_refused>("a", "copy_out")
        .result("b", {"1"}, {"SELECT 1"})
        .open()
        .run();
    script{"it fails midway"}
        .call(simple("a", "COPY t TO STDOUT"))
        .wrote({"Query COPY t TO STDOUT"})
        .server(
            {copy_out(), copy_data("x\n"), error_response("22012", "division by zero"), ready()})
        .fails<copy_refused>("a", "copy_out")
        .open()
        .run();
}

TEST_CASE("COPY FROM STDIN gets its data when the server asks for it")
{
    for (std::size_t const a_turn : {1U, 2U, 3U}) {
        call_spec spec = copying_in("a", "COPY t FROM STDIN", {{"1\n"}, {"2\n"}}, 1);
        spec.elements_a_turn = a_turn;
        script{"copy in by " + std::to_string(a_turn)}
            .call(spec)
            .call(simple("stranger", "SELECT 1"))
            .wrote({"Query COPY t FROM STDIN"})
            .server({copy_in()})
            .wrote({"CopyData 1\n", "CopyData 2\n", "CopyDone"})
            .server({complete("COPY 2"), ready()})
            .result("a", {}, {"COPY 2"})
            .fails<operation_in_progress>("stranger")
            .call(simple("b", "SELECT 1"))
            .wrote({"Query SELECT 1"})
            .server({complete("SELECT 1"), ready()})
            .result("b", {}, {"SELECT 1"})
            .open()
            .run();
    }
}

TEST_CASE("COPY FROM STDIN: the server's error ends the feeding, bad data the COPY")
{
    call_spec spec = copying_in("a", "COPY t FROM STDIN", {{"1\n"}, {"2\n"}}, 1);
    script{"the server fails"}
        .call(spec)
        .wrote({"Query COPY t FROM STDIN"})
        .server({copy_in(), error_response("22P02", "no number"), ready()})
        .wrote({})
        .fails<invalid_text_representation>("a")
        .open()
        .run_in_pieces();
    spec.bad_element = 1;
    script{"the data fails"}
        .call(spec)
        .wrote({"Query COPY t FROM STDIN"})
        .server({copy_in()})
        .wrote({"CopyData 1\n", "CopyFail"})
        .server(refused())
        .fails<encode_error>("a", "a bad element")
        .open()
        .run();
    script{"no COPY at all"}
        .call(spec)
        .wrote({"Query COPY t FROM STDIN"})
        .server({complete("SELECT 1"), ready()})
        .fails<copy_refused>("a", "no COPY FROM STDIN")
        .open()
        .run();
}

TEST_CASE("COPY is not run for each element of a range")
{
    script{"copy many"}
        .call(ranged("a", " Copy t FROM STDIN", {{}, {}}, 1))
        .call(simple("b", "SELECT 1"))
        .wrote({"Query SELECT 1"})
        .fails<copy_refused>("a", "copy_in")
        .server({complete("SELECT 1"), ready()})
        .result("b", {}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("COPY TO STDOUT gives its data to whoever takes it")
{
    call_spec spec = simple("a", "COPY t TO STDOUT");
    spec.takes_copy_data = true;
    spec.acquires = 1;
    script{"copy out"}
        .call(spec)
        .wrote({"Query COPY t TO STDOUT"})
        .server({copy_out(), copy_data("1\n"), copy_data("2\n"), copy_done(), complete("COPY 2"),
            ready()})
        .result("a", {"1\n", "2\n"}, {"COPY 2"})
        .act([](machine& m) { m.release_owner(1); })
        .open()
        .run();
}

} // namespace copy_test
