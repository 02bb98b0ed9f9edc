#pragma once

#include "../client/events.hpp"
#include "pool_options.hpp"

#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

namespace pgcoro {

/// Undoes what a user left in its session. A connection on which that fails is closed: nobody must
/// find what another one left.
template <class Driver>
class undo_call final : public exchange
{
public:
    undo_call(Driver& on, std::uint8_t left)
        : exchange{request{request::protocol::simple, undo_leftovers(left)}, no_owner}, driver_{on}
    {
        this->must_end_idle();
        this->never_withdraw();
    }

private:
    void finished() override
    {
        std::unique_ptr<undo_call> const mine{this};
        if (this->error() && !driver_.state().closed())
            driver_.close(std::make_exception_ptr(connection_lost{
                "the pool closed the connection: what its last user left could not be undone"}));
    }

    Driver& driver_; // whose session owns this
};

/// What became of a connection that came back.
enum class clean_up_result : std::uint8_t
{
    clean, ///< it may be lent: whatever is owed is on its way, and the next call behind it
    busy,  ///< calls that its user left have to end first
    broken,
};

/// A connection's user has gone; at its home. What is owed is written at once, or with the
/// executor's next turn, and nobody waits for it. `call_alone`: nothing but one call was run.
template <class Driver>
[[nodiscard]] clean_up_result clean_up(
    Driver& home, pool_reset reset, bool call_alone, std::shared_ptr<tracer> const& by)
{
    session& state = home.state();
    if (!call_alone) {
        state.release_all_owners();
        home.resume_reading();
        if (home.observer())
            events<Driver>::of(home).change_user(std::make_exception_ptr(connection_lost{
                                                     "the connection was given back to its pool"}),
                by);
    }
    if (state.closed())
        return clean_up_result::broken;
    std::uint8_t left = reset == pool_reset::never ? 0 : state.take_leftovers();
    bool const idle = state.ends_idle();
    if (idle && left == 0 && reset != pool_reset::always)
        return clean_up_result::clean;

    bool const busy = !idle && state.drains_any();
    bool const unknown = !idle && !state.quiet(); // what calls will leave that still run
    if (!idle) {
        auto undo =
            std::make_unique<exchange>(request{request::protocol::simple, "ROLLBACK"}, no_owner);
        undo->must_end_idle();
        undo->roll_back();
        home.start_later(std::move(undo));
    }
    if (reset == pool_reset::always || (unknown && reset == pool_reset::as_needed))
        left |= leftover::everything & ~leftover::statements;
    if (left != 0)
        home.start_later(std::make_unique<undo_call<Driver>>(home, left));
    return busy ? clean_up_result::busy : clean_up_result::clean;
}

} // namespace pgcoro
