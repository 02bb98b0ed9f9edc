#pragma once

#include "slot_table.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pgcoro {

/// How far the calls of many share one connection. See pool_options.
struct sharing_limits
{
    std::size_t depth = 64;              ///< calls under way on one connection
    std::size_t crowd = 8;               ///< with so many, another connection is preferred
    std::chrono::nanoseconds patience{}; ///< for one statement; 0: no limit
};

/// On which of the connections that are shared a call goes: the one with the fewest calls under
/// way. None if a call is not to be put behind those that are there:
/// - One that has not answered for longer than `patience` is held up by a slow statement. It gets
///   no more calls until that is through.
/// - One with `crowd` calls gets more only if there can't be another connection; with `depth`,
/// none.
/// - While somebody waits for a connection of his own, and there can't be another, the one with the
///   fewest calls gets no more: it is his when it is empty.
/// - One that is too old, or was lost, gets no more.
/// Nobody is put behind a statement of which it is not known that it is quick: each is run on a
/// connection of its own until it was through within `patience` there, and again after it took
/// longer. As many statements are remembered as there is room for.
/// Without sockets, clock or locks, as pool_policy is; connections are numbers of its slots.
template <std::size_t Capacity = 0>
class sharing_policy
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    void grow(std::size_t slots) { shared_.grow(slots); }

    [[nodiscard]] bool is_shared(slot_index at) const noexcept { return shared_[at].open; }
    [[nodiscard]] std::size_t load(slot_index at) const noexcept { return shared_[at].load; }

    /// The connection is shared from now on, until ended() says that it is empty.
    void open(slot_index at) noexcept
    {
        shared_[at] = {};
        shared_[at].open = true;
    }

    /// Where one more call goes now, or no_slot. `may_grow`: there can be another connection.
    [[nodiscard]] slot_index choose(
        sharing_limits const& limits, time_point now, bool may_grow) const noexcept
    {
        std::size_t const most = std::max<std::size_t>(
            may_grow ? std::min(limits.crowd, limits.depth) : limits.depth, 1);
        slot_index best = no_slot;
        for (slot_index at = 0; at < shared_.size(); ++at) {
            one const& each = shared_[at];
            if (!each.open || each.leaves || each.makes_way || each.load >= most)
                continue;
            if (is_held_up(each, limits, now))
                continue;
            if (best == no_slot || each.load < shared_[best].load)
                best = at;
        }
        return best;
    }

    /// A call begins on a connection of its own.
    void begin_alone(slot_index at, time_point now) noexcept
    {
        shared_[at] = {};
        begin(at, now);
    }
    /// A call begins on a connection that is shared.
    void begin(slot_index at, time_point now) noexcept
    {
        if (shared_[at].load++ == 0)
            shared_[at].answered_at = now;
    }

    /// A call has ended. `answers`: how many the connection has given so far: what was withdrawn
    /// gets none. `sql`: a hash of its text. False: the connection is empty, and not shared any
    /// more, if it was.
    [[nodiscard]] bool ended(slot_index at, sharing_limits const& limits, time_point now,
        std::uint64_t answers, std::size_t sql) noexcept
    {
        one& which = shared_[at];
        --which.load;
        if (which.answers != answers) {
            note(sql, !is_over(limits, now - which.answered_at));
            which.answers = answers;
            which.answered_at = now;
        }
        which.open = which.open && which.load != 0;
        return which.open;
    }
    /// Others may be put behind the statement: it was quick when it was run last, as far as is
    /// remembered.
    [[nodiscard]] bool is_quick(sharing_limits const& limits, std::size_t sql) const noexcept
    {
        return limits.patience.count() <= 0 || quick_[place(sql)] == sql ||
               quick_[other(sql)] == sql;
    }

    /// It gets no more calls, for good.
    void leave(slot_index at) noexcept { shared_[at].leaves = true; }
    /// One of them gets no more calls for now, or none does.
    void make_way(bool wanted) noexcept
    {
        slot_index best = no_slot;
        for (slot_index at = 0; at < shared_.size(); ++at) {
            one& each = shared_[at];
            if (!wanted)
                each.makes_way = false;
            else if (each.open && (each.makes_way || each.leaves))
                return;
            else if (each.open && (best == no_slot || each.load < shared_[best].load))
                best = at;
        }
        if (best != no_slot)
            shared_[best].makes_way = true;
    }

private:
    struct one
    {
        time_point answered_at{};
        std::uint64_t answers = 0;
        std::uint32_t load = 0;
        bool open = false;
        bool leaves = false;
        bool makes_way = false;
    };

    [[nodiscard]] static bool is_over(
        sharing_limits const& limits, std::chrono::nanoseconds time) noexcept
    {
        return limits.patience.count() > 0 && time > limits.patience;
    }
    [[nodiscard]] static bool is_held_up(
        one const& which, sharing_limits const& limits, time_point now) noexcept
    {
        return which.load != 0 && is_over(limits, now - which.answered_at);
    }

    static constexpr std::size_t room = 512;
    [[nodiscard]] static constexpr std::size_t place(std::size_t sql) noexcept
    {
        return sql % room;
    }
    [[nodiscard]] static constexpr std::size_t other(std::size_t sql) noexcept
    {
        return sql / room % room;
    }
    void note(std::size_t sql, bool quick) noexcept
    {
        std::size_t& first = quick_[place(sql)];
        std::size_t& second = quick_[other(sql)];
        if (first == sql || second == sql) {
            if (!quick)
                (first == sql ? first : second) = 0;
        } else if (quick) {
            (first == 0 || second != 0 ? first : second) = sql;
        }
    }

    slot_array<one, Capacity> shared_;
    std::array<std::size_t, room> quick_{}; // hashes, each at one of two places; 0: none
};

} // namespace pgcoro
