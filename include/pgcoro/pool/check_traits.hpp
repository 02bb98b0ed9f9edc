#pragma once

#include "pool_policy.hpp"

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace pgcoro {

/// A mutex that does nothing, for a pool that one thread uses.
struct no_mutex
{
    static constexpr void lock() noexcept {}
    static constexpr void unlock() noexcept {}
};

/// A pool's hooks have these functions, as many of them as they like; each may be a coroutine.
template <class Hooks, class Connection>
concept hooks_connect = requires(Hooks& hooks, Connection& made)
{
    hooks.on_connect(made);
};
template <class Hooks, class Connection>
concept hooks_acquire = requires(Hooks& hooks, Connection& lent)
{
    hooks.on_acquire(lent);
};
template <class Hooks, class Connection>
concept hooks_release = requires(Hooks& hooks, Connection& back)
{
    hooks.on_release(back);
};
template <class Hooks, class Connection>
concept hooks_close = requires(Hooks& hooks, Connection& leaving, close_reason why)
{
    hooks.on_close(leaving, why);
};

/// A hook of that name which can't be called would otherwise be passed over in silence.
template <class Hooks, class Connection>
concept hooks_fit = (hooks_connect<Hooks, Connection> || !requires { &Hooks::on_connect; }) &&
                    (hooks_acquire<Hooks, Connection> || !requires { &Hooks::on_acquire; }) &&
                    (hooks_release<Hooks, Connection> || !requires { &Hooks::on_release; }) &&
                    (hooks_close<Hooks, Connection> || !requires { &Hooks::on_close; });

/// Says what is wrong with a pool's traits, before the compiler finds a thousand consequences.
template <class Traits>
struct checked_traits
{
    static_assert(
        requires { typename Traits::executor_type; },
        "pgcoro: a pool's traits need executor_type; derive them from pgcoro::single_threaded_pool "
        "or multi_threaded_pool and redefine what is to be different");
    static_assert(
        requires(typename Traits::mutex_type & mutex) {
            mutex.lock();
            mutex.unlock();
        },
        "pgcoro: a pool's traits need a mutex_type with lock() and unlock(); pgcoro::no_mutex if "
        "one thread uses the pool");
    static_assert(
        requires { typename Traits::connection_type::driver_type; },
        "pgcoro: a pool's traits need a connection_type: pgcoro::basic_connection<executor_type, "
        "single_threaded or multi_threaded>");
    static_assert(std::same_as<typename Traits::connection_type::executor_type,
                      typename Traits::executor_type>,
        "pgcoro: a pool's connection_type must have the traits' executor_type");
    static_assert(!Traits::connection_type::driver_type::threads::uses_strand ||
                      !std::same_as<typename Traits::mutex_type, no_mutex>,
        "pgcoro: connections for several threads need a pool with a mutex_type that locks, as "
        "std::mutex");

    template <class Expected, class Given>
    static constexpr bool is = std::is_same_v<Expected const, Given const>;
    static constexpr bool right_statistics = [] {
        if constexpr (requires { Traits::statistics; })
            return is<bool, decltype(Traits::statistics)>;
        else
            return true;
    }();
    static constexpr bool right_order = [] {
        if constexpr (requires { Traits::order; })
            return is<pool_order, decltype(Traits::order)>;
        else
            return true;
    }();
    static constexpr bool right_waiting = [] {
        if constexpr (requires { Traits::waiting; })
            return is<pool_waiting, decltype(Traits::waiting)>;
        else
            return true;
    }();
    static constexpr bool right_capacity = [] {
        if constexpr (requires { Traits::capacity; })
            return std::is_integral_v<decltype(Traits::capacity)>;
        else
            return true;
    }();
    static_assert(right_statistics, "pgcoro: a pool's trait statistics is a bool");
    static_assert(right_order, "pgcoro: a pool's trait order is a pgcoro::pool_order");
    static_assert(right_waiting, "pgcoro: a pool's trait waiting is a pgcoro::pool_waiting");
    static_assert(right_capacity, "pgcoro: a pool's trait capacity is a number of connections");

    static constexpr bool right_hooks = [] {
        if constexpr (requires { typename Traits::hooks_type; })
            return hooks_fit<typename Traits::hooks_type, typename Traits::connection_type>;
        else
            return true;
    }();
    static_assert(right_hooks,
        "pgcoro: a pool's hooks are on_connect, on_acquire and on_release, of a connection&, and "
        "on_close, of a connection& and a close_reason; one of them can't be called so");

    using driver_type = typename Traits::connection_type::driver_type;
};

} // namespace pgcoro
