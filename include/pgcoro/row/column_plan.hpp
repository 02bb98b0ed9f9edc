#pragma once

#include "../core/byte_order.hpp"
#include "../protocol/row_description.hpp"
#include "column_step.hpp"
#include "match_columns.hpp"
#include "result_formats.hpp"
#include "row_type.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pgcoro {

/// How the rows of one statement become values of one row type: made once, from the statement's
/// columns, and kept with it. All of a row_plan<T> that need not be compiled for each T.
class column_plan
{
public:
    /// Makes the plan for these columns, whose formats must be those that were asked for. False,
    /// with all that doesn't fit in `error`, if they aren't what the row type takes: that is a
    /// row_mismatch.
    [[nodiscard]] bool match(
        row_description const& description, row_type const& type, std::string& error)
    {
        type_ = &type;
        explain_ = &explain_row;
        columns_ = description.columns;
        steps_.clear();
        exact_ = false;
        std::vector<std::uint8_t> takers;
        if (!match_columns(columns_, type, takers, error))
            return false;
        exact_ = is_exact(columns_, type, takers);
        small_byte_writer<64> formats;
        put_result_formats(
            columns_.size(), [&](std::size_t i) { return columns_[i].format; }, formats);
        formats_.assign(formats.data(), formats.data() + formats.size());
        std::size_t const count = type.members.size();
        types_.assign(count, oid{});
        std::vector<std::ptrdiff_t> offsets(count);
        type.offsets(offsets.data());
        for (std::size_t i = 0; i < takers.size(); ++i) {
            column_description const& column = columns_[i];
            std::size_t const taker = takers[i];
            if (taker == count) {
                steps_.push_back({&skip_value, 0, column.type, column.format});
                continue;
            }
            row_member const& member = type.members[taker];
            steps_.push_back({member.choose_step(column.type, column.format), offsets[taker],
                column.type, column.format});
            types_[taker] = column.type;
        }
        return true;
    }

    /// The columns are just the members' own types, in their order: the fast way.
    [[nodiscard]] bool exact() const noexcept { return exact_; }
    /// Of the members' columns.
    [[nodiscard]] oid const* types() const noexcept { return types_.data(); }

    /// The last section of Bind, which asks for them so.
    [[nodiscard]] std::span<std::byte const> bind_formats() const noexcept { return formats_; }

    /// How many rows the statement gave when it was run last, for who makes room for the next. Any
    /// thread: results are taken where their callers live.
    [[nodiscard]] std::size_t rows_last_time() const noexcept
    {
        return std::atomic_ref{rows_last_time_}.load(std::memory_order_relaxed);
    }
    void note_rows(std::size_t count) const noexcept
    {
        std::atomic_ref{rows_last_time_}.store(count, std::memory_order_relaxed);
    }

    /// Decodes the body of one DataRow, column by column, into the value-initialised row at `out`,
    /// which must be of the plan's type. False if that can't be done.
    [[nodiscard]] bool decode_stepwise(std::byte const* body, std::byte const* end, void* out) const
    {
        if (end - body < 2 || load_big<std::uint16_t>(body) != steps_.size())
            return false;
        std::byte const* at = body + 2;
        for (column_step const& step : steps_) {
            if (end - at < 4)
                return false;
            auto const size = load_big<std::int32_t>(at);
            at += 4;
            if (size < -1 || size > end - at)
                return false;
            if (!step.run(field{at, size, step.type, step.format},
                    static_cast<std::byte*>(out) + step.offset))
                return false;
            at += size < 0 ? 0 : size;
        }
        return at == end;
    }

    /// Why a row can't be decoded: the column, its type, and what is wrong with the value.
    [[nodiscard]] std::string explain(std::byte const* body, std::size_t size) const
    {
        return explain_(columns_, *type_, {body, size});
    }

private:
    row_type const* type_ = nullptr;
    // Only who makes plans has to compile the words for all that can be wrong with a value.
    decltype(&explain_row) explain_ = nullptr;
    std::vector<column_description> columns_;
    std::vector<column_step> steps_;
    std::vector<oid> types_;
    std::vector<std::byte> formats_;
    bool exact_ = false;
    mutable std::size_t rows_last_time_ = 0;
};

} // namespace pgcoro
