#include "counted_bytes.hpp"

#include <cstdlib>
#include <new>

namespace {

std::size_t counted = 0; // the unit tests have one thread

}

std::size_t counted_bytes() noexcept
{
    return counted;
}

void* operator new(std::size_t size)
{
    counted += size;
    if (void* const memory = std::malloc(size == 0 ? 1 : size))
        return memory;
    throw std::bad_alloc{};
}

void* operator new(std::size_t size, std::nothrow_t const&) noexcept
{
    counted += size;
    return std::malloc(size == 0 ? 1 : size);
}

void operator delete(void* memory) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}
