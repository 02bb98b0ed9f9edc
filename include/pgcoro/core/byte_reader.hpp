#pragma once

#include "byte_order.hpp"

#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace pgcoro {

/// Reads network-order values off a run of bytes that came from the wire. Reading past the end
/// gives zeros and makes ok() false for good, so that a whole message is read first and judged
/// once.
class byte_reader
{
public:
    explicit byte_reader(std::span<std::byte const> bytes) noexcept
        : at_{bytes.data()}, end_{bytes.data() + bytes.size()}
    {}

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] std::size_t remaining() const noexcept
    {
        return static_cast<std::size_t>(end_ - at_);
    }
    /// Everything was read and nothing was missing.
    [[nodiscard]] bool exhausted() const noexcept { return ok_ && at_ == end_; }

    template <std::integral T>
    [[nodiscard]] T get() noexcept
    {
        if (remaining() < sizeof(T)) {
            fail();
            return T{};
        }
        T const value = load_big<T>(at_);
        at_ += sizeof(T);
        return value;
    }

    [[nodiscard]] std::span<std::byte const> get_bytes(std::size_t count) noexcept
    {
        if (remaining() < count) {
            fail();
            return {};
        }
        std::span<std::byte const> const bytes{at_, count};
        at_ += count;
        return bytes;
    }

    [[nodiscard]] std::span<std::byte const> get_rest() noexcept { return get_bytes(remaining()); }

    /// A zero-terminated string, without the zero.
    [[nodiscard]] std::string_view get_string() noexcept
    {
        void const* const zero = remaining() == 0 ? nullptr : std::memchr(at_, 0, remaining());
        if (zero == nullptr) {
            fail();
            return {};
        }
        auto const* const stop = static_cast<std::byte const*>(zero);
        std::string_view const text{
            reinterpret_cast<char const*>(at_), static_cast<std::size_t>(stop - at_)};
        at_ = stop + 1;
        return text;
    }

private:
    void fail() noexcept
    {
        ok_ = false;
        at_ = end_;
    }

    std::byte const* at_;
    std::byte const* end_;
    bool ok_ = true;
};

} // namespace pgcoro
