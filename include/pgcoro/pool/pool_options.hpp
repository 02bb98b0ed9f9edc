#pragma once

#include <cstddef>
#include <type_traits>

namespace pgcoro {

/// How large a pool is. What only the deployment knows stays run time. A max_size below min_size,
/// or 0, is raised to that, or to 1.
struct pool_options
{
    std::size_t min_size = 0;  ///< connections made at once, before anybody asks
    std::size_t max_size = 10; ///< never more; further callers wait, in order
};

static_assert(std::is_trivially_destructible_v<pool_options>,
    "gcc 12 destroys braced aggregates twice within a co_await expression");

} // namespace pgcoro
