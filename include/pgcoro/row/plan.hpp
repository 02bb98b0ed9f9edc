#pragma once

#include "../core/byte_reader.hpp"
#include "../protocol/row_description.hpp"
#include "../types/builtin.hpp"
#include "check_row_type.hpp"
#include "column_step.hpp"
#include "plan_text.hpp"
#include "result_formats.hpp"
#include "straight_decoder.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
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
    static void result_formats(byte_writer& to) requires(!pgcoro::needs_columns<T>)
    {
        put_result_formats(wanted_formats_, to);
    }

    /// Writes Bind's result formats for these columns. What no member takes comes as text.
    static void result_formats(row_description const& description, byte_writer& to)
    {
        if constexpr (!needs_columns) {
            put_result_formats(wanted_formats_, to);
        } else {
            std::vector<format> formats;
            formats.reserve(description.columns.size());
            for (column_description const& column : description.columns)
                formats.push_back(wanted_format(find_member(column.name)));
            put_result_formats(formats, to);
        }
    }

    /// Notes in the columns the formats that result_formats() asks for, as make() wants them: the
    /// description of a statement doesn't have them yet (that of a portal does).
    static void choose_formats(row_description& description)
    {
        for (std::size_t i = 0; i < description.columns.size(); ++i) {
            column_description& column = description.columns[i];
            if constexpr (needs_columns)
                column.format = wanted_format(find_member(column.name));
            else
                column.format = i < count_ ? wanted_formats_[i] : wanted_formats_.back();
        }
    }

    /// Makes the plan for these columns, whose formats must be those that were asked for. False,
    /// with all that doesn't fit in `error`, if they aren't what T takes: that is a row_mismatch.
    [[nodiscard]] static bool make(
        row_description const& description, row_plan& plan, std::string& error)
    {
        error.clear();
        plan.columns_ = description.columns;
        plan.steps_.clear();
        plan.exact_ = false;
        bool fits = false;
        if constexpr (needs_columns)
            fits = plan.match_by_name(error);
        else
            fits = plan.match_by_position(error);
        if (!fits)
            return false;
        plan.exact_ = plan.is_exact();
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
        return decode_straight(body, end, out, members{});
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
        byte_reader reader{{body, size}};
        auto const count = reader.get<std::uint16_t>();
        if (!reader.ok() || count != columns_.size())
            return "the row has " + std::to_string(count) + " fields, its description " +
                   std::to_string(columns_.size());
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            column_description const& column = columns_[i];
            std::byte const* const start = body + size - reader.remaining();
            auto const length = reader.get<std::int32_t>();
            (void)reader.get_bytes(length > 0 ? static_cast<std::size_t>(length) : 0);
            if (!reader.ok() || length < -1)
                return quoted_column(column) + ": the row ends within it";
            std::size_t const member = member_of(i);
            if (member == count_)
                continue;
            T scratch{};
            column_step<T> const step{decoders_[member], column.type, column.format};
            if (step.run(start, body + size, scratch, step) == nullptr)
                return failure_text(column, length, shape::member_label(member), name_of(member));
        }
        return reader.exhausted() ? "the row is well" : "the row is longer than its fields";
    }

private:
    static constexpr std::size_t count_ = members::size;

    template <class... M>
    static consteval std::array<format, count_> formats_of(type_list<M...>)
    {
        return {result_format_of<M>()...};
    }
    static constexpr auto wanted_formats_ = formats_of(members{});

    template <bool Own, std::size_t... I>
    static consteval auto decoders_of(std::index_sequence<I...>)
    {
        return std::array<typename column_step<T>::function, count_>{&decode_column<T, I, Own>...};
    }
    static constexpr auto decoders_ = decoders_of<false>(std::make_index_sequence<count_>{});
    static constexpr auto own_decoders_ = decoders_of<true>(std::make_index_sequence<count_>{});

    template <class... M>
    struct straight_visit // not a lambda: clang inlines that only if asked to
    {
        std::byte const* body;
        std::byte const* end;
        std::array<oid, count_> const& types;

        [[gnu::always_inline]] bool operator()(M&... each) const
        {
            return straight_decoder<M...>::decode(body, end, types, each...);
        }
    };

    template <class... M>
    [[gnu::always_inline]] bool decode_straight(
        std::byte const* body, std::byte const* end, T& out, type_list<M...>) const
    {
        return shape::visit(out, straight_visit<M...>{body, end, types_});
    }

    template <class... M>
    static bool accepts_column(
        std::size_t member, oid type, pgcoro::format as, type_list<M...>) noexcept
    {
        bool accepted = false;
        std::size_t i = 0;
        ((i++ == member ? void(accepted = accepts<M>(type, as)) : void()), ...);
        return accepted;
    }

    template <class... M>
    static oid type_of_member(std::size_t member, type_list<M...>) noexcept
    {
        return std::array<oid, count_>{type_of<M>()...}[member];
    }

    template <class... M>
    static std::string name_of_member(std::size_t member, type_list<M...>)
    {
        std::string name;
        std::size_t i = 0;
        ((i++ == member ? void(name = cpp_name<M>::get()) : void()), ...);
        return name;
    }
    static std::string name_of(std::size_t member) { return name_of_member(member, members{}); }

    static format wanted_format(std::size_t member) noexcept
    {
        return member == count_ ? format::text : wanted_formats_[member];
    }

    /// The member of that name; count_ if there is none.
    static std::size_t find_member(std::string_view name) noexcept
    {
        if constexpr (needs_columns)
            for (std::size_t i = 0; i < count_; ++i)
                if (shape::names()[i] == name)
                    return i;
        return count_;
    }

    /// The member that takes a column; count_ if none does.
    [[nodiscard]] std::size_t member_of(std::size_t column) const noexcept
    {
        if constexpr (needs_columns)
            return find_member(columns_[column].name);
        else
            return column;
    }

    bool match_by_position(std::string& error)
    {
        if (columns_.size() != count_) {
            add_mismatch(error, "the query returns " + std::to_string(columns_.size()) +
                                    (columns_.size() == 1 ? " column, " : " columns, ") +
                                    cpp_name<T>::get() + " takes " + std::to_string(count_));
            return false;
        }
        bool fits = true;
        for (std::size_t i = 0; i < count_; ++i)
            fits = take_column(i, i, error) && fits;
        return fits;
    }

    bool match_by_name(std::string& error)
    {
        std::array<std::size_t, count_> taken{};
        bool fits = true;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            std::size_t const member = find_member(columns_[i].name);
            if (member == count_) {
                steps_.push_back({&skip_column<T>, columns_[i].type, columns_[i].format});
                continue;
            }
            if (++taken[member] == 2)
                add_mismatch(error, quoted_column(columns_[i]) + " occurs more than once");
            fits = taken[member] == 1 && take_column(i, member, error) && fits;
        }
        for (std::size_t i = 0; i < count_; ++i)
            if (taken[i] == 0) {
                add_mismatch(error, "column \"" + std::string{member_name(i)} + "\" is missing");
                fits = false;
            }
        return fits;
    }

    static std::string_view member_name(std::size_t member) noexcept
    {
        return shape::names()[member];
    }

    bool take_column(std::size_t index, std::size_t member, std::string& error)
    {
        column_description const& column = columns_[index];
        types_[member] = column.type;
        steps_.push_back({is_own(member, column) ? own_decoders_[member] : decoders_[member],
            column.type, column.format});
        if (accepts_column(member, column.type, column.format, members{}))
            return true;
        format const other = column.format == format::text ? format::binary : format::text;
        add_mismatch(error, mismatch_text(column, shape::member_label(member), name_of(member),
                                type_of_member(member, members{}),
                                accepts_column(member, column.type, other, members{})));
        return false;
    }

    [[nodiscard]] bool is_exact() const noexcept
    {
        if (columns_.size() != count_)
            return false;
        for (std::size_t i = 0; i < count_; ++i)
            if (member_of(i) != i || !is_own(i, columns_[i]))
                return false;
        return true;
    }

    /// The column is just what the member's codec asked for.
    [[nodiscard]] static bool is_own(std::size_t member, column_description const& column) noexcept
    {
        oid const own = type_of_member(member, members{});
        return column.format == wanted_formats_[member] &&
               (own == unspecified_oid || own == column.type);
    }

    std::vector<column_description> columns_;
    std::vector<column_step<T>> steps_;
    std::array<oid, count_> types_{}; // of the members' columns
    bool exact_ = false;
};

} // namespace pgcoro
