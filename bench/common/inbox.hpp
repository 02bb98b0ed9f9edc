#pragma once

#include "big_endian.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

namespace bench {

/// What has come in. Whole messages are handed over where they stand; what is left of an
/// incomplete one moves to the front before the next read.
class inbox
{
public:
    [[nodiscard]] std::byte* room() noexcept { return bytes_.get() + filled_; }
    [[nodiscard]] std::size_t room_size() const noexcept { return capacity_ - filled_; }
    void received(std::size_t count) noexcept { filled_ += count; }

    /// Calls `handle(type, body, size)` for each whole message.
    template <class Handle>
    [[gnu::always_inline]] void each(Handle&& handle)
    {
        std::byte const* at = bytes_.get();
        std::byte const* const end = at + filled_;
        std::size_t wanted = 0;
        while (end - at >= 5) {
            std::size_t const size = std::size_t{1} + load<std::uint32_t>(at + 1);
            if (static_cast<std::size_t>(end - at) < size) {
                wanted = size;
                break;
            }
            handle(static_cast<char>(*at), at + 5, size - 5);
            at += size;
        }
        keep_rest(at, wanted);
    }

private:
    void keep_rest(std::byte const* at, std::size_t wanted)
    {
        auto const rest = static_cast<std::size_t>(bytes_.get() + filled_ - at);
        if (wanted > capacity_) {
            auto larger = std::make_unique_for_overwrite<std::byte[]>(wanted * 2);
            std::memcpy(larger.get(), at, rest);
            bytes_ = std::move(larger);
            capacity_ = wanted * 2;
        } else if (rest != 0) {
            std::memmove(bytes_.get(), at, rest);
        }
        filled_ = rest;
    }

    std::size_t capacity_ = std::size_t{64} * 1024;
    std::unique_ptr<std::byte[]> bytes_ = std::make_unique_for_overwrite<std::byte[]>(capacity_);
    std::size_t filled_ = 0;
};

} // namespace bench
