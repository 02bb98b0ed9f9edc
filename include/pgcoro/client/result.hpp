#pragma once

#include "../core/block.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace pgcoro {

/// The rows of a query, and the bytes that their views point into: a std::string_view in a row
/// lives as long as its result. Moving a result keeps its views valid.
template <class T>
class result
{
public:
    using value_type = T;
    using const_iterator = typename std::vector<T>::const_iterator;
    using iterator = const_iterator;

    result() noexcept = default;
    result(std::vector<T> rows, std::vector<block_ref> blocks) noexcept
        : rows_{std::move(rows)}, blocks_{std::move(blocks)}
    {}

    [[nodiscard]] const_iterator begin() const noexcept { return rows_.begin(); }
    [[nodiscard]] const_iterator end() const noexcept { return rows_.end(); }
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
    std::vector<T> rows_;
    std::vector<block_ref> blocks_;
};

} // namespace pgcoro
