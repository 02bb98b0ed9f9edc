#pragma once

#include "../core/byte_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace pgcoro {

/// What is to be sent, as one run of bytes whose places are counted from the connection's start.
/// Each exchange owns the stretch that it appended, its segment; until a write has taken the
/// segment's first byte it can be withdrawn.
class output_queue
{
public:
    /// Where the next byte will stand.
    [[nodiscard]] std::uint64_t end() const noexcept { return base_ + bytes_.size(); }
    /// Everything before this place was sent.
    [[nodiscard]] std::uint64_t sent() const noexcept { return base_ + taken_; }
    [[nodiscard]] bool empty() const noexcept { return taken_ == bytes_.size(); }

    [[nodiscard]] byte_writer& writer() noexcept { return bytes_; }
    [[nodiscard]] std::span<std::byte const> unsent() const noexcept
    {
        return bytes_.bytes().subspan(taken_);
    }

    void consume(std::size_t count) noexcept
    {
        taken_ += count;
        if (taken_ == bytes_.size()) {
            base_ += bytes_.size();
            taken_ = 0;
            if (bytes_.capacity() > keep_capacity)
                bytes_ = byte_writer{};
            else
                bytes_.clear();
        } else if (taken_ > keep_capacity && taken_ >= bytes_.size() / 2) {
            // Callers that go on adding would otherwise make it grow for ever.
            bytes_.erase(0, taken_);
            base_ += taken_;
            taken_ = 0;
        }
    }

    /// Takes the unsent segment [begin, end) out; what stands behind it moves up.
    void withdraw(std::uint64_t begin, std::uint64_t end) noexcept
    {
        bytes_.erase(
            static_cast<std::size_t>(begin - base_), static_cast<std::size_t>(end - begin));
    }

    /// Puts bytes in at a segment's end, behind which nothing was sent.
    void insert(std::uint64_t place, std::span<std::byte const> bytes)
    {
        auto const at = static_cast<std::size_t>(place - base_);
        std::size_t const behind = bytes_.size() - at;
        (void)bytes_.extend(bytes.size());
        std::memmove(bytes_.data() + at + bytes.size(), bytes_.data() + at, behind);
        std::memcpy(bytes_.data() + at, bytes.data(), bytes.size());
    }

    /// Drops what was written behind the place `end`, for a message that could not be finished.
    void cut_back(std::uint64_t end) noexcept
    {
        bytes_.truncate(static_cast<std::size_t>(end - base_));
    }

    void clear() noexcept { consume(bytes_.size() - taken_); }

private:
    static constexpr std::size_t keep_capacity = std::size_t{256} * 1024;

    byte_writer bytes_;
    std::uint64_t base_ = 0;
    std::size_t taken_ = 0;
};

} // namespace pgcoro
