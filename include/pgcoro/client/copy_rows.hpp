#pragma once

#include "../core/quoting.hpp"
#include "../core/share.hpp"
#include "../protocol/copy.hpp"
#include "copy_in.hpp"
#include "copy_out.hpp"
#include "copy_text.hpp"
#include "row_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Chooses what all values of a COPY are in: it has one format for all columns. Binary where each
/// column has a binary form that its member reads. Notes in the columns what decoding is to take
/// their values for: text, whose bytes are the same in both, stays text. `type` is null for
/// records.
[[nodiscard]] inline format choose_copy_format(row_description& columns, row_type const* type)
{
    format chosen = format::binary;
    for (std::size_t i = 0; i < columns.columns.size(); ++i) {
        column_description& column = columns.columns[i];
        std::size_t const taker = type == nullptr ? 0 : type->find(i, column.name);
        if (type == nullptr || taker == type->members.size())
            column.format = has_text_form(column.type) ? format::binary : format::text;
        else if (type->members[taker].accepts(column.type, format::binary))
            column.format = type->members[taker].wanted;
        else
            column.format = format::text;
        if (column.format == format::text && !is_text_like(column.type))
            chosen = format::text;
    }
    if (chosen == format::text)
        for (column_description& column : columns.columns)
            column.format = format::text;
    return chosen;
}

/// The plan for rows of a COPY. Throws row_mismatch.
[[nodiscard]] inline std::shared_ptr<column_plan const> plan_of_copy(
    row_description const& columns, row_type const* type)
{
    auto plan = share<column_plan>();
    std::string error;
    if (!plan->match(columns, *type, error))
        throw row_mismatch{std::move(error)};
    return plan;
}
[[nodiscard]] inline std::shared_ptr<row_description const> plan_of_copy(
    row_description const& columns, std::nullptr_t)
{
    return share<row_description>(columns);
}

/// Leaves the columns that the row type takes, and gives them as SQL.
[[nodiscard]] inline std::string take_columns(row_description& columns, row_type const* type)
{
    if (type != nullptr && type->kind == row_kind::by_name)
        std::erase_if(columns.columns, [type](column_description const& each) {
            return type->find(0, each.name) == type->members.size();
        });
    std::string list;
    for (column_description const& each : columns.columns) {
        list += list.empty() ? "" : ",";
        list += quote_identifier(each.name);
    }
    return list;
}

/// Makes of the messages of a COPY TO STDOUT what decodes rows: a row of its binary format is the
/// body of a DataRow, one of its text format is rewritten.
/// https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9
class copied_rows
{
public:
    /// Rows in a form that decodes: DataRow messages, but for their type.
    struct run
    {
        block_ref block;
        std::byte const* begin = nullptr;
        std::byte const* end = nullptr;
        std::size_t count = 0;
    };

    copied_rows(format as, std::size_t columns) : format_{as}, columns_{columns} {}

    [[nodiscard]] bool announced(copy_response const& how) const noexcept
    {
        return how.binary == (format_ == format::binary) && how.columns == columns_;
    }

    /// Takes some messages from the front of `from` and gives the rows that they hold, if any.
    [[nodiscard]] run take(run& from)
    {
        if (format_ == format::text)
            return rewrite(from);
        if (!begun_) {
            begun_ = true;
            return first_row(from);
        }
        run rows{from.block, from.begin, from.begin, 0};
        while (from.count != 0 && !is_trailer(from.begin)) {
            from.begin = next_message(from.begin);
            --from.count;
            ++rows.count;
        }
        rows.end = from.begin;
        if (from.count != 0) { // the trailer
            from.begin = next_message(from.begin);
            --from.count;
        }
        return rows;
    }

private:
    static constexpr std::string_view signature{"PGCOPY\n\377\r\n\0", 11};
    static constexpr std::size_t header_size = signature.size() + 8;

    [[nodiscard]] static std::string_view body(std::byte const* message) noexcept
    {
        return {
            reinterpret_cast<char const*>(message + frame_header_size), frame_length(message) - 4};
    }
    [[nodiscard]] static bool is_trailer(std::byte const* message) noexcept
    {
        return body(message) == std::string_view{"\377\377", 2};
    }

    /// The header stands in one message with the first row, or the trailer.
    [[nodiscard]] run first_row(run& from)
    {
        std::string_view const whole = body(from.begin);
        if (!whole.starts_with(signature) || whole.size() < header_size)
            throw decode_error{"the data of the COPY does not begin as its binary format does"};
        byte_writer row;
        put_row(row, whole.substr(header_size));
        from.begin = next_message(from.begin);
        --from.count;
        if (whole.size() == header_size || is_trailer(row.data()))
            return {};
        return keep(row, 1);
    }

    [[nodiscard]] run rewrite(run& from)
    {
        byte_writer rows;
        std::size_t const count = from.count;
        for (; from.count != 0; --from.count, from.begin = next_message(from.begin)) {
            std::size_t const begin = rows.size();
            put_row(rows, {});
            put_copied_text(body(from.begin), columns_, rows);
            rows.patch(begin + 1, static_cast<std::uint32_t>(rows.size() - begin - 1));
        }
        return keep(rows, count);
    }

    static void put_row(byte_writer& to, std::string_view body)
    {
        to.put(static_cast<std::uint8_t>(backend_message::data_row));
        to.put(static_cast<std::uint32_t>(4 + body.size()));
        to.put(body);
    }
    [[nodiscard]] static run keep(byte_writer const& rows, std::size_t count)
    {
        run kept{block_ref::allocate(rows.size()), nullptr, nullptr, count};
        std::memcpy(kept.block->data(), rows.data(), rows.size());
        kept.begin = kept.block->data();
        kept.end = kept.begin + rows.size();
        return kept;
    }

    format format_;
    std::size_t columns_;
    bool begun_ = false;
};

/// A COPY TO STDOUT whose rows become a stream of Ts.
template <class T, class Driver>
class copy_rows_call final : public copying_out_call<row_stream<T, Driver>, Driver>
{
    using base = copying_out_call<row_stream<T, Driver>, Driver>;

public:
    using plan_type = typename planned_rows<T>::plan_type;

    copy_rows_call(std::string_view sql, owner_id via, plan_type plan, copied_rows rows)
        : base{sql, via}, plan_{std::move(plan)}, rows_{rows}
    {}

private:
    void copying(copy_response const& how) override
    {
        if (!rows_.announced(how))
            return this->fail(std::make_exception_ptr(
                row_mismatch{"the columns to be copied have changed since they were asked for"}));
        this->state()->collector().plan(plan_);
        base::copying(how);
    }
    void rows(block_ref const& from, std::byte const* begin, std::byte const* end,
        std::size_t count) override
    {
        copied_rows::run all{from, begin, end, count};
        while (all.count != 0) {
            copied_rows::run const some = rows_.take(all);
            if (some.count == 0)
                continue;
            this->state()->collector().add(some.block, some.begin, some.end, some.count);
            this->added(static_cast<std::size_t>(some.end - some.begin));
        }
    }

    plan_type plan_;
    copied_rows rows_;
};

/// What copy_out<T>() does: of `table` or, where that is empty, of `query`. A table is copied as
/// the query of the columns that are taken: so views can be, and generated columns, and what no
/// member takes need not be readable.
template <class T, class Driver>
[[nodiscard]] asio::awaitable<row_stream<T, Driver>, typename Driver::executor_type> run_copy_rows(
    std::shared_ptr<Driver> driver, owner_id via, std::string table, std::string query,
    copy_options how)
{
    if (how.has_format() || how.has_where() || how.progress() ||
        (table.empty() && how.has_columns()))
        throw options_error{"copy_out() of rows chooses the format of its data itself: "
                            "copy_options can only name a table's schema and columns"};
    std::string const from = table.empty() ? std::string{} : " FROM " + how.table(table);
    if (!table.empty())
        query = "SELECT " + (how.has_columns() ? how.column_list() : "*") + from;
    std::shared_ptr<row_description const> const known =
        co_await run_for<columns_call<Driver>, Driver>(
            driver, std::unique_ptr<call<Driver>>{new columns_call<Driver>{query, via}});
    if (!known)
        throw row_mismatch{"the statement returns no rows: " + query};
    row_description columns = *known;
    if (!table.empty())
        query = "SELECT " + take_columns(columns, call_type<T>) + from;
    format const as = choose_copy_format(columns, call_type<T>);
    auto plan = plan_of_copy(columns, call_type<T>);
    if (as == format::binary)
        how.binary();
    auto made = std::make_unique<copy_rows_call<T, Driver>>(
        how.copy_query_sql(query), via, std::move(plan), copied_rows{as, columns.columns.size()});
    co_return co_await run_open(std::move(driver), std::move(made), "a COPY TO STDOUT");
}

} // namespace pgcoro
