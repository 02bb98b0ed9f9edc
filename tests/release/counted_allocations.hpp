#pragma once

#include <cstdint>

/// How often memory was allocated in this process so far, by any thread.
[[nodiscard]] std::uint64_t counted_allocations() noexcept;
