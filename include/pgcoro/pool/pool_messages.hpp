#pragma once

#include "pool_core.hpp"

/// \file
/// What a pool says of itself: to tracers, and in the messages of its errors.

namespace pgcoro {

template <class Traits>
traced_lease pool_core<Traits>::traced_as(slot_index at, std::chrono::nanoseconds waited) const
{
    traced_lease lent;
    if (!options_.trace())
        return lent;
    lent.process_id = connections_[at].server_pid();
    lent.waited = waited;
    if constexpr (choices::names_holders) {
        lent.file = holders_[at].file;
        lent.line = holders_[at].line;
    }
    return lent;
}

template <class Traits>
void pool_core<Traits>::tell_acquired(traced_lease const& lent) const noexcept
{
    try {
        options_.trace()->acquired(lent);
    } catch (...) { // as with the other functions of a tracer
    }
}

template <class Traits>
void pool_core<Traits>::tell_released(slot_index at, std::uint32_t process_id) const noexcept
{
    try {
        traced_lease back;
        {
            std::scoped_lock const lock{mutex_};
            back = traced_as(at, {});
            if constexpr (choices::names_holders)
                back.held = clock::now() - holders_[at].since;
        }
        back.process_id = process_id;
        options_.trace()->released(back);
    } catch (...) {
    }
}

template <class Traits>
std::string pool_core<Traits>::in_milliseconds(std::chrono::nanoseconds time)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) +
           " ms";
}

template <class Traits>
std::string pool_core<Traits>::who_holds(clock::time_point now) const
{
    std::string text = std::to_string(policy_.lent()) + " of at most " +
                       std::to_string(policy_.max_size()) + " connections are lent";
    if constexpr (choices::names_holders) {
        constexpr int most = 5;
        int named = 0;
        for (slot_index at = 0; at < policy_.slots(); ++at) {
            if (policy_.slot(at).now != pool_slot::state::lent || ++named > most)
                continue;
            holder const& by = holders_[at];
            text += named == 1 ? ": to " : ", ";
            text += by.line == 0 ? std::string{"a verb of the pool"}
                                 : by.file + (':' + std::to_string(by.line));
            text += " for " + in_milliseconds(now - by.since);
        }
        if (named > most)
            text += ", and others";
    }
    return text;
}

template <class Traits>
std::string pool_core<Traits>::why_full() const
{
    return std::to_string(policy_.waiting()) + " callers wait for the pool already, and " +
           who_holds(clock::now());
}

template <class Traits>
std::string pool_core<Traits>::why_late(waiter const& who, clock::time_point now) const
{
    std::string text = "timed out after " + in_milliseconds(now - who.since()) +
                       " waiting for a connection of the pool";
    if (who.line != 0)
        text += ", at " + (who.file + (':' + std::to_string(who.line)));
    text +=
        ": " + who_holds(now) + "; " + std::to_string(policy_.waiting()) + " other callers wait";
    if (policy_.lent() >= policy_.max_size())
        text += ". (A coroutine that holds a connection and waits for another one waits for "
                "itself, if all that hold one do so.)";
    if (last_failure_)
        text += ". The last attempt to connect failed: " + text_of(last_failure_);
    return text;
}

template <class Traits>
std::string pool_core<Traits>::text_of(std::exception_ptr const& error)
{
    try {
        std::rethrow_exception(error);
    } catch (std::exception const& known) {
        return known.what();
    } catch (...) {
        return "unknown";
    }
}

} // namespace pgcoro
