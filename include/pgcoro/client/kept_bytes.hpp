#pragma once

#include "../core/block.hpp"

#include <cstddef>
#include <cstring>
#include <utility>

namespace pgcoro {

/// Keeps the bytes that rows borrow from. What fills half of a block or more keeps the block; less
/// is copied, so that a small result does not pin a large block. Until it has come to half a block,
/// or the block or the result is at its end, a stretch is pending.
class kept_bytes
{
public:
    /// One stretch of whole DataRow messages, kept.
    struct stretch
    {
        std::byte const* begin = nullptr;
        std::byte const* end = nullptr;
        std::size_t count = 0;
    };

    /// Adds a stretch; gives one that became settled by it, or an empty one.
    [[nodiscard]] stretch add(
        block_ref const& from, std::byte const* begin, std::byte const* end, std::size_t count)
    {
        if (!blocks_.empty() && blocks_.back() == from)
            return {begin, end, count};
        if (pending_block_ == from && pending_.end == begin) {
            pending_.end = end;
            pending_.count += count;
            return fills_half() ? settle() : stretch{};
        }
        stretch const settled = settle();
        pending_block_ = from;
        pending_ = {begin, end, count};
        return settled.count == 0 && fills_half() ? settle() : settled;
    }

    /// Settles what is pending.
    [[nodiscard]] stretch settle()
    {
        stretch settled = std::exchange(pending_, {});
        block_ref block = std::exchange(pending_block_, {});
        if (settled.count == 0)
            return {};
        if (!fills_half(settled, block)) {
            auto const size = static_cast<std::size_t>(settled.end - settled.begin);
            block_ref copy = block_ref::allocate(size);
            std::memcpy(copy->data(), settled.begin, size);
            settled.begin = copy->data();
            settled.end = settled.begin + size;
            block = std::move(copy);
        }
        blocks_.push_back(std::move(block));
        return settled;
    }

    /// Forgets what is pending. The stretches that were settled stay kept.
    void drop_pending() noexcept
    {
        pending_ = {};
        pending_block_ = {};
    }

    [[nodiscard]] block_refs take_blocks() noexcept { return std::exchange(blocks_, {}); }

private:
    [[nodiscard]] static bool fills_half(stretch const& which, block_ref const& of) noexcept
    {
        return static_cast<std::size_t>(which.end - which.begin) >= of->capacity() / 2;
    }
    [[nodiscard]] bool fills_half() const noexcept { return fills_half(pending_, pending_block_); }

    block_ref pending_block_;
    stretch pending_;
    block_refs blocks_;
};

} // namespace pgcoro
