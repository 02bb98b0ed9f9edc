#pragma once

#include "byte_order.hpp"
#include "inlined.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace pgcoro {

/// A growing run of bytes in network order: what messages and values are written into. It may start
/// in storage that a derived class keeps inline. Growing throws std::bad_alloc and changes nothing.
class byte_writer
{
public:
    byte_writer() noexcept = default;
    byte_writer(byte_writer const&) = delete;
    byte_writer& operator=(byte_writer const&) = delete;
    byte_writer(byte_writer&& other) noexcept { take(other); }
    byte_writer& operator=(byte_writer&& other) noexcept
    {
        if (this != &other) {
            release();
            take(other);
        }
        return *this;
    }
    ~byte_writer() { release(); }

    [[nodiscard]] std::byte const* data() const noexcept { return data_; }
    [[nodiscard]] std::byte* data() noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::span<std::byte const> bytes() const noexcept { return {data_, size_}; }

    void clear() noexcept { size_ = 0; }

    /// Cuts back to `size` bytes, which must not be more than there are.
    void truncate(std::size_t size) noexcept { size_ = size; }

    /// Cuts back to `size` bytes, and gives back memory that then is far too much.
    void shrink(std::size_t size) noexcept
    {
        size_ = size;
        if (data_ == inline_ || capacity_ < large || size > capacity_ / 4)
            return;
        if (void* const smaller = std::realloc(data_, size + 1)) {
            data_ = static_cast<std::byte*>(smaller);
            capacity_ = size + 1;
        }
    }

    /// Takes `count` bytes out at `offset`.
    void erase(std::size_t offset, std::size_t count) noexcept
    {
        std::memmove(data_ + offset, data_ + offset + count, size_ - offset - count);
        size_ -= count;
    }

    /// Room for `count` more bytes, to be filled by the caller.
    [[nodiscard]] PGCORO_INLINED std::byte* extend(std::size_t count)
    {
        if (count > capacity_ - size_)
            grow(count);
        std::byte* const at = data_ + size_;
        size_ += count;
        return at;
    }

    template <std::integral T>
    void put(T value)
    {
        store_big(extend(sizeof value), value);
    }

    void put(std::span<std::byte const> bytes)
    {
        if (!bytes.empty())
            std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
    }

    void put(std::string_view text) { put(std::as_bytes(std::span{text.data(), text.size()})); }

    /// The text and a zero byte: the protocol's String.
    void put_string(std::string_view text)
    {
        put(text);
        put(std::uint8_t{0});
    }

    /// Overwrites what stands at `offset`: for lengths known only afterwards.
    template <std::integral T>
    void patch(std::size_t offset, T value) noexcept
    {
        store_big(data_ + offset, value);
    }

protected:
    byte_writer(std::byte* inline_storage, std::size_t capacity) noexcept
        : data_{inline_storage},
          capacity_{capacity},
          inline_{inline_storage},
          inline_capacity_{capacity}
    {}

    /// Takes over another's heap memory, or copies its bytes where they are inline. The bytes of an
    /// inline source must fit into this one's own inline storage, or there must be none.
    void take(byte_writer& other) noexcept
    {
        if (other.data_ != other.inline_) {
            data_ = std::exchange(other.data_, other.inline_);
            capacity_ = std::exchange(other.capacity_, other.inline_capacity_);
        } else if (other.size_ != 0) {
            std::memcpy(data_, other.data_, other.size_);
        }
        size_ = std::exchange(other.size_, 0);
    }

    void release() noexcept
    {
        if (data_ != inline_)
            std::free(data_);
        data_ = inline_;
        capacity_ = inline_capacity_;
        size_ = 0;
    }

private:
    static constexpr std::size_t large = std::size_t{64} * 1024;

    [[gnu::noinline]] void grow(std::size_t count)
    {
        if (count > std::numeric_limits<std::size_t>::max() / 2 - size_)
            throw std::bad_alloc{};
        std::size_t const capacity = std::max(size_ + count, capacity_ + capacity_ / 2 + 64);
        void* const memory =
            data_ == inline_ ? std::malloc(capacity) : std::realloc(data_, capacity);
        if (memory == nullptr)
            throw std::bad_alloc{};
        if (data_ == inline_ && size_ != 0)
            std::memcpy(memory, data_, size_);
        data_ = static_cast<std::byte*>(memory);
        capacity_ = capacity;
    }

    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::byte* inline_ = nullptr;
    std::size_t inline_capacity_ = 0;
};

/// A byte_writer whose first N bytes need no allocation.
template <std::size_t N>
class small_byte_writer : public byte_writer
{
public:
    small_byte_writer() noexcept : byte_writer{storage_, N} {}
    small_byte_writer(small_byte_writer&& other) noexcept : small_byte_writer{} { adopt(other); }
    small_byte_writer& operator=(small_byte_writer&& other) noexcept
    {
        if (this != &other) {
            release();
            adopt(other);
        }
        return *this;
    }

private:
    void adopt(small_byte_writer& other) noexcept { take(other); }

    std::byte storage_[N];
};

} // namespace pgcoro
