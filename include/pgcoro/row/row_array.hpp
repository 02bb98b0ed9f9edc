#pragma once

#include "spare_array.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// What has to be known of rows to keep an array of them.
struct row_handling
{
    std::size_t size;
    std::size_t alignment;
    /// Value-initialises `count` rows, and counts them in `made`.
    void (*make)(void* at, std::size_t count, std::size_t& made);
    /// Moves them into raw memory, counts them in `moved`, and leaves raw memory. Null where it is
    /// enough to copy the bytes.
    void (*relocate)(void* to, void* from, std::size_t count, std::size_t& moved);
    void (*destroy)(void* at, std::size_t count) noexcept;
    bool settles; ///< relocating throws nothing
};

/// An array of rows, without their type: what is compiled once.
class row_storage
{
public:
    explicit row_storage(row_handling const& how) noexcept : how_{&how} {}
    row_storage(row_storage&& other) noexcept : how_{other.how_} { swap(other); }
    row_storage& operator=(row_storage&& other) noexcept
    {
        row_storage taken{std::move(other)};
        swap(taken);
        return *this;
    }
    ~row_storage()
    {
        if (rows_ == nullptr)
            return;
        how_->destroy(rows_, size_);
        if (over_aligned())
            ::operator delete (rows_, std::align_val_t{how_->alignment});
        else
            give_spare_array(rows_, capacity_ * how_->size);
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t row_size() const noexcept { return how_->size; }

    /// Raw memory for `count` more rows: whoever makes rows in it counts them in `made`. `expected`
    /// is how many there may be in all: it is believed once they have turned out to be many.
    void* make_room(std::size_t count, std::size_t*& made, std::size_t expected = 0)
    {
        if (size_ + count > capacity_ && !(rows_ == nullptr && take_spare(count, expected))) {
            std::size_t const likely = std::min(expected, 256 * size_);
            reserve(std::max({size_ + count, 2 * capacity_, likely}));
        }
        made = &size_;
        return at(size_);
    }
    /// Adds `count` value-initialised rows; gives the first of them.
    void* grow(std::size_t count)
    {
        std::size_t* made = nullptr;
        void* const first = make_room(count, made);
        how_->make(first, count, *made);
        return first;
    }
    /// There will be no more rows: what far more had been expected to need is given back.
    void settle() noexcept
    {
        if (capacity_ / 4 < size_ || capacity_ * how_->size < spare_array::least || !how_->settles)
            return;
        try {
            move_to(size_);
        } catch (std::bad_alloc const&) { // then it stays
        }
    }
    /// Drops all rows behind the first `count`.
    void shrink(std::size_t count) noexcept
    {
        how_->destroy(at(count), size_ - count);
        size_ = count;
    }

protected:
    [[nodiscard]] void* rows() const noexcept { return rows_; }
    void count_one_more() noexcept { ++size_; }

    /// There must be fewer rows.
    void reserve(std::size_t capacity)
    {
        if (capacity > std::size_t(-1) / 2 / how_->size)
            throw std::bad_alloc{};
        std::size_t const bytes = capacity * how_->size;
        if (how_->relocate == nullptr && !over_aligned()) {
            void* const larger = std::realloc(rows_, bytes); // often moves pages, not bytes
            if (larger == nullptr)
                throw std::bad_alloc{};
            rows_ = larger;
            capacity_ = capacity;
            return;
        }
        move_to(capacity);
    }

private:
    [[nodiscard]] bool over_aligned() const noexcept
    {
        return how_->alignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__;
    }
    /// The first array, if the thread has a spare one.
    [[nodiscard]] bool take_spare(std::size_t count, std::size_t expected) noexcept
    {
        std::size_t bytes = 0;
        if (!over_aligned())
            rows_ =
                take_spare_array(count * how_->size, std::max(count, expected) * how_->size, bytes);
        capacity_ = bytes / how_->size;
        return rows_ != nullptr;
    }
    /// Has an array for so many, and all rows in it.
    void move_to(std::size_t capacity)
    {
        row_storage other{*how_};
        std::size_t const bytes = capacity * how_->size;
        other.rows_ = over_aligned() ? ::operator new (bytes, std::align_val_t{how_->alignment})
                                     : std::malloc(bytes);
        if (other.rows_ == nullptr)
            throw std::bad_alloc{};
        other.capacity_ = capacity;
        if (size_ != 0 && how_->relocate == nullptr)
            std::memcpy(other.rows_, rows_, (other.size_ = size_) * how_->size);
        else if (size_ != 0)
            how_->relocate(other.rows_, rows_, size_, other.size_);
        size_ = 0;
        swap(other);
    }
    [[nodiscard]] void* at(std::size_t index) const noexcept
    {
        return static_cast<std::byte*>(rows_) + index * how_->size;
    }
    void swap(row_storage& other) noexcept
    {
        std::swap(rows_, other.rows_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

    row_handling const* how_;
    void* rows_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

template <class T>
void make_rows(void* at, std::size_t count, std::size_t& made)
{
    for (T* each = static_cast<T*>(at); count != 0; --count, ++each, ++made)
        ::new (static_cast<void*>(each)) T();
}

template <class T>
void destroy_rows(void* at, std::size_t count) noexcept
{
    for (T* each = static_cast<T*>(at); count != 0; --count, ++each)
        each->~T();
}

template <class T>
void relocate_rows(void* to, void* from, std::size_t count, std::size_t& moved)
{
    T* target = static_cast<T*>(to);
    T* source = static_cast<T*>(from);
    T* const end = source + count;
    if constexpr (std::is_nothrow_move_constructible_v<T>) {
        // Each dies as soon as it was moved: the compiler then sees that nothing is left of it.
        for (; source != end; ++source, ++target) {
            ::new (static_cast<void*>(target)) T(static_cast<T&&>(*source));
            source->~T();
        }
        moved = count;
    } else {
        for (; source != end; ++source, ++target, ++moved)
            ::new (static_cast<void*>(target)) T(static_cast<T&&>(*source));
        destroy_rows<T>(from, count);
    }
}

template <class T>
inline constexpr row_handling row_handling_of{sizeof(T), alignof(T), &make_rows<T>,
    std::is_trivially_copyable_v<T> ? nullptr : &relocate_rows<T>, &destroy_rows<T>,
    std::is_nothrow_move_constructible_v<T>};

/// The rows of a result: an array as a std::vector has one, and it can become one. A vector itself
/// takes four times as long to compile, and every typed query has another.
template <class T>
class row_array : public row_storage
{
public:
    using value_type = T;
    using iterator = T*;
    using const_iterator = T const*;

    row_array() noexcept : row_storage{row_handling_of<T>} {}
    row_array(row_array const& other) : row_array{}
    {
        if (!other.empty())
            reserve(other.size());
        for (T const& each : other) {
            ::new (static_cast<void*>(end())) T(each);
            count_one_more();
        }
    }
    row_array(row_array&&) noexcept = default;
    row_array& operator=(row_array const& other) { return *this = row_array{other}; }
    row_array& operator=(row_array&&) noexcept = default;
    ~row_array() = default;

    [[nodiscard]] T* data() noexcept { return static_cast<T*>(rows()); }
    [[nodiscard]] T const* data() const noexcept { return static_cast<T const*>(rows()); }
    [[nodiscard]] T* begin() noexcept { return data(); }
    [[nodiscard]] T* end() noexcept { return data() + size(); }
    [[nodiscard]] T const* begin() const noexcept { return data(); }
    [[nodiscard]] T const* end() const noexcept { return data() + size(); }
    [[nodiscard]] T& operator[](std::size_t index) noexcept { return data()[index]; }
    [[nodiscard]] T const& operator[](std::size_t index) const noexcept { return data()[index]; }

    operator std::vector<T>() &&
    {
        return {std::move_iterator{begin()}, std::move_iterator{end()}};
    }
    operator std::vector<T>() const& { return {begin(), end()}; }

    template <class Rows>
    [[nodiscard]] friend bool operator==(row_array const& a, Rows const& b)
    {
        return std::equal(a.begin(), a.end(), b.begin(), b.end());
    }
};

} // namespace pgcoro
