#pragma once

#include "pool_core.hpp"

/// \file
/// The pool's end, and what replaces its connections.

namespace pgcoro {

template <class Traits>
template <class Handler>
void pool_core<Traits>::close(Handler handler, std::chrono::nanoseconds limit)
{
    // Once told, the caller may go on in another thread, and be the last who holds the pool.
    auto const self = this->shared_from_this();
    wait_for_leases(closer{std::move(handler)}, limit, false);
    shut();
}

template <class Traits>
template <class Handler>
void pool_core<Traits>::drain(Handler handler, std::chrono::nanoseconds limit)
{
    auto const self = this->shared_from_this(); // as in close()
    {
        std::scoped_lock const lock{mutex_};
        policy_.expire_connections();
    }
    wait_for_leases(closer{std::move(handler)}, limit, true);
    work();
}

template <class Traits>
void pool_core<Traits>::shut() noexcept
{
    {
        std::scoped_lock const lock{mutex_};
        policy_.close();
    }
    work();
    for_others([](pool_core& other) { other.shut(); });
}

template <class Traits>
void pool_core<Traits>::resize(std::size_t min, std::size_t max)
{
    {
        std::scoped_lock const lock{mutex_};
        policy_.resize(min, max);
        connections_.grow(policy_.slots());
        holders_.grow(policy_.slots());
        sharing_.grow(policy_.slots());
    }
    work();
    for_others([=](pool_core& other) { other.resize(min, max); });
}

template <class Traits>
void pool_core<Traits>::expire_connections() noexcept
{
    {
        std::scoped_lock const lock{mutex_};
        policy_.expire_connections();
    }
    work();
    for_others([](pool_core& other) { other.expire_connections(); });
}

template <class Traits>
void pool_core<Traits>::wait_for_leases(closer who, std::chrono::nanoseconds limit, bool drains)
{
    auto const now = clock::now();
    if (limit.count() < 0)
        limit = policy_.limits().close_timeout;
    auto const deadline = limit.count() > 0 && limit < clock::time_point::max() - now
                              ? now + limit
                              : clock::time_point::max();
    std::scoped_lock const lock{mutex_};
    leavers_.push_back({std::move(who), now, deadline, drains});
    patience_ends_ = std::min(patience_ends_, deadline);
}

template <class Traits>
void pool_core<Traits>::tell_leavers(clock::time_point now) noexcept
{
    std::vector<std::pair<closer, std::exception_ptr>> done;
    {
        std::scoped_lock const lock{mutex_};
        if (leavers_.empty())
            return;
        patience_ends_ = clock::time_point::max();
        bool const outdated = policy_.outdated() != 0;
        std::vector<leaver> stay;
        for (leaver& each : leavers_) {
            if (policy_.ended() || (each.drains && !outdated))
                done.emplace_back(std::move(each.who), nullptr);
            else if (each.deadline <= now)
                done.emplace_back(std::move(each.who),
                    std::make_exception_ptr(
                        timeout_error{"timed out after " + in_milliseconds(now - each.since) +
                                      (each.drains ? " draining" : " closing") +
                                      " the pool: " + who_holds(now)}));
            else
                stay.push_back(std::move(each));
        }
        leavers_ = std::move(stay);
        for (leaver const& each : leavers_)
            patience_ends_ = std::min(patience_ends_, each.deadline);
    }
    for (auto& [who, error] : done)
        who.complete_later(home(), std::move(error), {});
}

template <class Traits>
void pool_core<Traits>::drop_everything() noexcept
{
    std::vector<std::shared_ptr<waiter>> left;
    std::vector<leaver> leavers;
    {
        std::scoped_lock const lock{mutex_};
        policy_.close();
        while (queued* const first = policy_.line().first()) {
            policy_.leave(*first);
            left.push_back(std::move(static_cast<waiter*>(first)->self));
        }
        leavers = std::exchange(leavers_, {});
    }
    for (auto const& each : left) // their coroutines end, and may give leases back
        each->drop();
}

} // namespace pgcoro
