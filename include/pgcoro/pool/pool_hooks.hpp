#pragma once

#include "../net/asio.hpp"

#include <type_traits>

namespace pgcoro {

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
