#pragma once

#include "../net/asio.hpp"
#include "slot_table.hpp"

#include <type_traits>

namespace pgcoro {

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
concept no_wrong_on_connect = hooks_connect<Hooks, Connection> || !requires
{
    &Hooks::on_connect;
};
template <class Hooks, class Connection>
concept no_wrong_on_acquire = hooks_acquire<Hooks, Connection> || !requires
{
    &Hooks::on_acquire;
};
template <class Hooks, class Connection>
concept no_wrong_on_release = hooks_release<Hooks, Connection> || !requires
{
    &Hooks::on_release;
};
template <class Hooks, class Connection>
concept no_wrong_on_close = hooks_close<Hooks, Connection> || !requires
{
    &Hooks::on_close;
};

/// Calls a hook, and waits for it if it is a coroutine.
template <class Executor, class Hook>
[[nodiscard]] asio::awaitable<void, Executor> call_hook(Hook hook)
{
    if constexpr (std::is_void_v<decltype(hook())>)
        hook();
    else
        co_await hook();
    co_return;
}

} // namespace pgcoro
