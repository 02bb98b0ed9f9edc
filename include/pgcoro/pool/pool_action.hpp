#pragma once

#include "slot_table.hpp"
#include "wait_queue.hpp"

#include <cstdint>

namespace pgcoro {

/// Which idle connection is lent first: the one that was used last, so that what is too many
/// becomes idle for long enough to be closed; or each in its turn.
enum class pool_order : std::uint8_t
{
    last_in_first_out,
    round_robin,
};

/// What becomes of a caller for whom there is no connection now.
enum class pool_waiting : std::uint8_t
{
    in_line,      ///< it waits; whoever came first is served first
    fail_at_once, ///< it throws too_many_waiters, unless another one can be made for it
};

/// What is to be done now, for a connection or a waiter, who has left the line.
struct pool_action
{
    enum class kind : std::uint8_t
    {
        nothing,
        connect,   ///< then connected() or connect_failed()
        check,     ///< ask whether it works, then checked()
        close,     ///< then closed()
        serve,     ///< `who` gets the connection, which is lent
        late,      ///< `who` has waited too long
        refuse,    ///< `who` is told why the last connection failed
        turn_away, ///< the pool is closed
    };
    kind what = kind::nothing;
    close_reason reason{};
    slot_index slot = no_slot;
    queued* who = nullptr;
};

} // namespace pgcoro
