#pragma once

namespace bench {

/// The compiler must have made `value`, whole, in memory.
template <class T>
[[gnu::always_inline]] inline void keep(T const& value) noexcept
{
    asm volatile("" : : "g"(&value) : "memory");
}

} // namespace bench
