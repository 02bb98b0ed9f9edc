#pragma once

#include "pool_core.hpp"

/// \file
/// Doing what the policy decides.

namespace pgcoro {

template <class Traits>
void pool_core<Traits>::woken()
{
    {
        std::scoped_lock const lock{mutex_};
        armed_for_ = {};
        armed_ = false;
    }
    work();
}

template <class Traits>
void pool_core<Traits>::arm(clock::time_point at)
{
    if (armed_ && at >= armed_for_)
        return;
    armed_ = true;
    armed_for_ = at;
    timer_.expires_at(at);
    timer_.async_wait(alarm{this->shared_from_this()});
}

template <class Traits>
void pool_core<Traits>::work() noexcept
{
    auto const now = clock::now();
    for (;;) {
        pool_action todo;
        connection_type moved;
        traced_lease traced;
        std::exception_ptr why;
        std::shared_ptr<waiter> who;
        {
            std::scoped_lock const lock{mutex_};
            todo = policy_.next(now);
            if (todo.what == pool_action::kind::nothing) {
                if (policy_.ended()) {
                    timer_.cancel();
                    armed_ = false;
                } else
                    arm(std::min(policy_.wake_at(), patience_ends_));
                break;
            }
            if (todo.who != nullptr)
                who = static_cast<waiter*>(todo.who)->self;
            if (!prepare(todo, now, moved, why))
                continue;
            if (who) {
                who->self.reset();
                count_alone(*who, false);
            }
            if (todo.what == pool_action::kind::serve && options_.trace()) {
                traced = traced_as(todo.slot, now - todo.who->since());
                traced.process_id =
                    std::max(connections_[todo.slot].server_pid(), moved.server_pid());
            }
        }
        if (traced.process_id != 0)
            tell_acquired(traced);
        act(todo, std::move(moved), who.get(), std::move(why));
    }
    tell_leavers(now);
}

template <class Traits>
bool pool_core<Traits>::prepare(
    pool_action const& todo, clock::time_point now, connection_type& moved, std::exception_ptr& why)
{
    using kind = pool_action::kind;
    switch (todo.what) {
    case kind::serve:
        if (!connections_[todo.slot].is_open()) {
            policy_.not_served(*todo.who, todo.slot);
            return false;
        }
        counters_.acquired_after(now - todo.who->since());
        note_holder(todo.slot, static_cast<waiter*>(todo.who)->file,
            static_cast<waiter*>(todo.who)->line, now);
        if constexpr (choices::multiplexes)
            if (begin_lending(todo.slot, shares(*static_cast<waiter*>(todo.who)), now))
                break;
        moved = std::move(connections_[todo.slot]);
        break;
    case kind::close:
        counters_.destroyed(todo.reason);
        moved = std::move(connections_[todo.slot]);
        if constexpr (!hooks_close<hooks_type, connection_type>)
            policy_.closed(todo.slot);
        break;
    case kind::late:
        counters_.timed_out();
        why = std::make_exception_ptr(
            timeout_error{why_late(static_cast<waiter const&>(*todo.who), now)});
        break;
    case kind::refuse:
        why = last_failure_;
        break;
    case kind::turn_away:
        why = std::make_exception_ptr(pool_closed{"the pool was closed"});
        break;
    default:
        break;
    }
    return true;
}

template <class Traits>
void pool_core<Traits>::act(
    pool_action const& todo, connection_type moved, waiter* who, std::exception_ptr why) noexcept
{
    using kind = pool_action::kind;
    switch (todo.what) {
    case kind::serve:
        if constexpr (choices::multiplexes)
            if (!moved.share_driver()) // it stays where it is, and others join it there
                return join(*who, todo.slot);
        return who->serve(this->shared_from_this(), todo.slot, std::move(moved));
    case kind::close:
        if constexpr (hooks_close<hooks_type, connection_type>)
            close_hooked(todo.slot, todo.reason, std::move(moved));
        return;
    case kind::connect:
        return begin_connecting(todo.slot);
    case kind::check:
        return check(todo.slot);
    default:
        return who->refuse(*this, std::move(why));
    }
}

} // namespace pgcoro
