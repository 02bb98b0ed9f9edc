#pragma once

#include "../core/block.hpp"
#include "../row/row_array.hpp"

#include <cstddef>
#include <stdexcept>
#include <utility>

namespace pgcoro {

template <class T>
class row_collector;

/// The rows of a query, and the bytes that their views point into: a std::string_view in a row
/// lives as long as its result. Moving a result keeps its views valid.
template <class T>
class result
{
public:
    using value_type = T;
    using const_iterator = T const*;
    using iterator = const_iterator;

    result() noexcept = default;
    result(row_array<T> rows, block_refs blocks) noexcept
        : rows_{std::move(rows)}, blocks_{std::move(blocks)}
    {}
    result(result const&) = default;
    result(result&&) noexcept = default;
    result& operator=(result const&) = default;
    result& operator=(result&&) noexcept = default;
    // Not inlined: gcc 12 takes the empty optional around a result for an uninitialized one.
    [[gnu::noinline]] ~result() {}

    [[nodiscard]] T const* begin() const noexcept { return rows_.data(); }
    [[nodiscard]] T const* end() const noexcept { return rows_.data() + rows_.size(); }
    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
    [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
    /// Not checked; nor are front() and back() of an empty result.
    [[nodiscard]] T const& operator[](std::size_t index) const { return rows_[index]; }
    /// Throws std::out_of_range.
    [[nodiscard]] T const& at(std::size_t index) const
    {
        if (index >= size())
            throw std::out_of_range{"pgcoro::result::at: there is no such row"};
        return rows_[index];
    }
    [[nodiscard]] T const& front() const { return rows_[0]; }
    [[nodiscard]] T const& back() const { return rows_[size() - 1]; }

    /// The rows, to be moved out of: one by one, `for (auto& u : users.rows())
    /// keep(std::move(u));`, or all of them, `std::vector<user> kept = std::move(users.rows());`.
    [[nodiscard]] row_array<T>& rows() noexcept { return rows_; }
    [[nodiscard]] row_array<T> const& rows() const noexcept { return rows_; }

private:
    friend class row_collector<T>;

    row_array<T> rows_;
    block_refs blocks_;
};

} // namespace pgcoro
