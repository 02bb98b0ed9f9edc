#include "backend.hpp"
#include "machine.hpp"

#include "catch.hpp"

namespace {

using namespace pgcoro;

/// Writes down what it hears.
struct listening_observer : session_observer
{
    std::vector<std::string> heard;

    void started(exchange& call) noexcept override { hear("start", call); }
    void completed(exchange& call, command_tag const& tag) noexcept override
    {
        hear(tag.text(), call);
    }
    void ended(exchange& call) noexcept override
    {
        hear(call.error() ? "failed" : call.abandoned() ? "left" : "end", call);
    }
    void lost(std::exception_ptr const&) noexcept override { heard.push_back("lost"); }

private:
    void hear(std::string_view what, exchange& call)
    {
        heard.push_back(std::string{what} + ' ' + std::string{call.asked().sql()});
    }
};

using list = std::vector<std::string>;

} // namespace

TEST_CASE("an observer hears of each call's start, its statements' completion, and its end")
{
    machine m;
    m.log_in();
    listening_observer observer;
    m.state.observe(&observer);
    m.start(simple("two", "A; B"));
    m.start(simple("fails", "C"));
    m.start(simple("left", "D"));
    (void)m.written();
    CHECK(m.abandon("left"));
    m.feed(backend::complete("A 1") + backend::complete("B 2") + backend::ready() +
           backend::error_response("42601", "no") + backend::ready() + backend::complete("D") +
           backend::ready());
    CHECK(observer.heard == list{"start A; B", "start C", "start D", "A 1 A; B", "B 2 A; B",
                                "end A; B", "failed C", "D D", "left D"});
    m.state.observe(nullptr);
    CHECK(m.check_ends().empty());
}

TEST_CASE("an observer hears nothing of what was refused, and of everything that is lost")
{
    machine m;
    m.log_in();
    listening_observer observer;
    m.state.observe(&observer);
    m.start(simple("tx", "BEGIN").owning(1));
    m.start(simple("stranger", "X"));
    m.end();
    CHECK(observer.heard == list{"start BEGIN", "failed BEGIN", "lost"});
    m.start(simple("late", "Y"));
    CHECK(observer.heard.size() == 3);
    m.state.observe(nullptr);
}
