#pragma once

#include <cstddef>
#include <cstdlib>
#include <utility>

namespace pgcoro {

/// One large array of rows that a thread is through with, kept for its next. Else malloc gets it
/// back, and with a chunk of that size it sorts all the small ones that are free: the strings that
/// those rows had. That costs as much as to decode them.
struct spare_array
{
    static constexpr std::size_t least = std::size_t{16} * 1024;
    static constexpr std::size_t most = std::size_t{16} * 1024 * 1024;

    void* memory = nullptr; // malloc's
    std::size_t size = 0;
    bool wanted = false; // the thread makes such arrays: others would only hold the memory
    bool closed = false; // it ends
};

// Without a destructor: a result may outlive what the thread destroys.
inline constinit thread_local spare_array this_threads_spare_array{};

/// Memory for `needed` bytes, but not for far more than `expected`; null if there is none to spare.
/// `size` is set to what it has.
[[nodiscard]] inline void* take_spare_array(
    std::size_t needed, std::size_t expected, std::size_t& size) noexcept
{
    if (expected < spare_array::least)
        return nullptr;
    spare_array& spare = this_threads_spare_array;
    spare.wanted = true;
    if (spare.size < needed || spare.size / 4 > expected)
        return nullptr;
    size = std::exchange(spare.size, 0);
    return std::exchange(spare.memory, nullptr);
}

struct spare_array_keeper
{
    spare_array_keeper() noexcept {}
    ~spare_array_keeper()
    {
        std::free(this_threads_spare_array.memory);
        this_threads_spare_array = {nullptr, 0, false, true};
    }
};

// Whoever looks for uses of freed memory must be told of all that is free.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool keeps_spare_arrays = false;
#elif defined(__has_feature)
    #if __has_feature(address_sanitizer)
inline constexpr bool keeps_spare_arrays = false;
    #else
inline constexpr bool keeps_spare_arrays = true;
    #endif
#else
inline constexpr bool keeps_spare_arrays = true;
#endif

/// Keeps or frees memory of malloc's.
inline void give_spare_array(void* memory, std::size_t size) noexcept
{
    if (keeps_spare_arrays && size >= spare_array::least && size <= spare_array::most &&
        this_threads_spare_array.wanted && !this_threads_spare_array.closed) {
        static thread_local spare_array_keeper const until_the_thread_ends;
        std::swap(memory, this_threads_spare_array.memory);
        this_threads_spare_array.size = size;
    }
    std::free(memory);
}

} // namespace pgcoro
