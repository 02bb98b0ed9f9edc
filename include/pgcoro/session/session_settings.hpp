#pragma once

#include "../protocol/frame.hpp"

#include <cstddef>
#include <cstdint>

namespace pgcoro {

/// The sizes that a session keeps to.
struct session_settings
{
    /// Bytes of one read block.
    std::size_t block_size = std::size_t{64} * 1024;
    /// Statements kept parsed; 0 parses each one anew.
    std::size_t statement_cache_size = 256;
    /// Bytes of SQL text that they may have together.
    std::size_t statement_cache_bytes = std::size_t{1024} * 1024;
    /// Each flight may be answered by another server process: a statement that was described in one
    /// is parsed anew in the next. Goes with a statement_cache_size of 0.
    bool transaction_pooling = false;
    /// Calls in flight at once; further ones wait their turn on this side.
    std::size_t pipeline_depth = 1024;
    /// From so many calls in flight on, further ones are gathered for one write as long as the
    /// server has twice as much to do before them. At least 2: what is fed is alone.
    std::size_t gathering_depth = 16;
    /// The largest message taken from the server, in bytes. A larger one ends the session.
    std::uint32_t largest_frame = largest_message;
    /// The same until the login is done: a stranger can't make us allocate.
    std::uint32_t largest_startup_frame = std::uint32_t{64} * 1024;

    friend bool operator==(session_settings const&, session_settings const&) = default;
};

} // namespace pgcoro
