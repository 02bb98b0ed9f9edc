#pragma once

#include "../core/block.hpp"

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

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
    /// A pointer where it can be: it costs nothing to compile.
    using const_iterator =
        std::conditional_t<std::is_same_v<T, bool>, std::vector<bool>::const_iterator, T const*>;
    using iterator = const_iterator;

    result() noexcept = default;
    result(std::vector<T> rows, std::vector<block_ref> blocks) noexcept
        : rows_{std::move(rows)}, blocks_{std::move(blocks)}
    {}
    result(result const&) = default;
    result(result&&) noexcept = default;
    result& operator=(result const&) = default;
    result& operator=(result&&) noexcept = default;
    // Not inlined: gcc 12 takes the empty optional around a result for an uninitialized one.
    [[gnu::noinline]] ~result() {}

    [[nodiscard]] const_iterator begin() const noexcept
    {
        if constexpr (std::is_same_v<T, bool>)
            return rows_.begin();
        else
            return rows_.data();
    }
    [[nodiscard]] const_iterator end() const noexcept
    {
        if constexpr (std::is_same_v<T, bool>)
            return rows_.end();
        else
            return rows_.data() + rows_.size();
    }
    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
    [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
    [[nodiscard]] decltype(auto) operator[](std::size_t index) const { return rows_[index]; }
    /// Throws std::out_of_range.
    [[nodiscard]] decltype(auto) at(std::size_t index) const { return rows_.at(index); }
    [[nodiscard]] decltype(auto) front() const { return rows_.front(); }
    [[nodiscard]] decltype(auto) back() const { return rows_.back(); }

    /// The rows, to be moved out of: `for (auto& u : users.rows()) keep(std::move(u));`
    [[nodiscard]] std::vector<T>& rows() noexcept { return rows_; }
    [[nodiscard]] std::vector<T> const& rows() const noexcept { return rows_; }

private:
    friend class row_collector<T>;

    std::vector<T> rows_;
    std::vector<block_ref> blocks_;
};

} // namespace pgcoro
