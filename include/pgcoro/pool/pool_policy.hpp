#pragma once

#include "../core/backoff.hpp"
#include "pool_action.hpp"
#include "pool_options.hpp"
#include "slot_table.hpp"
#include "wait_queue.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace pgcoro {

/// Who gets a connection and who waits; when connections are made, asked whether they work, and
/// closed: the pool's decisions, without sockets, clock or locks. Connections are numbers of slots.
/// Whatever happened is told by the functions; next() then gives what is to be done, until it gives
/// nothing, and wake_at() the time at which it has to be asked again.
///
/// Connections are made for the pool, not for a caller: whoever waits longest gets the next one
/// that is there, new or given back. So a caller that goes away never takes one with it.
template <pool_order Order = pool_order::last_in_first_out,
    pool_waiting Waiting = pool_waiting::in_line, std::size_t Capacity = 0>
class pool_policy
{
public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using state = pool_slot::state;

    /// `seed`: of the chances in lifetimes and delays.
    explicit pool_policy(pool_options const& limits, std::uint64_t seed = 1)
        : limits_{limits}, chance_{seed}
    {
        resize(limits.min_size, limits.max_size);
    }

    [[nodiscard]] pool_options const& limits() const noexcept { return limits_; }
    [[nodiscard]] std::size_t max_size() const noexcept { return limits_.max_size; }
    [[nodiscard]] std::size_t slots() const noexcept { return slots_.size(); }
    [[nodiscard]] pool_slot const& slot(slot_index at) const noexcept { return slots_[at]; }
    /// All connections; those of them that are idle, lent, being made, being asked whether they
    /// work (or not ready to be lent again yet).
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t idle() const noexcept { return idle_count_; }
    [[nodiscard]] std::size_t lent() const noexcept { return lent_; }
    [[nodiscard]] std::size_t connecting() const noexcept { return connecting_; }
    [[nodiscard]] std::size_t checking() const noexcept { return checking_; }
    [[nodiscard]] wait_queue const& line() const noexcept { return line_; }
    [[nodiscard]] std::size_t waiting() const noexcept { return line_.size(); }
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    /// Closed, and every connection is gone. Those that are being made will be closed as soon as
    /// they are there.
    [[nodiscard]] bool ended() const noexcept { return closed_ && size_ == connecting_; }
    /// Whether a connection may still be lent, by its age and the like.
    [[nodiscard]] bool may_be_lent(slot_index at, time_point now) const noexcept
    {
        return unfit(slots_[at], now) == fit;
    }
    /// Whether one more caller could get a connection without anybody giving one back.
    [[nodiscard]] bool may_grow() const noexcept
    {
        return idle_count_ != 0 || size_ < limits_.max_size;
    }
    /// How many connections that were made before expire_connections() are still there.
    [[nodiscard]] std::size_t outdated() const noexcept
    {
        std::size_t count = 0;
        for (slot_index at = 0; at < slots_.size(); ++at)
            count += slots_[at].now != state::vacant && slots_[at].generation != generation_;
        return count;
    }

    // ---- callers

    /// A connection for a caller who comes now, which is lent then; no_slot if there is none that
    /// can be lent without asking it first, or if others wait.
    [[nodiscard]] slot_index take(time_point now) noexcept
    {
        return line_.empty() ? take_idle(now) : no_slot;
    }

    /// Whether one more may stand in line.
    [[nodiscard]] bool has_room_to_wait() const noexcept
    {
        if constexpr (Waiting == pool_waiting::fail_at_once)
            if (line_.size() + lent_ + closing_ >= limits_.max_size)
                return false;
        return limits_.max_waiters == 0 || line_.size() < limits_.max_waiters;
    }

    /// `who` waits until next() says what becomes of it. `limit`: 0: for as long as it takes.
    void wait(queued& who, time_point now, std::chrono::nanoseconds limit) noexcept
    {
        time_point const deadline = after(now, limit);
        line_.add(who, now, deadline);
        next_deadline_ = std::min(next_deadline_, deadline);
    }

    /// It goes away. False: it is not in line any more.
    bool leave(queued& who) noexcept
    {
        if (!who.in_line())
            return false;
        line_.remove(who);
        return true;
    }

    // ---- connections

    /// A lent connection is back, in working order or not.
    void give_back(slot_index at, bool works, time_point now) noexcept
    {
        --lent_;
        if (works)
            unused_losses_ = 0;
        put(at, works ? unfit(slots_[at], now) : close_reason::broken, works, now);
    }
    /// A lent connection is back, but something is still under way on it: checked() tells when it
    /// isn't any more.
    void give_back_busy(slot_index at) noexcept
    {
        --lent_;
        ++checking_;
        ++busy_;
        slots_[at].now = state::checking;
        slots_[at].busy = true;
    }
    void checked(slot_index at, bool works, time_point now) noexcept
    {
        --checking_;
        busy_ -= std::exchange(slots_[at].busy, false) ? 1U : 0U;
        put(at, works ? unfit(slots_[at], now) : close_reason::check, works, now);
    }
    /// The connection that next() gave to `who` turned out to be broken: `who` is the first in line
    /// again.
    void not_served(queued& who, slot_index at) noexcept
    {
        --lent_;
        be_retired(at, close_reason::broken);
        line_.put_back(who);
        next_deadline_ = std::min(next_deadline_, who.deadline());
    }
    /// A connection was lost. Of one that is not idle others will tell. A server that lets us in
    /// and then drops us is asked again no faster than one that refuses us.
    void lost(slot_index at, time_point now) noexcept
    {
        if (slots_[at].now != state::idle)
            return;
        if (slots_[at].uses == 0 && now >= not_before_) // one outage is one, not one for each
            back_off(unused_losses_, now);
        retire(at, close_reason::broken);
    }

    void connected(slot_index at, time_point now) noexcept
    {
        --connecting_;
        failures_ = 0;
        not_before_ = {};
        has_worked_ = true;
        refused_ = false;
        pool_slot& made = slots_[at];
        made.uses = 0;
        made.expires = time_point::max();
        if (limits_.max_lifetime.count() > 0) {
            auto const whole = std::chrono::nanoseconds{limits_.max_lifetime};
            auto const percent = std::min(limits_.lifetime_jitter, 100U);
            made.expires =
                after(now, std::max(whole - fraction(whole / 100 * static_cast<int>(percent)),
                               std::chrono::nanoseconds{1}));
        }
        put(at, unfit(made, now), true, now);
    }
    /// `for_good`: trying again would not help. Those who wait are told so if nothing else can be
    /// expected to come for them before their time is up; a pool that worked before tries again.
    void connect_failed(slot_index at, bool for_good, time_point now) noexcept
    {
        --connecting_;
        vacate(at);
        refused_ = for_good;
        back_off(failures_, now);
        bool const waits_in_vain =
            lent_ + checking_ == 0 && (for_good || (!has_worked_ && connecting_ == 0));
        if (waits_in_vain || limits_.acquire_timeout.count() <= 0)
            told_ = line_.last_number();
    }

    /// The connection that was to be closed is.
    void closed(slot_index at) noexcept { vacate(at); }

    // ---- the pool

    /// What is too many is closed when nobody uses it.
    void resize(std::size_t min, std::size_t max)
    {
        limits_.min_size = min;
        limits_.max_size = std::max({max, min, std::size_t{1}});
        if constexpr (Capacity != 0) {
            limits_.max_size = std::min(limits_.max_size, Capacity);
            limits_.min_size = std::min(min, Capacity);
        }
        slots_.grow(limits_.max_size);
        while (in_use() > limits_.max_size && !idle_.empty())
            retire(idle_.oldest(), close_reason::surplus);
        sweep_at_ = {};
    }

    /// All connections that there are now are closed as soon as nobody uses them.
    void expire_connections() noexcept
    {
        ++generation_;
        while (!idle_.empty())
            retire(idle_.oldest(), close_reason::replaced);
    }

    /// Nobody is let in any more.
    void close() noexcept
    {
        closed_ = true;
        while (!idle_.empty())
            retire(idle_.oldest(), close_reason::pool_closed);
    }

    // ---- what to do

    /// What is to be done next, which counts as begun.
    [[nodiscard]] pool_action next(time_point now) noexcept
    {
        using kind = pool_action::kind;
        if (!retired_.empty()) {
            slot_index const at = retired_.oldest();
            retired_.remove(slots_, at);
            return {kind::close, slots_[at].reason, at, nullptr};
        }
        if (!line_.empty()) {
            if (closed_)
                return {kind::turn_away, {}, no_slot, first_in_line()};
            if (line_.first()->number() <= told_)
                return {kind::refuse, {}, no_slot, first_in_line()};
            if (now >= next_deadline_)
                if (queued* const late = find_late(now))
                    return {kind::late, {}, no_slot, late};
            if (slot_index const at = take_idle(now); at != no_slot)
                return {kind::serve, {}, at, first_in_line()};
            if (!retired_.empty()) // take_idle() found some
                return next(now);
            if (!idle_.empty() && expected() < line_.size())
                return {kind::check, {}, begin_checking(), nullptr};
        }
        if (now >= sweep_at_) {
            sweep(now);
            if (!retired_.empty())
                return next(now);
        }
        if (wants_connection() && now >= not_before_)
            return {kind::connect, {}, begin_connecting(), nullptr};
        return {};
    }

    /// Whether next() has nothing to do for now, as far as can be told without the time: after
    /// take() or give_back().
    [[nodiscard]] bool rests() const noexcept { return retired_.empty() && line_.empty(); }

    /// Whether nothing can be done for one who has just begun to wait but to wait.
    [[nodiscard]] bool only_waits() const noexcept
    {
        return retired_.empty() && idle_.empty() && !wants_connection();
    }

    /// When next() has to be asked again, if nothing happens before.
    [[nodiscard]] time_point wake_at() const noexcept
    {
        if (closed_)
            return time_point::max();
        time_point at = sweep_at_;
        if (!line_.empty())
            at = std::min(at, next_deadline_);
        if (wants_connection())
            at = std::min(at, not_before_);
        return at;
    }

private:
    [[nodiscard]] static time_point after(time_point now, std::chrono::nanoseconds wait) noexcept
    {
        return wait.count() > 0 && wait < time_point::max() - now ? now + wait : time_point::max();
    }

    /// One more failure: the next attempt may be made later.
    void back_off(std::uint32_t& failures, time_point now) noexcept
    {
        if (failures < 32)
            ++failures;
        auto const delay = backoff_delay<std::chrono::nanoseconds>(
            limits_.retry_delay, limits_.max_retry_delay, failures, noise());
        not_before_ = delay.count() > 0 ? after(now, delay) : now;
    }

    [[nodiscard]] std::uint64_t noise() noexcept
    {
        return scrambled(chance_ += 0x9e3779b97f4a7c15);
    }
    /// By chance from 0 to `whole`.
    [[nodiscard]] std::chrono::nanoseconds fraction(std::chrono::nanoseconds whole) noexcept
    {
        return whole.count() <= 0 ? std::chrono::nanoseconds{}
                                  : std::chrono::nanoseconds{static_cast<std::int64_t>(
                                        noise() % static_cast<std::uint64_t>(whole.count()))};
    }

    /// Why a connection may not be lent again, or fit.
    static constexpr close_reason fit = static_cast<close_reason>(close_reasons);
    [[nodiscard]] close_reason unfit(pool_slot const& which, time_point now) const noexcept
    {
        if (closed_)
            return close_reason::pool_closed;
        if (which.generation != generation_)
            return close_reason::replaced;
        if (now >= which.expires)
            return close_reason::lifetime;
        if (limits_.max_uses != 0 && which.uses >= limits_.max_uses)
            return close_reason::uses;
        // the one in question counts, whatever it is at the moment
        if (in_use() > limits_.max_size)
            return close_reason::surplus;
        return fit;
    }
    [[nodiscard]] bool must_be_checked(pool_slot const& which, time_point now) const noexcept
    {
        return limits_.check_after_idle.count() > 0 &&
               now - which.unused_since >= limits_.check_after_idle;
    }

    /// Connections that will be there for those in line. What a user left may take any time.
    [[nodiscard]] std::size_t expected() const noexcept { return connecting_ + checking_ - busy_; }
    /// Connections that are not on their way out.
    [[nodiscard]] std::size_t in_use() const noexcept { return size_ - closing_; }

    void put(slot_index at, close_reason reason, bool works, time_point now) noexcept
    {
        pool_slot& ready = slots_[at];
        if (!works || reason != fit)
            return be_retired(at, reason);
        ready.now = state::idle;
        ready.unused_since = now;
        idle_.add(slots_, at);
        ++idle_count_;
        sweep_at_ = std::min(sweep_at_, ready.expires);
        if (limits_.max_idle_time.count() > 0)
            sweep_at_ = std::min(sweep_at_, after(now, limits_.max_idle_time));
    }

    void unlink_idle(slot_index at) noexcept
    {
        idle_.remove(slots_, at);
        --idle_count_;
    }
    void retire(slot_index at, close_reason reason) noexcept
    {
        unlink_idle(at);
        be_retired(at, reason);
    }
    void be_retired(slot_index at, close_reason reason) noexcept
    {
        slots_[at].now = state::closing;
        slots_[at].reason = reason;
        ++closing_;
        retired_.add(slots_, at);
    }
    void vacate(slot_index at) noexcept
    {
        closing_ -= slots_[at].now == state::closing;
        slots_[at].now = state::vacant;
        --size_;
    }

    [[nodiscard]] slot_index next_idle() const noexcept
    {
        return Order == pool_order::round_robin ? idle_.oldest() : idle_.newest();
    }
    [[nodiscard]] slot_index take_idle(time_point now) noexcept
    {
        for (slot_index at = next_idle(); at != no_slot; at = next_idle()) {
            if (close_reason const reason = unfit(slots_[at], now); reason != fit) {
                retire(at, reason);
                continue;
            }
            if (must_be_checked(slots_[at], now))
                return no_slot;
            unlink_idle(at);
            slots_[at].now = state::lent;
            ++slots_[at].uses;
            ++lent_;
            return at;
        }
        return no_slot;
    }
    [[nodiscard]] slot_index begin_checking() noexcept
    {
        slot_index const at = next_idle();
        unlink_idle(at);
        slots_[at].now = state::checking;
        ++checking_;
        return at;
    }

    [[nodiscard]] queued* first_in_line() noexcept
    {
        queued* const first = line_.first();
        line_.remove(*first);
        return first;
    }
    [[nodiscard]] queued* find_late(time_point now) noexcept
    {
        next_deadline_ = time_point::max();
        for (queued* each = line_.first(); each != nullptr; each = wait_queue::behind(*each)) {
            if (each->deadline() <= now) {
                line_.remove(*each);
                next_deadline_ = now; // there may be more
                return each;
            }
            next_deadline_ = std::min(next_deadline_, each->deadline());
        }
        return nullptr;
    }

    /// Closes the idle connections whose time is up, and finds out when to look again.
    void sweep(time_point now) noexcept
    {
        sweep_at_ = time_point::max();
        if (closed_)
            return;
        for (slot_index at = idle_.oldest(); at != no_slot;) {
            slot_index const newer = slots_[at].newer;
            close_reason reason = unfit(slots_[at], now);
            time_point const too_idle = limits_.max_idle_time.count() > 0
                                            ? after(slots_[at].unused_since, limits_.max_idle_time)
                                            : time_point::max();
            bool const spare = in_use() > limits_.min_size;
            if (reason == fit && spare && too_idle <= now)
                reason = close_reason::idle;
            if (reason != fit)
                retire(at, reason);
            else
                sweep_at_ = std::min({sweep_at_, slots_[at].expires,
                    spare ? std::max(too_idle, now + std::chrono::nanoseconds{1})
                          : time_point::max()});
            at = newer;
        }
    }

    [[nodiscard]] bool wants_connection() const noexcept
    {
        std::size_t const at_once =
            failures_ == 0 ? std::max<std::size_t>(limits_.max_connecting, 1) : 1;
        if (closed_ || connecting_ >= at_once || size_ >= limits_.max_size)
            return false;
        return expected() < line_.size() || (!refused_ && in_use() < limits_.min_size);
    }
    [[nodiscard]] slot_index begin_connecting() noexcept
    {
        slot_index at = 0;
        while (slots_[at].now != state::vacant)
            ++at;
        slots_[at].now = state::connecting;
        slots_[at].generation = generation_;
        ++connecting_;
        ++size_;
        return at;
    }

    pool_options limits_;
    slot_array<pool_slot, Capacity> slots_;
    slot_list idle_;
    slot_list retired_; // to be closed
    wait_queue line_;
    std::size_t size_ = 0;
    std::size_t idle_count_ = 0;
    std::size_t lent_ = 0;
    std::size_t connecting_ = 0;
    std::size_t checking_ = 0;
    std::size_t busy_ = 0; // of these
    std::size_t closing_ = 0;
    std::uint64_t told_ = 0; // up to this number they hear why no connection could be made
    std::uint64_t chance_;
    time_point next_deadline_ = time_point::max(); // of those in line: not before this
    time_point sweep_at_{};                        // no idle connection's time is up before this
    time_point not_before_{};                      // no connection is made
    std::uint32_t generation_ = 0;
    std::uint32_t failures_ = 0;      // since the last connection was made
    std::uint32_t unused_losses_ = 0; // since the last one was of use
    bool refused_ = false;            // for good: tried again only for those who wait
    bool has_worked_ = false;
    bool closed_ = false;
};

} // namespace pgcoro
