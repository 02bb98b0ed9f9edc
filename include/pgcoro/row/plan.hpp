#pragma once

#include "../protocol/row_description.hpp"
#include "../types/builtin.hpp"
#include "check_row_type.hpp"
#include "column_step.hpp"
#include "match_columns.hpp"
#include "result_formats.hpp"
#include "row_type.hpp"
#include "straight_decoder.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro {

/// How the rows of one statement become Ts: made once, from the statement's columns, and kept with
/// it. T is a scalar, a tuple, a pair or an aggregate; for record see record_plan.hpp.
template <class T>
class row_plan
{
    static_assert(check_row_type<T>());

    using shape = row_shape<T>;
    using members = typename shape::members;

public:
    /// The formats can't be chosen before the columns are known.
    static constexpr bool needs_columns = pgcoro::needs_columns<T>;
    /// A T points into the bytes that it was decoded from.
    static constexpr bool borrows = borrows_bytes<T>;

    /// Writes Bind's result formats, from the C++ types alone.
    static void result_formats(byte_writer& to) requires(!needs_columns)
    {
        std::array<format, count_> wanted;
        for (std::size_t i = 0; i < count_; ++i)
            wanted[i] = row_members<T>[i].wanted;
        put_result_formats(wanted, to);
    }

    /// Writes Bind's result formats for these columns. What no member takes comes as text.
    static void result_formats(row_description const& description, byte_writer& to)
    {
        put_result_formats(wanted_formats(description, row_type_of<T>), to);
    }

    /// Notes in the columns the formats that result_formats() asks for, as make() wants them: the
    /// description of a statement doesn't have them yet (that of a portal does).
    static void choose_formats(row_description& description)
    {
        choose_result_formats(description, row_type_of<T>);
    }

    /// Makes the plan for these columns, whose formats must be those that were asked for. False,
    /// with all that doesn't fit in `error`, if they aren't what T takes: that is a row_mismatch.
    [[nodiscard]] static bool make(
        row_description const& description, row_plan& plan, std::string& error)
    {
        plan.columns_ = description.columns;
        plan.steps_.clear();
        plan.exact_ = false;
        std::vector<std::uint8_t> takers;
        if (!match_columns(plan.columns_, row_type_of<T>, takers, error))
            return false;
        plan.exact_ = is_exact(plan.columns_, row_type_of<T>, takers);
        for (std::size_t i = 0; i < takers.size(); ++i) {
            column_description const& column = plan.columns_[i];
            std::size_t const taker = takers[i];
            if (taker == count_) {
                plan.steps_.push_back({&skip_column<T>, column.type, column.format});
                continue;
            }
            bool const own = row_members<T>[taker].owns(column);
            plan.steps_.push_back(
                {own ? own_decoders_[taker] : decoders_[taker], column.type, column.format});
            plan.types_[taker] = column.type;
        }
        return true;
    }

    /// The columns are just the members' own types, in their order: the fast way.
    [[nodiscard]] bool exact() const noexcept { return exact_; }

    /// Decodes the body of one DataRow into a value-initialised T. False if that can't be done:
    /// explain() says why. Throws only what the members' allocations throw.
    [[nodiscard]] bool decode(std::byte const* body, std::size_t size, T& out) const
    {
        return exact_ ? decode_exact(body, body + size, out)
                      : decode_stepwise(body, body + size, out);
    }

    /// The part of decode() for exact() plans.
    [[nodiscard, gnu::always_inline]] bool decode_exact(
        std::byte const* body, std::byte const* end, T& out) const
    {
        return shape::visit(out, straight_visit<members>{body, end, types_});
    }

    /// The part of decode() for all other plans.
    [[nodiscard]] bool decode_stepwise(std::byte const* body, std::byte const* end, T& out) const
    {
        if (end - body < 2 || load_big<std::uint16_t>(body) != steps_.size())
            return false;
        std::byte const* at = body + 2;
        for (column_step<T> const& step : steps_) {
            at = step.run(at, end, out, step);
            if (at == nullptr)
                return false;
        }
        return at == end;
    }

    /// Why decode() failed for this row: the column, its type, and what is wrong with the value.
    [[nodiscard]] std::string explain(std::byte const* body, std::size_t size) const
    {
        return explain_row(columns_, row_type_of<T>, {body, size});
    }

private:
    static constexpr std::size_t count_ = members::size;

    template <bool Own, std::size_t... I>
    static consteval auto list_decoders(std::index_sequence<I...>)
    {
        return std::array<typename column_step<T>::function, count_>{&decode_column<T, I, Own>...};
    }
    static constexpr auto decoders_ = list_decoders<false>(std::make_index_sequence<count_>{});
    static constexpr auto own_decoders_ = list_decoders<true>(std::make_index_sequence<count_>{});

    std::vector<column_description> columns_;
    std::vector<column_step<T>> steps_;
    std::array<oid, count_> types_{}; // of the members' columns
    bool exact_ = false;
};

} // namespace pgcoro
