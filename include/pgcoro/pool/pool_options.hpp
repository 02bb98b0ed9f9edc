#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace pgcoro {

/// What is undone, besides an open transaction, when a connection comes back: see docs/pool.md.
enum class pool_reset : unsigned char
{
    as_needed, ///< what the statements that were run may have left: settings, locks, LISTENs…
    always,    ///< all of it, every time
    never,     ///< nothing: only for connections on which nobody changes anything
};

/// A pool's sizes, times and limits: what only the deployment knows. A max_size below min_size, or
/// 0, is raised to that, or to 1; everything else that is 0 is off.
struct pool_options
{
    std::size_t min_size = 0;       ///< kept open, also when nobody asks
    std::size_t max_size = 10;      ///< never more; further callers wait, in order
    std::size_t max_waiters = 0;    ///< callers in line; one more throws too_many_waiters at once
    std::size_t max_connecting = 4; ///< connections that are made at the same time; at least 1

    /// How long a caller may wait in line: then it throws timeout_error.
    std::chrono::milliseconds acquire_timeout{30'000};
    /// How long close() waits for what is lent.
    std::chrono::milliseconds close_timeout{30'000};

    /// A connection is replaced at this age, as soon as nobody uses it…
    std::chrono::milliseconds max_lifetime{3'600'000};
    /// …or up to so many per cent of it earlier, by chance: not all at the same time.
    unsigned lifetime_jitter = 10;
    /// Connections beyond min_size that nobody used for so long are closed.
    std::chrono::milliseconds max_idle_time{600'000};
    /// A connection is replaced after so many uses.
    std::uint64_t max_uses = 0;

    /// A connection that nobody used for so long is asked whether it works before it is lent…
    std::chrono::milliseconds check_after_idle{30'000};
    /// …and closed if it doesn't answer within this time.
    std::chrono::milliseconds check_timeout{5'000};

    /// How long no connection is made after one failed; twice as long each further time…
    std::chrono::milliseconds retry_delay{100};
    /// …up to this; by chance up to a half of it less. Meanwhile one is tried at a time.
    std::chrono::milliseconds max_retry_delay{10'000};

    pool_reset reset = pool_reset::as_needed;

    // Of a multiplexing pool alone: see docs/pool.md.
    std::size_t shared_depth = 64; ///< calls under way on one connection at most; at least 1
    std::size_t shared_crowd = 8; ///< so many, and another connection is preferred, made if need be
    /// What takes longer is not shared; and while a connection has not answered for so long,
    /// nothing more is put behind what it has.
    std::chrono::milliseconds shared_patience{20};
};

static_assert(std::is_trivially_destructible_v<pool_options>,
    "gcc 12 destroys braced aggregates twice within a co_await expression");

} // namespace pgcoro
