#include "backend.hpp"
#include "machine.hpp"

#include "catch.hpp"

namespace {

using namespace pgcoro;
using clock_type = exchange::clock;
using namespace std::chrono_literals;

void start(machine& on, std::uint64_t id, clock_type::time_point deadline)
{
    auto call = std::make_unique<exchange>(request{request::protocol::simple, "SELECT"}, no_owner);
    call->identify(id);
    call->expire_at(deadline);
    on.state.start(std::move(call));
}

} // namespace

TEST_CASE("the session tells the first deadline, and who is late")
{
    machine m;
    m.log_in();
    auto const never = clock_type::time_point::max();
    auto const now = clock_type::now();
    CHECK(m.state.next_deadline() == never);
    start(m, 11, never);
    CHECK(m.state.next_deadline() == never);
    start(m, 12, now + 2s);
    start(m, 13, now + 1s);
    CHECK(m.state.next_deadline() == now + 1s);
    CHECK(m.state.overdue(now) == nullptr);
    REQUIRE(m.state.overdue(now + 1s) != nullptr);
    CHECK(m.state.overdue(now + 1s)->id() == 13);

    (void)m.written();
    CHECK(m.state.abandon(13, std::make_exception_ptr(timeout_error{"late"})));
    CHECK(m.state.overdue(now + 1s) == nullptr); // drained, but nobody waits for it
    CHECK(m.state.next_deadline() == now + 2s);
    m.feed(backend::complete("SELECT 1") + backend::ready() + backend::complete("SELECT 1") +
           backend::ready());
    CHECK(m.state.next_deadline() == never);
    m.end();
}
