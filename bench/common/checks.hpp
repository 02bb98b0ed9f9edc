#pragma once

#include "blocking_connection.hpp"
#include "report.hpp"

#include <cstdint>
#include <string>

namespace bench {

/// Empties the table that E and F fill.
inline void clear_batch()
{
    blocking_connection{}.query(batch_clear);
}

/// What is in it.
[[nodiscard]] inline checked check_batch()
{
    auto const row = blocking_connection{}.query(batch_check).at(0);
    return {std::stoull(row.at(0)), std::stoll(row.at(1))};
}

[[nodiscard]] constexpr bool fills_batch(case_id which) noexcept
{
    return which == case_id::copy_in || which == case_id::batch_insert;
}
[[nodiscard]] constexpr bool connects(case_id which) noexcept
{
    return which == case_id::connect || which == case_id::reconnect;
}

/// Many callers ask at once: what one run gives is an equal part of what all got.
[[nodiscard]] constexpr bool has_callers(case_id which) noexcept
{
    return which == case_id::shared_connection || which == case_id::shared_pool ||
           which == case_id::plain_pool;
}

} // namespace bench
