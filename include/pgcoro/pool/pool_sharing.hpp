#pragma once

#include "pool_core.hpp"

/// \file
/// How many callers share a few connections. For a pool that does not, none of it is compiled.

namespace pgcoro {

template <class Traits>
void pool_core<Traits>::share_connection(call<driver_type>& what)
{
    what.share_connection();
    bool refused = is_of_the_session(what.asked().sql());
    for (auto const& part : what.parts())
        refused = refused || is_of_the_session(part->asked().sql());
    if (refused)
        what.fail(std::make_exception_ptr(session_state_refused{
            "BEGIN, START, SET, LISTEN, DECLARE and COPY change the session, which is shared: "
            "run them on a connection of your own, with acquire() or transaction()"}));
}

template <class Traits>
std::size_t pool_core<Traits>::hash(exchange const& what) noexcept
{
    std::size_t sum = std::hash<std::string_view>{}(what.asked().sql());
    for (auto const& part : what.parts())
        sum = sum * 31 + std::hash<std::string_view>{}(part->asked().sql());
    return sum;
}

template <class Traits>
slot_index pool_core<Traits>::take_shared(call<driver_type> const& what, bool may_share) noexcept
{
    auto const now = clock::now();
    bool const shares = may_share && sharing_.is_quick(limits_of_sharing(), hash(what));
    slot_index at = shares ? place(now) : no_slot;
    if (at == no_slot && (at = take("", 0)) != no_slot)
        (void)begin_lending(at, shares, now);
    return at;
}

template <class Traits>
slot_index pool_core<Traits>::place(clock::time_point now) noexcept
{
    for (;;) {
        slot_index const at = sharing_.choose(limits_of_sharing(), now, policy_.may_grow());
        if (at == no_slot)
            return at;
        if (connections_[at].is_open() && policy_.may_be_lent(at, now)) {
            sharing_.begin(at, now);
            counters_.acquired();
            return at;
        }
        sharing_.leave(at);
    }
}

template <class Traits>
bool pool_core<Traits>::begin_lending(slot_index at, bool shares, clock::time_point now) noexcept
{
    if (!shares) {
        sharing_.begin_alone(at, now);
        return false;
    }
    sharing_.open(at);
    sharing_.begin(at, now);
    return true;
}

template <class Traits>
bool pool_core<Traits>::shares(waiter const& who) const noexcept
{
    return who.may_share() && sharing_.is_quick(limits_of_sharing(), who.sql());
}

template <class Traits>
void pool_core<Traits>::count_alone(
    [[maybe_unused]] waiter& who, [[maybe_unused]] bool comes) noexcept
{
    if constexpr (choices::multiplexes) {
        if (comes)
            who.counted_alone = !shares(who);
        if (who.counted_alone)
            waiting_alone_.count += comes ? 1 : -1;
        sharing_.make_way(waiting_alone_.count > 0 && !policy_.may_grow());
    }
}

template <class Traits>
void pool_core<Traits>::join(waiter& who, slot_index at) noexcept
{
    std::shared_ptr<driver_type> driver;
    {
        std::scoped_lock const lock{mutex_};
        driver = connections_[at].share_driver();
    }
    who.join(this->shared_from_this(), at, std::move(driver));
    share_out();
}

template <class Traits>
void pool_core<Traits>::share_out() noexcept
{
    if constexpr (choices::multiplexes) {
        for (;;) {
            std::shared_ptr<waiter> who;
            std::shared_ptr<driver_type> driver;
            slot_index at = no_slot;
            {
                std::scoped_lock const lock{mutex_};
                queued* first = policy_.line().first();
                for (int overtaken = 0; first != nullptr && overtaken < 16; ++overtaken) {
                    if (shares(*static_cast<waiter*>(first)))
                        break;
                    first = wait_queue::behind(*first);
                }
                if (first == nullptr || !shares(*static_cast<waiter*>(first)))
                    return;
                at = place(clock::now());
                if (at == no_slot)
                    return;
                policy_.leave(*first);
                who = std::move(static_cast<waiter*>(first)->self);
                count_alone(*who, false);
                driver = connections_[at].share_driver();
            }
            who->join(this->shared_from_this(), at, std::move(driver));
        }
    }
}

} // namespace pgcoro
