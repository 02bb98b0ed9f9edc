#pragma once

#include "../core/byte_order.hpp"
#include "../core/error.hpp"
#include "../row/decode_rows.hpp"
#include "kept_bytes.hpp"
#include "plan_of.hpp"
#include "result.hpp"

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

[[noreturn]] inline void throw_decode_error(column_plan const& plan, std::byte const* frame)
{
    throw decode_error{plan.explain(frame + 5, load_big<std::uint32_t>(frame + 1) - 4)};
}

/// Throws decode_error for the row that doesn't fit.
inline void collect_rows(column_plan const& by, std::byte const* begin, std::byte const* end,
    std::size_t count, row_storage& into, exact_run exactly)
{
    if (count == 0)
        return;
    if (std::byte const* const bad = decode_rows(by, begin, end, count, into, exactly))
        throw_decode_error(by, bad);
}

/// Gathers the rows of a result, decoded as they arrive by the plan that it is given each time.
template <class T>
class row_collector
{
public:
    using plan = std::shared_ptr<column_plan const>;

    void add(plan const& by, block_ref const& from, std::byte const* begin, std::byte const* end,
        std::size_t count)
    {
        if constexpr (row_plan<T>::borrows)
            decode(by, bytes_.add(from, begin, end, count));
        else
            collect_rows(*by, begin, end, count, rows_.rows_, &decode_exact_run<T>);
    }

    [[nodiscard]] result<T> take(plan const& by)
    {
        if constexpr (row_plan<T>::borrows) {
            decode(by, bytes_.settle());
            rows_.blocks_ = bytes_.take_blocks();
        }
        rows_.rows_.settle();
        if (by)
            by->note_rows(rows_.size());
        return std::move(rows_);
    }

private:
    struct no_bytes
    {};

    void decode(plan const& by, kept_bytes::stretch const& settled)
    {
        try {
            collect_rows(
                *by, settled.begin, settled.end, settled.count, rows_.rows_, &decode_exact_run<T>);
        } catch (...) {
            bytes_.drop_pending(); // what is behind the bad row is not to be had
            throw;
        }
    }

    result<T> rows_;
    [[no_unique_address]] std::conditional_t<row_plan<T>::borrows, kept_bytes, no_bytes> bytes_;
};

/// Keeps the first row of a result and counts the others.
template <class T>
class first_row_collector
{
    static_assert(!row_plan<T>::borrows,
        "pgcoro: nothing keeps the bytes that this row would point into; use std::string (or "
        "std::vector<std::byte>) instead of a view, or fetch(), whose result keeps them");

public:
    using plan = std::shared_ptr<column_plan const>;

    void add(plan const& by, block_ref const&, std::byte const* begin, std::byte const*,
        std::size_t count)
    {
        if (count_ == 0 && !decode(*by, begin + data_row_header, next_message(begin)))
            throw_decode_error(*by, begin);
        count_ += count;
    }

    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] T& row() noexcept { return row_; }

private:
    [[nodiscard]] bool decode(column_plan const& by, std::byte const* body, std::byte const* end)
    {
        return by.exact() ? decode_exact(body, end, by.types(), row_)
                          : by.decode_stepwise(body, end, &row_);
    }

    T row_{};
    std::size_t count_ = 0;
};

} // namespace pgcoro
