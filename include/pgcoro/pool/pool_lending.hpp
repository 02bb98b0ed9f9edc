#pragma once

#include "pool_core.hpp"

/// \file
/// How callers get a connection, at once or in line.

namespace pgcoro {

template <class Traits>
std::optional<lease<Traits>> pool_core<Traits>::try_acquire(std::source_location where)
{
    std::optional<lease<Traits>> got;
    traced_lease traced;
    bool more = false;
    {
        std::scoped_lock const lock{mutex_};
        if (policy_.closed())
            throw pool_closed{"the pool is closed"};
        slot_index const at = take(where.file_name(), where.line());
        if (at != no_slot) {
            traced = traced_as(at, {});
            got.emplace(this->shared_from_this(), at, std::move(connections_[at]));
        }
        more = !policy_.rests();
    }
    if (got && options_.trace())
        tell_acquired(traced);
    if (more)
        work();
    return got;
}

template <class Traits>
template <class Handler>
void pool_core<Traits>::wait(
    Handler handler, std::chrono::nanoseconds limit, std::source_location where)
{
    auto slot = asio::get_associated_cancellation_slot(handler);
    enter(share<lease_waiter<Traits>>(std::move(handler)), slot, limit, where);
}

template <class Traits>
void pool_core<Traits>::run(std::unique_ptr<call<driver_type>> what, asio::cancellation_slot slot)
{
    std::shared_ptr<driver_type> driver;
    slot_index at = no_slot;
    traced_lease traced;
    bool more = false;
    bool may_share = false;
    if constexpr (choices::multiplexes) {
        share_connection(*what);
        may_share = !what->feeds() && !what->takes_ownership();
    }
    {
        std::scoped_lock const lock{mutex_};
        if (!policy_.closed()) {
            if constexpr (choices::multiplexes)
                at = take_shared(*what, may_share);
            else
                at = take("", 0);
            if (at != no_slot) {
                driver = connections_[at].share_driver();
                if (!joins_others(at))
                    traced = traced_as(at, {});
            }
            more = !policy_.rests();
        }
    }
    if (traced.process_id != 0)
        tell_acquired(traced);
    auto const self = more || !driver ? this->shared_from_this() : nullptr; // as in close()
    if (driver) {
        what->follow(this->shared_from_this(), at);
        set_going(std::move(driver), std::move(what), slot);
    } else {
        enter(share<call_waiter<Traits>>(std::move(what), slot.is_connected(), may_share), slot,
            std::chrono::nanoseconds{-1}, {});
    }
    if (more)
        work();
}

/// A verb of the pool's own.
template <class Traits>
void set_going(std::shared_ptr<pool_core<Traits>> on,
    std::unique_ptr<call<typename pool_core<Traits>::driver_type>> what,
    asio::cancellation_slot slot)
{
    on->run(std::move(what), slot);
}

template <class Traits>
slot_index pool_core<Traits>::take(char const* file, std::uint32_t line) noexcept
{
    auto const now = clock::now();
    for (;;) {
        slot_index const at = policy_.take(now);
        if (at == no_slot)
            return at;
        if (connections_[at].is_open()) {
            counters_.acquired();
            note_holder(at, file, line, now);
            return at;
        }
        policy_.give_back(at, false, now);
    }
}

template <class Traits>
void pool_core<Traits>::enter(std::shared_ptr<waiter> who, asio::cancellation_slot slot,
    std::chrono::nanoseconds limit, std::source_location where)
{
    auto const self = this->shared_from_this(); // as in close()
    who->file = where.file_name();
    who->line = where.line();
    if (slot.is_connected())
        slot.assign([weak = this->weak_from_this(), who](asio::cancellation_type type) {
            if (auto const core = weak.lock())
                asio::post(core->executor_, task{[core, who, type] { core->cancel(*who, type); }});
        });
    std::exception_ptr refusal;
    bool more = true;
    {
        std::scoped_lock const lock{mutex_};
        if (policy_.closed()) {
            refusal = std::make_exception_ptr(pool_closed{"the pool is closed"});
        } else if (!policy_.has_room_to_wait()) {
            counters_.turned_away();
            refusal = std::make_exception_ptr(too_many_waiters{why_full()});
        } else {
            who->self = who;
            policy_.wait(*who, clock::now(),
                limit.count() < 0 ? std::chrono::nanoseconds{policy_.limits().acquire_timeout}
                                  : limit);
            count_alone(*who, true);
            if constexpr (!choices::multiplexes)
                more = !policy_.only_waits() || policy_.wake_at() < armed_for_;
        }
    }
    if (refusal)
        return who->refuse(*this, std::move(refusal));
    if (more)
        work();
}

template <class Traits>
void pool_core<Traits>::cancel(waiter& who, asio::cancellation_type type)
{
    std::shared_ptr<waiter> leaving;
    {
        std::scoped_lock const lock{mutex_};
        if (policy_.leave(who)) {
            counters_.cancelled();
            leaving = std::move(who.self);
            count_alone(who, false);
        }
    }
    if (!leaving)
        return who.cancel_further(*this, type);
    leaving->refuse(*this, std::make_exception_ptr(std::system_error{
                               asio::error_code{asio::error::operation_aborted}}));
}

} // namespace pgcoro
