#include "counted_allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

// Every way to the heap is counted: malloc and its kin, which operator new ends in, and the aligned
// ones, which Asio takes for its coroutines' frames.

namespace {

std::atomic<std::uint64_t> allocations{0};

}

std::uint64_t counted_allocations() noexcept
{
    return allocations.load(std::memory_order_relaxed);
}

extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size)
{
    ++allocations;
    return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size)
{
    ++allocations;
    return __libc_calloc(count, size);
}

void* realloc(void* memory, std::size_t size)
{
    ++allocations;
    return __libc_realloc(memory, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size)
{
    ++allocations;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size)
{
    ++allocations;
    *memory = __libc_memalign(alignment, size);
    return *memory == nullptr ? 12 : 0;
}
}
