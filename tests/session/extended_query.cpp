#include "script.hpp"

#include "catch.hpp"

#include <pgcoro/core/conditions.hpp>

namespace {

using namespace pgcoro;
using namespace backend;

/// The replies to Parse and Describe.
messages described(std::vector<std::uint32_t> const& types = {})
{
    return {parse_complete(), parameters(types), columns({"n"})};
}
/// The replies to Bind, Execute and Sync.
messages one_row(std::string const& value)
{
    return {bind_complete(), row({value}), complete("SELECT 1"), ready()};
}

} // namespace

TEST_CASE("a positional statement's first run is one round trip, and so are all others")
{
    script{"positional"}
        .call(extended("a", "SELECT $1", {"x"}))
        .wrote({"Parse pgcoro_1: SELECT $1", "Describe pgcoro_1", "Bind pgcoro_1 (x)", "Execute",
            "Sync"})
        .server(described({25}) + one_row("x"))
        .result("a", {"x"}, {"SELECT 1"})
        .call(extended("b", "SELECT $1", {"y"}))
        .wrote({"Bind pgcoro_1 (y)", "Execute", "Sync"})
        .server(one_row("y"))
        .result("b", {"y"}, {"SELECT 1"})
        .expect([](machine const& m) -> std::string {
            return m["b"].columns == messages{"n"} ? ""
                                                   : "the cached run does not know its columns";
        })
        .open()
        .run();
}

TEST_CASE("a statement by name needs its columns first: two round trips once, one afterwards")
{
    script{"by name"}
        .call(by_name("a", "SELECT $1", {"x"}))
        .wrote({"Parse pgcoro_1: SELECT $1", "Describe pgcoro_1", "Sync"})
        .server(described({25}) + messages{ready()})
        .wrote({"Bind pgcoro_1 (x) as 1", "Execute", "Sync"})
        .server(one_row("x"))
        .result("a", {"x"}, {"SELECT 1"})
        .call(by_name("b", "SELECT $1", {"y"}))
        .wrote({"Bind pgcoro_1 (y) as 1", "Execute", "Sync"})
        .server(one_row("y"))
        .result("b", {"y"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("between the two round trips of a call nothing overtakes it")
{
    // Calls run in the order in which they were started.
    script{"order"}
        .call(by_name("a", "SELECT $1", {"x"}))
        .call(simple("b", "SELECT 2"))
        .wrote({"Parse pgcoro_1: SELECT $1", "Describe pgcoro_1", "Sync"})
        .server(described({25}) + messages{ready()})
        .wrote({"Bind pgcoro_1 (x) as 1", "Execute", "Sync", "Query SELECT 2"})
        .server(one_row("x") + messages{complete("SELECT 1"), ready()})
        .result("a", {"x"}, {"SELECT 1"})
        .result("b", {}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("rows arrive however they are cut, and in one run per read")
{
    messages rows;
    for (int i = 0; i < 5; ++i)
        rows.push_back(
            row({std::to_string(i), std::nullopt, std::string(static_cast<std::size_t>(i), 'x')}));
    script{"rows"}
        .call(extended("a", "SELECT").with(&call_spec::keeps_blocks))
        .wrote(
            {"Parse pgcoro_1: SELECT", "Describe pgcoro_1", "Bind pgcoro_1 ()", "Execute", "Sync"})
        .server(
            messages{parse_complete(), parameters(), columns({"a", "b", "c"}), bind_complete()} +
            rows + messages{complete("SELECT 5"), ready()})
        .result(
            "a", {"0|NULL|", "1|NULL|x", "2|NULL|xx", "3|NULL|xxx", "4|NULL|xxxx"}, {"SELECT 5"})
        .open()
        .run();

    machine m;
    m.log_in();
    m.start(extended("a", "SELECT"));
    (void)m.written();
    std::string all;
    for (auto const& each : described() + messages{bind_complete()} + rows)
        all += each;
    m.feed(all);
    CHECK(m["a"].runs == std::vector<std::size_t>{5});
    CHECK(m.check_ends().empty());
}

TEST_CASE("a statement without rows, and an empty one")
{
    script{"no rows"}
        .call(extended("a", "CREATE TABLE t()"))
        .call(extended("b", ""))
        .wrote_anything()
        .server({parse_complete(), parameters(), no_data(), bind_complete(),
            complete("CREATE TABLE"), ready(), parse_complete(), parameters(), no_data(),
            bind_complete(), empty_query(), ready()})
        .result("a", {}, {"CREATE TABLE"})
        .result("b", {}, {})
        .open()
        .run();
}

TEST_CASE("a row where the description promised none breaks the protocol")
{
    script{"row of nothing"}
        .call(extended("a", "CREATE TABLE t()"))
        .wrote_anything()
        .server({parse_complete(), parameters(), no_data(), bind_complete(), row({"x"})})
        .fails<protocol_error>("a", "a row where none can be")
        .run();
}

TEST_CASE("a Parse that fails is that call's error alone; those behind it go on")
{
    script{"syntax error"}
        .call(extended("a", "SELEC"))
        .call(extended("b", "SELECT 1"))
        .wrote({"Parse pgcoro_1: SELEC", "Describe pgcoro_1", "Bind pgcoro_1 ()", "Execute", "Sync",
            "Parse pgcoro_2: SELECT 1", "Describe pgcoro_2", "Bind pgcoro_2 ()", "Execute", "Sync"})
        .server(
            messages{error_response("42601", "syntax error"), ready()} + described() + one_row("1"))
        .fails<syntax_error>("a", "syntax error")
        .result("b", {"1"}, {"SELECT 1"})
        .call(extended("c", "SELEC"))
        .wrote(
            {"Parse pgcoro_3: SELEC", "Describe pgcoro_3", "Bind pgcoro_3 ()", "Execute", "Sync"})
        .server({error_response("42601", "syntax error"), ready()})
        .fails<syntax_error>("c")
        .open()
        .run();
}

TEST_CASE("concurrent first runs each carry their own Parse")
{
    // A Bind behind a failed Parse gives 26000, an unknown statement, instead of the syntax error.
    script{"both fail"}
        .call(extended("a", "SELEC"))
        .call(extended("b", "SELEC"))
        .wrote({"Parse pgcoro_1: SELEC", "Describe pgcoro_1", "Bind pgcoro_1 ()", "Execute", "Sync",
            "Parse : SELEC", "Describe ", "Bind  ()", "Execute", "Sync"})
        .server({error_response("42601", "syntax error at 1"), ready(),
            error_response("42601", "syntax error at 2"), ready()})
        .fails<syntax_error>("a", "at 1")
        .fails<syntax_error>("b", "at 2")
        .open()
        .run();
    script{"both run"}
        .call(extended("a", "SELECT $1", {"x"}))
        .call(extended("b", "SELECT $1", {"y"}))
        .wrote({"Parse pgcoro_1: SELECT $1", "Describe pgcoro_1", "Bind pgcoro_1 (x)", "Execute",
            "Sync", "Parse : SELECT $1", "Describe ", "Bind  (y)", "Execute", "Sync"})
        .server(described({25}) + one_row("x"))
        .call(extended("c", "SELECT $1", {"z"})) // the name is known now
        .wrote({"Bind pgcoro_1 (z)", "Execute", "Sync"})
        .server(described({25}) + one_row("y") + one_row("z"))
        .result("a", {"x"}, {"SELECT 1"})
        .result("b", {"y"}, {"SELECT 1"})
        .result("c", {"z"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("who needs the columns of a statement that is being parsed waits for them")
{
    script{"waits"}
        .call(extended("a", "SELECT $1", {"x"}))
        .call(by_name("b", "SELECT $1", {"y"}))
        .call(simple("c", "SELECT 3"))
        .wrote({"Parse pgcoro_1: SELECT $1", "Describe pgcoro_1", "Bind pgcoro_1 (x)", "Execute",
            "Sync"})
        .server(described({25}))
        .wrote({"Bind pgcoro_1 (y) as 1", "Execute", "Sync", "Query SELECT 3"})
        .server(one_row("x") + one_row("y") + messages{complete("SELECT 1"), ready()})
        .result("a", {"x"}, {"SELECT 1"})
        .result("b", {"y"}, {"SELECT 1"})
        .result("c", {}, {"SELECT 1"})
        .open()
        .run();
    // The one that it waits for fails: then it asks itself, and gets the error that tells.
    script{"waits in vain"}
        .call(extended("a", "SELEC"))
        .call(by_name("b", "SELEC"))
        .wrote(
            {"Parse pgcoro_1: SELEC", "Describe pgcoro_1", "Bind pgcoro_1 ()", "Execute", "Sync"})
        .server({error_response("42601", "syntax error at 1")})
        .wrote({"Parse pgcoro_2: SELEC", "Describe pgcoro_2", "Sync"})
        .server({ready(), error_response("42601", "syntax error at 2"), ready()})
        .wrote({})
        .fails<syntax_error>("a", "at 1")
        .fails<syntax_error>("b", "at 2")
        .open()
        .run();
}

TEST_CASE("too many arguments are refused before anything is sent")
{
    // The server believes the types that Parse tells it, and would run the statement.
    script{"too many"}
        .call(extended("a", "SELECT $1", {"x", "y"}))
        .call(by_name("b", "SELECT 1", {"x"}))
        .wrote({})
        .fails<encode_error>("a", "takes 1 parameter but 2 arguments were given: SELECT $1")
        .fails<encode_error>("b", "takes 0 parameters but 1 argument was given: SELECT 1")
        .open()
        .run();
}

TEST_CASE("too few arguments are found as soon as the statement is known")
{
    script{"too few"}
        .call(extended("a", "SELECT $1, $2", {"x"}))
        .wrote({"Parse pgcoro_1: SELECT $1, $2", "Describe pgcoro_1", "Bind pgcoro_1 (x)",
            "Execute", "Sync"})
        .server(described({25, 25}) +
                messages{error_response("08P01", "bind message supplies 1 parameters"), ready()})
        .fails<encode_error>("a", "takes 2 parameters but 1 argument was given: SELECT $1, $2")
        .call(extended("b", "SELECT $1, $2", {"x"}))
        .wrote({})
        .fails<encode_error>("b", "takes 2 parameters but 1 argument was given")
        .call(by_name("c", "SELECT $1, 2"))
        .wrote({"Parse pgcoro_2: SELECT $1, 2", "Describe pgcoro_2", "Sync"})
        .server(described({25}) + messages{ready()})
        .wrote({})
        .fails<encode_error>("c", "takes 1 parameter but 0 arguments were given")
        .open()
        .run();
}

TEST_CASE("a failing Bind and a failing Execute leave the statement usable")
{
    script{"bind"}
        .call(extended("a", "SELECT $1::int", {"x"}))
        .wrote_anything()
        .server(
            described({25}) + messages{error_response("22P02", "invalid input syntax"), ready()})
        .fails<invalid_text_representation>("a")
        .call(extended("b", "SELECT $1::int", {"0"}))
        .wrote({"Bind pgcoro_1 (0)", "Execute", "Sync"})
        .server({bind_complete(), error_response("22012", "division by zero"), ready()})
        .fails<division_by_zero>("b")
        .call(extended("c", "SELECT $1::int", {"1"}))
        .wrote({"Bind pgcoro_1 (1)", "Execute", "Sync"})
        .server(one_row("1"))
        .result("c", {"1"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("a deferred constraint fails behind CommandComplete, and the call with it")
{
    script{"deferred"}
        .call(extended("a", "INSERT"))
        .call(simple("b", "SELECT 1"))
        .wrote_anything()
        .server({parse_complete(), parameters(), no_data(), bind_complete(), complete("INSERT 0 1"),
            error_response("23503", "violates foreign key constraint"), ready(),
            complete("SELECT 1"), ready()})
        .fails<foreign_key_violation>("a", "foreign key")
        .result("b", {}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("the first error of a call stays")
{
    script{"two errors"}
        .call(extended("a", "SELECT"))
        .wrote_anything()
        .server({error_response("42601", "first"), error_response("57014", "second"), ready()})
        .fails<syntax_error>("a", "first")
        .open()
        .run();
}

TEST_CASE("columns that the call refuses: by name nothing runs, by position its rows are dropped")
{
    auto picky = by_name("a", "SELECT $1", {"x"});
    picky.fails_columns = "no such column";
    script{"by name"}
        .call(picky)
        .wrote({"Parse pgcoro_1: SELECT $1", "Describe pgcoro_1", "Sync"})
        .server(described({25}) + messages{ready()})
        .wrote({})
        .fails<std::runtime_error>("a", "no such column")
        .open()
        .run();
    picky = extended("a", "SELECT $1", {"x"});
    picky.throws_columns = true;
    script{"by position"}
        .call(picky)
        .wrote_anything()
        .server(described({25}) + one_row("x"))
        .fails<std::runtime_error>("a", "columns() of a")
        .call(picky) // known now: found before anything is sent
        .wrote({})
        .fails<std::runtime_error>("a", "columns() of a")
        .expect([](machine const& m) -> std::string {
            return m["a"].rows.empty() ? "" : "rows were handed over";
        })
        .open()
        .run();
}

TEST_CASE("an exception out of a row ends that call alone")
{
    script{"rows() throws"}
        .call(extended("a", "SELECT 1").with(&call_spec::throws_rows))
        .call(extended("b", "SELECT 1"))
        .wrote_anything()
        .server(described() +
                messages{bind_complete(), row({"1"}), notice("between"), row({"2"}),
                    complete("SELECT 2"), ready()} +
                described() + one_row("1"))
        .fails<std::runtime_error>("a", "rows() of a")
        .result("b", {"1"}, {"SELECT 1"})
        .open()
        .run();
}

TEST_CASE("42P18 says how to mend it")
{
    script{"hint"}
        .call(extended("a", "SELECT $1", {"x"}))
        .wrote_anything()
        .server({error_response("42P18", "could not determine data type of parameter $1"), ready()})
        .fails<indeterminate_datatype>("a", "$1::text")
        .open()
        .run();
}

TEST_CASE("a statement with 65535 parameters")
{
    std::vector<std::string> const arguments(65535, "x");
    std::vector<std::uint32_t> const types(65535, 25);
    machine m;
    m.log_in();
    m.start(extended("a", "SELECT $65535", arguments));
    auto const sent = m.written();
    REQUIRE(sent.size() == 5);
    CHECK(sent[0].types == 65535);
    CHECK(sent[2].values.size() == 65535);
    for (auto const& each : described(types) + one_row("1"))
        m.feed(each);
    CHECK(m["a"].rows == messages{"1"});
    CHECK(m.check_ends().empty());
}

TEST_CASE("where flights may go to different server processes, each carries a Parse of its own")
{
    session_settings pooled;
    pooled.statement_cache_size = 0;
    pooled.transaction_pooling = true;
    script{"transaction pooling"}
        .settings(pooled)
        .call(by_name("a", "SELECT $1", {"x"}))
        .wrote({"Parse : SELECT $1", "Describe ", "Sync"})
        .server(described({25}) + messages{ready()})
        .wrote({"Parse : SELECT $1", "Bind  (x) as 1", "Execute", "Sync"})
        .server(messages{parse_complete()} + one_row("x"))
        .result("a", {"x"}, {"SELECT 1"})
        .call(extended("b", "SELECT $1", {"y"}))
        .wrote({"Parse : SELECT $1", "Describe ", "Bind  (y)", "Execute", "Sync"})
        .server(described({25}) + one_row("y"))
        .result("b", {"y"}, {"SELECT 1"})
        .open()
        .run();
}
