#pragma once

#include <cstddef>

/// How many bytes operator new was asked for in this program so far.
[[nodiscard]] std::size_t counted_bytes() noexcept;
