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

template <class T>
[[noreturn]] void throw_decode_error(row_plan<T> const& plan, std::byte const* frame)
{
    throw decode_error{plan.explain(frame + 5, load_big<std::uint32_t>(frame + 1) - 4)};
}

/// Gathers the rows of a result, decoded as they arrive.
template <class T>
class row_collector
{
public:
    static constexpr bool needs_columns = pgcoro::needs_columns<T>;

    static void write_result_formats(row_description const* description, byte_writer& out)
    {
        if constexpr (!needs_columns)
            row_plan<T>::result_formats(out);
        else if (description != nullptr)
            row_plan<T>::result_formats(*description, out);
        else
            out.put(std::int16_t{0});
    }

    void plan(statement& which) { plan_ = plan_of<T>(which); }

    void add(block_ref const& from, std::byte const* begin, std::byte const* end, std::size_t count)
    {
        if constexpr (row_plan<T>::borrows) {
            auto const settled = bytes_.add(from, begin, end, count);
            decode(settled.begin, settled.end, settled.count);
        } else {
            decode(begin, end, count);
        }
    }

    [[nodiscard]] result<T> take()
    {
        if constexpr (row_plan<T>::borrows) {
            auto const settled = bytes_.settle();
            decode(settled.begin, settled.end, settled.count);
        }
        return {std::exchange(rows_, {}), bytes_.take_blocks()};
    }

private:
    struct no_bytes
    {
        [[nodiscard]] static std::vector<block_ref> take_blocks() noexcept { return {}; }
    };

    void decode(std::byte const* begin, std::byte const* end, std::size_t count)
    {
        if (count == 0)
            return;
        if (std::byte const* const bad = decode_rows(*plan_, begin, end, count, rows_)) {
            bytes_ = {}; // what is behind the bad row is not to be had
            throw_decode_error(*plan_, bad);
        }
    }

    std::shared_ptr<row_plan<T> const> plan_;
    std::vector<T> rows_;
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
    static constexpr bool needs_columns = pgcoro::needs_columns<T>;

    static void write_result_formats(row_description const* description, byte_writer& out)
    {
        row_collector<T>::write_result_formats(description, out);
    }

    void plan(statement& which) { plan_ = plan_of<T>(which); }

    void add(block_ref const&, std::byte const* begin, std::byte const*, std::size_t count)
    {
        if (count_ == 0 && !plan_->decode(begin + 5, load_big<std::uint32_t>(begin + 1) - 4, row_))
            throw_decode_error(*plan_, begin);
        count_ += count;
    }

    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] T& row() noexcept { return row_; }

private:
    std::shared_ptr<row_plan<T> const> plan_;
    T row_{};
    std::size_t count_ = 0;
};

} // namespace pgcoro
