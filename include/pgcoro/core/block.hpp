#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace pgcoro {

class block_ref;

/// A run of bytes from the wire, shared by reference count between the connection that reads into
/// it and the results that still look at it. The count is atomic always: a result may be dropped on
/// another thread than the one that reads.
class block
{
public:
    block(block const&) = delete;
    block& operator=(block const&) = delete;

    [[nodiscard]] std::byte* data() noexcept
    {
        return reinterpret_cast<std::byte*>(this) + sizeof(block);
    }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

private:
    friend class block_ref;

    explicit block(std::size_t capacity) noexcept : capacity_{capacity} {}
    ~block() = default;

    std::atomic<std::uint32_t> references_{1};
    std::size_t capacity_;
};

/// One holder's share of a block.
class block_ref
{
public:
    block_ref() noexcept = default;
    block_ref(block_ref const& other) noexcept : block_{other.block_}
    {
        if (block_ != nullptr)
            block_->references_.fetch_add(1, std::memory_order_relaxed);
    }
    block_ref(block_ref&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
    block_ref& operator=(block_ref other) noexcept
    {
        std::swap(block_, other.block_);
        return *this;
    }
    ~block_ref()
    {
        if (block_ != nullptr && block_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            block_->~block();
            std::free(block_);
        }
    }

    /// A new block of at least `capacity` bytes. Throws std::bad_alloc.
    [[nodiscard]] static block_ref allocate(std::size_t capacity)
    {
        void* const memory = std::malloc(sizeof(block) + capacity);
        if (memory == nullptr)
            throw std::bad_alloc{};
        return block_ref{::new (memory) block{capacity}};
    }

    [[nodiscard]] explicit operator bool() const noexcept { return block_ != nullptr; }
    [[nodiscard]] block* operator->() const noexcept { return block_; }
    [[nodiscard]] block* get() const noexcept { return block_; }

    /// Nobody else looks at the bytes: they may be overwritten.
    [[nodiscard]] bool unique() const noexcept
    {
        return block_->references_.load(std::memory_order_acquire) == 1;
    }

    friend bool operator==(block_ref const&, block_ref const&) noexcept = default;

private:
    explicit block_ref(block* owned) noexcept : block_{owned} {}

    block* block_ = nullptr;
};

/// Shares in the blocks that a result needs: most need one, which takes no memory of its own.
class block_refs
{
public:
    [[nodiscard]] bool empty() const noexcept { return !first_; }
    /// Not checked.
    [[nodiscard]] block_ref const& back() const noexcept
    {
        return more_.empty() ? first_ : more_.back();
    }
    void push_back(block_ref added)
    {
        if (first_)
            more_.push_back(std::move(added));
        else
            first_ = std::move(added);
    }

private:
    block_ref first_;
    std::vector<block_ref> more_;
};

} // namespace pgcoro
