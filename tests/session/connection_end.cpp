#include "script.hpp"

#include "catch.hpp"

#include <pgcoro/core/conditions.hpp>

namespace {

using namespace pgcoro;
using namespace backend;

} // namespace

TEST_CASE("FATAL ends the call under way, and those behind it learn why the connection ended")
{
    script{"fatal"}
        .call(simple("a", "SELECT 1"))
        .call(simple("b", "SELECT 2"))
        .wrote({"Query SELECT 1", "Query SELECT 2"})
        .call(simple("c", "SELECT 3"))
        .server(
            {columns({"n"}), fatal("57P01", "terminating connection due to administrator command")})
        .act([](machine& m) { m.end(); })
        .call(simple("d", "SELECT 4"))
        .fails<admin_shutdown>("a", "administrator command")
        .fails<connection_lost>("b", "closed the connection: terminating connection")
        .fails<connection_lost>("c", "administrator command")
        .fails<connection_lost>("d", "administrator command")
        .closed<connection_lost>("administrator command")
        .run();
}

TEST_CASE("a FATAL that comes while nothing is under way is remembered")
{
    machine m;
    m.log_in();
    m.feed(fatal("57P05", "terminating connection due to idle-session timeout"));
    CHECK_FALSE(m.state.closed());
    m.end();
    m.start(simple("a", "SELECT 1"));
    CHECK(is_a<connection_lost>(m["a"].error));
    CHECK(text_of(m["a"].error).find("idle-session timeout") != std::string::npos);
    CHECK(m.check_ends().empty());
}

TEST_CASE("words behind which the server went on are not its last")
{
    machine m;
    m.log_in();
    m.feed(error_response("55000", "long ago"));
    m.start(simple("a", "SELECT 1"));
    m.feed(complete("SELECT 1") + ready());
    m.end();
    CHECK(text_of(m.state.closed()) == "the server closed the connection");
    CHECK(m.check_ends().empty());
}

TEST_CASE("a mere error while nothing is under way leaves the connection as it is")
{
    script{"error"}
        .server({error_response("55000", "whatever")})
        .call(simple("a", "SELECT 1"))
        .wrote({"Query SELECT 1"})
        .server({complete("SELECT 1"), ready()})
        .result("a", {}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("the connection ends without a word")
{
    script{"eof"}
        .call(simple("a", "SELECT 1"))
        .wrote({"Query SELECT 1"})
        .server({columns({"n"})})
        .act([](machine& m) { m.end(); })
        .fails<connection_lost>("a", "while a call was under way")
        .run();
    login_settings who;
    who.user = "app";
    who.where = "\"db\", port 5432";
    script{"eof in login"}
        .log_in(who)
        .wrote({"Startup user=app"})
        .server({notice("hello")})
        .act([](machine& m) { m.end(); })
        .fails<connection_lost>("login", "during the login (connecting to \"db\", port 5432")
        .run();
}

TEST_CASE("replies that nothing asked for break the protocol")
{
    for (std::string const& each : {ready(), complete("SELECT 1"), row({"1"}), parse_complete(),
             columns({"n"}), copy_in(), asks(0)})
        script{"unasked"}
            .server({each})
            .call(simple("a", "SELECT 1"))
            .closed<protocol_error>("while no call was under way")
            .fails<protocol_error>("a")
            .run();
}

TEST_CASE("a violation names what was sent, and in reply to what")
{
    script{"named"}
        .call(simple("a", "SELECT 1"))
        .wrote({"Query SELECT 1"})
        .server({key(1, 2)})
        .fails<protocol_error>("a", "(message 'K') in reply to: SELECT 1")
        .run();
    script{"unprintable"}
        .call(simple("a", "SELECT 1"))
        .wrote({"Query SELECT 1"})
        .server({message('\x07', {})})
        .fails<protocol_error>("a", "(message '\\x07')")
        .run();
}

TEST_CASE("goodbye: what was sent runs to its end, what waits fails, nothing is sent behind it")
{
    script{"goodbye"}
        .call(simple("a", "SELECT 1"))
        .call(by_name("b", "SELECT 2"))
        .call(simple("c", "SELECT 3"))
        .act([](machine& m) {
            m.state.say_goodbye();
            m.state.say_goodbye();
            m.tell();
        })
        .call(simple("d", "SELECT 4"))
        .wrote({"Query SELECT 1", "Parse pgcoro_1: SELECT 2", "Describe pgcoro_1", "Sync",
            "Terminate"})
        .fails<connection_lost>("c", "being closed")
        .fails<connection_lost>("d", "being closed")
        .server({complete("SELECT 1"), ready(), parse_complete(), parameters(), columns({"n"}),
            ready()})
        .wrote({})
        .result("a", {}, {"SELECT 1"})
        .fails<connection_lost>("b", "being closed")
        .open()
        .run_in_pieces();
}

TEST_CASE("a COPY that nobody asked for in front of a goodbye")
{
    // Written: the server has taken it for broken data. Unwritten: the refusal leads.
    for (bool const written : {true, false}) {
        machine m;
        m.log_in();
        m.start(simple("a", "COPY t FROM STDIN"));
        (void)m.written();
        m.state.say_goodbye();
        if (written)
            (void)m.written();
        m.feed(copy_in());
        CHECK(is_a<connection_lost>(m.state.closed()) == written);
        messages sent;
        for (auto const& each : m.written())
            sent.push_back(each.text());
        CHECK(sent == (written ? messages{} : messages{"CopyFail", "Terminate"}));
        CHECK(m.check_ends().empty());
        CHECK(is_a<copy_refused>(m["a"].error));
    }
}

TEST_CASE("refused calls: those under way go on")
{
    machine m;
    m.log_in();
    m.start(simple("a", "SELECT 1"));
    m.state.refuse_calls();
    m.start(simple("b", "SELECT 2"));
    CHECK(is_a<connection_lost>(m["b"].error));
    CHECK(m.written().size() == 1);
    m.feed(complete("SELECT 1") + ready());
    CHECK(m["a"].finished == 1);
    CHECK_FALSE(m["a"].error);
    CHECK(m.check_ends().empty());
}

TEST_CASE("a lost session says so to all, once")
{
    machine m;
    m.log_in();
    m.start(simple("a", "SELECT 1"));
    m.state.lose(std::make_exception_ptr(connection_lost{"first"}));
    m.state.lose(std::make_exception_ptr(connection_lost{"second"}));
    m.state.received_end();
    m.tell();
    CHECK(text_of(m["a"].error) == "first");
    CHECK(text_of(m.state.closed()) == "first");
    CHECK_FALSE(m.abandon("a"));
    m.state.say_goodbye();
    CHECK(m.state.output().empty());
    CHECK(m.check_ends().empty());
}

TEST_CASE("notifications, notices and settings arrive at once, on an idle connection too")
{
    machine m;
    m.log_in();
    m.feed(notify("news", "hello") + notice("look") + setting("TimeZone", "UTC") +
           setting("TimeZone", "CET"));
    CHECK(m.notifications == messages{"news=hello"});
    CHECK(m.notices == messages{"look"});
    CHECK(m.state.parameter("TimeZone") == "CET");
    CHECK(m.state.parameter("nothing").empty());
    CHECK(m.check_ends().empty());
}
