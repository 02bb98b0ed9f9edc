#pragma once

#include "pool_core.hpp"

/// \file
/// How connections are made, watched and asked whether they still work.

namespace pgcoro {

template <class Traits>
void pool_core<Traits>::begin_connecting(slot_index at)
{
    asio::co_spawn(executor_, make(this->shared_from_this()),
        [core = this->shared_from_this(), at](std::exception_ptr error, connection_type made) {
            core->connected(at, std::move(error), std::move(made));
        });
}

template <class Traits>
auto pool_core<Traits>::make(std::shared_ptr<pool_core> core)
    -> asio::awaitable<connection_type, executor_type>
{
    connection_type made = co_await connect<connection_type>(core->options_);
    if constexpr (hooks_connect<hooks_type, connection_type>) {
        co_await call_hook<executor_type>([&] { return core->hooks_.on_connect(made); });
        if (!made.is_open())
            throw connection_lost{"the connection was closed, or lost, during on_connect"};
    }
    co_return made;
}

template <class Traits>
void pool_core<Traits>::connected(slot_index at, std::exception_ptr error, connection_type made)
{
    if (!error)
        watch(at, made);
    bool const for_good = error && fails_for_good(error);
    {
        std::scoped_lock const lock{mutex_};
        if (error) {
            counters_.failed_connect();
            last_failure_ = std::move(error);
            policy_.connect_failed(at, for_good, clock::now());
        } else {
            counters_.created();
            last_failure_ = nullptr;
            connections_[at] = std::move(made);
            policy_.connected(at, clock::now());
            if (!connections_[at].is_open()) // lost before somebody watched
                policy_.lost(at, clock::now());
        }
    }
    work();
}

template <class Traits>
void pool_core<Traits>::watch(slot_index at, connection_type& made)
{
    auto const driver = made.share_driver();
    bool const notes = policy_.limits().reset == pool_reset::as_needed;
    driver->at_home([weak = this->weak_from_this(), at, driver, notes] {
        if (notes)
            driver->state().note_leftovers();
        driver->when_closed(task{[weak, at, which = driver.get()] {
            if (auto const core = weak.lock())
                core->lost(at, which);
        }});
    });
}

template <class Traits>
void pool_core<Traits>::lost(slot_index at, driver_type const* which) noexcept
{
    {
        std::scoped_lock const lock{mutex_};
        if (connections_[at].share_driver().get() != which)
            return;
        policy_.lost(at, clock::now());
    }
    work();
}

template <class Traits>
void pool_core<Traits>::check(slot_index at)
{
    std::shared_ptr<driver_type> driver;
    {
        std::scoped_lock const lock{mutex_};
        driver = connections_[at].share_driver();
    }
    auto const limit = std::chrono::nanoseconds{policy_.limits().check_timeout};
    driver->at_home([core = this->shared_from_this(), at, driver, limit] {
        auto asking = std::make_unique<pool_check<pool_core>>(core, at, *driver);
        if (limit.count() > 0) {
            asking->identify(driver->new_id());
            asking->expire_at(exchange::clock::now() + limit);
        }
        driver->start(std::move(asking));
    });
}

} // namespace pgcoro
