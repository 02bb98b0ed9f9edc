#pragma once

#include "pool_core.hpp"

/// \file
/// How connections come back.

namespace pgcoro {

template <class Traits>
void pool_core<Traits>::give_back(slot_index at, connection_type used) noexcept
{
    std::shared_ptr<driver_type> driver = used.share_driver();
    if (options_.trace())
        tell_released(at, used.server_pid());
    if constexpr (hooks_release<hooks_type, connection_type>) {
        if (driver)
            return release_hooked(at, std::move(used));
    }
    keep(at, std::move(used));
    if (driver)
        go_home(at, std::move(driver));
    else
        is_back(at, clean_up_result::broken);
}

template <class Traits>
void pool_core<Traits>::call_ended(std::uint32_t at, [[maybe_unused]] exchange const& what) noexcept
{
    std::shared_ptr<driver_type> home;
    std::uint32_t process_id = 0;
    bool goes_on = false;
    {
        std::scoped_lock const lock{mutex_};
        home = connections_[at].share_driver();
        process_id = connections_[at].server_pid();
        if constexpr (choices::multiplexes)
            goes_on = sharing_.ended(
                at, limits_of_sharing(), clock::now(), home->state().answered(), hash(what));
    }
    if (goes_on)
        return share_out();
    if (options_.trace())
        tell_released(at, process_id);
    clean(at, *home, true);
}

template <class Traits>
void pool_core<Traits>::checked(slot_index at, bool works) noexcept
{
    {
        std::scoped_lock const lock{mutex_};
        policy_.checked(at, works && connections_[at].is_open(), clock::now());
    }
    work();
}

template <class Traits>
void pool_core<Traits>::go_home(slot_index at, std::shared_ptr<driver_type> driver) noexcept
{
    driver_type& home = *driver;
    home.at_home_from_destructor([core = this->shared_from_this(), at, driver = std::move(driver)] {
        core->clean(at, *driver, false);
    });
}

template <class Traits>
void pool_core<Traits>::clean(slot_index at, driver_type& home, bool call_alone) noexcept
{
    clean_up_result how = clean_up_result::broken;
    try {
        how = clean_up(home, policy_.limits().reset, call_alone, options_.trace());
    } catch (...) { // out of memory: nobody may have it
        home.close(std::current_exception());
    }
    if (are_of(role::primary, options_.target_session_attrs()) && home.state().refuses_writes())
        demoted();
    is_back(at, how);
    if (how == clean_up_result::busy)
        home.start_later(
            std::make_unique<pool_check<pool_core>>(this->shared_from_this(), at, home));
}

template <class Traits>
void pool_core<Traits>::demoted() noexcept
{
    {
        std::scoped_lock const lock{mutex_};
        policy_.expire_connections();
    }
    work();
}

template <class Traits>
void pool_core<Traits>::is_back(slot_index at, clean_up_result how) noexcept
{
    bool more = true;
    {
        std::scoped_lock const lock{mutex_};
        if (how == clean_up_result::busy)
            policy_.give_back_busy(at);
        else
            policy_.give_back(at, how == clean_up_result::clean, clock::now());
        more = !policy_.rests() || policy_.wake_at() < armed_for_ || !leavers_.empty();
    }
    if (more)
        work();
}

} // namespace pgcoro
