#pragma once

#include "../core/block.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

namespace pgcoro {

/// Where the bytes from the wire arrive: one block at a time, which results may keep. Bytes that a
/// result may look at are never overwritten; an incomplete last message moves to the next block.
class input_buffer
{
public:
    explicit input_buffer(std::size_t block_size) noexcept : block_size_{block_size} {}

    [[nodiscard]] block_ref const& current() const noexcept { return block_; }
    [[nodiscard]] std::byte const* begin() const noexcept { return block_->data() + parsed_; }
    [[nodiscard]] std::byte const* end() const noexcept { return block_->data() + filled_; }
    [[nodiscard]] std::size_t size() const noexcept { return filled_ - parsed_; }

    /// Room for the next read: never empty. `needed` is the whole size of the incomplete message at
    /// begin(), or 0 if that is not known yet. The block grows with what has been received, not
    /// with what a header claims. Throws std::bad_alloc.
    [[nodiscard]] std::span<std::byte> prepare(std::size_t needed)
    {
        if (block_ && parsed_ == filled_) {
            if (block_->capacity() > block_size_) // one large message: its memory is not kept
                release();
            else if (block_.unique())
                parsed_ = filled_ = 0;
        }
        if (!block_)
            block_ = block_ref::allocate(block_size_);

        std::size_t const room = block_->capacity() - filled_;
        bool const waits_for_more_than_fits = parsed_ + needed > block_->capacity();
        bool const cramped = needed <= size() && room < least_read;
        if (room == 0 || cramped || (waits_for_more_than_fits && parsed_ != 0))
            move_to_next(needed);
        return {block_->data() + filled_, block_->capacity() - filled_};
    }

    void received(std::size_t count) noexcept { filled_ += count; }
    void parsed(std::size_t count) noexcept { parsed_ += count; }

    /// Gives up the block, with whatever is in it.
    void release() noexcept
    {
        block_ = {};
        parsed_ = filled_ = 0;
    }

private:
    void move_to_next(std::size_t needed)
    {
        std::size_t const kept = size();
        std::size_t const wanted = std::max({block_size_, std::min(needed, kept * 2), kept + 1});
        if (wanted <= block_->capacity() && parsed_ != 0 && block_.unique()) {
            std::memmove(block_->data(), block_->data() + parsed_, kept);
        } else {
            block_ref next = block_ref::allocate(wanted);
            if (kept != 0)
                std::memcpy(next->data(), block_->data() + parsed_, kept);
            block_ = std::move(next);
        }
        parsed_ = 0;
        filled_ = kept;
    }

    static constexpr std::size_t least_read = 4096;

    block_ref block_;
    std::size_t block_size_;
    std::size_t parsed_ = 0;
    std::size_t filled_ = 0;
};

} // namespace pgcoro
