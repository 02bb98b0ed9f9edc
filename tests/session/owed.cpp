#include "backend.hpp"
#include "machine.hpp"

#include "catch.hpp"

namespace owed_test {

namespace {

using namespace pgcoro;

std::vector<std::string> texts(std::vector<frontend::message> const& of)
{
    std::vector<std::string> all;
    for (auto const& each : of)
        all.push_back(each.text());
    return all;
}

void owe(machine& of, std::string_view sql)
{
    of.state.start_unowned(
        std::make_unique<exchange>(request{request::protocol::simple, sql}, no_owner));
}

using list = std::vector<std::string>;

} // namespace

TEST_CASE("what cleans up behind no owner runs at once where nobody owns the connection")
{
    machine m;
    m.log_in();
    owe(m, "UNLISTEN a");
    CHECK(texts(m.written()) == list{"Query UNLISTEN a"});
}

TEST_CASE("what cleans up behind no owner waits until the owner's end was sent")
{
    machine m;
    m.log_in();
    m.start(simple("tx", "BEGIN").owning(1, "ROLLBACK"));
    owe(m, "UNLISTEN a");
    owe(m, "UNLISTEN b");
    m.state.start_owed();
    CHECK(texts(m.written()) == list{"Query BEGIN"});
    m.start(simple("commit", "COMMIT").releasing(1));
    m.state.start_owed();
    CHECK(texts(m.written()) == list{"Query COMMIT", "Query UNLISTEN a", "Query UNLISTEN b"});
    m.feed(backend::complete("BEGIN") + backend::ready('T') + backend::complete("COMMIT") +
           backend::ready() + backend::complete("UNLISTEN") + backend::ready() +
           backend::complete("UNLISTEN") + backend::ready());
    CHECK(m.state.quiet());
    CHECK_FALSE(m.state.closed());
    CHECK(m.check_ends().empty());
}

TEST_CASE("what cleans up behind no owner waits for a transaction begun by hand")
{
    machine m;
    m.log_in();
    m.start(simple("begin", "BEGIN"));
    (void)m.written();
    m.feed(backend::complete("BEGIN") + backend::ready('T'));
    owe(m, "UNLISTEN a");
    CHECK(m.written().empty());
    m.start(simple("end", "ROLLBACK"));
    (void)m.written();
    m.feed(backend::complete("ROLLBACK") + backend::ready());
    m.state.start_owed();
    CHECK(texts(m.written()) == list{"Query UNLISTEN a"});
    CHECK(m.check_ends().empty());
}

TEST_CASE("what is owed goes down with the connection")
{
    machine m;
    m.log_in();
    m.start(simple("tx", "BEGIN").owning(1));
    owe(m, "UNLISTEN a");
    CHECK(m.check_ends().empty());
    CHECK_FALSE(m.state.has_finished());
}

} // namespace owed_test
