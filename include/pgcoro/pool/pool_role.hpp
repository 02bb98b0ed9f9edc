#pragma once

#include "../net/target_session.hpp"

#include <cstddef>
#include <cstdint>

namespace pgcoro {

/// What a server is wanted for, where the options name several: see basic_pool::acquire().
enum class role : std::uint8_t
{
    primary, ///< it takes writes
    replica, ///< a standby; any server while none can be reached
};
inline constexpr std::size_t roles = 2;

/// What the connections of a role must be, as target_session_attrs says it.
[[nodiscard]] constexpr target_session target_of(role which) noexcept
{
    return which == role::primary ? target_session::read_write : target_session::prefer_standby;
}

/// Whether connections made with such options are of a role anyhow.
[[nodiscard]] constexpr bool are_of(role which, target_session made) noexcept
{
    bool const writes = made == target_session::read_write || made == target_session::primary;
    return which == role::primary ? writes : !writes && made != target_session::any;
}

} // namespace pgcoro
