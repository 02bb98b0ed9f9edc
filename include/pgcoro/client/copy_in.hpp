#pragma once

#include "../core/error.hpp"
#include "copy_options.hpp"
#include "copy_range_source.hpp"
#include "rows_call.hpp"
#include "verb_calls.hpp"

#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// Asks for the columns of a query without running it: that would take the right to read the table,
/// and where there is none, or the columns have changed since, a transaction would have failed.
template <class Driver>
class columns_call final : public record_call<Driver>
{
public:
    /// Null: it returns no rows.
    using result_type = std::shared_ptr<row_description const>;

    columns_call(std::string_view sql, owner_id via) : record_call<Driver>{sql, via, nullptr}
    {
        this->encode();
        this->describe_only();
    }

    [[nodiscard]] result_type take_result() const { return this->plan(); }
};

/// The columns that an aggregate's members go into, as SQL.
template <class Element>
[[nodiscard]] std::string copy_column_names()
{
    std::string names;
    if constexpr (aggregate_shaped<Element>)
        for (row_member const& member : row_members<Element>) {
            names += names.empty() ? "" : ",";
            names += quote_identifier(member.name);
        }
    return names;
}

/// The types of the first `count` columns; none if one of the others may have no binary form: a
/// server that gets binary wants one of every column of the table, listed or not.
[[nodiscard]] inline std::vector<oid> copied_types(
    row_description const& columns, std::size_t count)
{
    std::vector<oid> types;
    for (column_description const& each : columns.columns) {
        if (types.size() < count)
            types.push_back(each.type);
        else if (!has_text_form(each.type) && !is_text_like(each.type))
            return {};
    }
    return types;
}

/// What copy_in() does.
template <class Driver, class Range>
[[nodiscard]] asio::awaitable<std::uint64_t, typename Driver::executor_type> run_copy_in(
    std::shared_ptr<Driver> driver, owner_id via, std::string table, Range range, copy_options how)
{
    using element = std::remove_cvref_t<decltype(*std::begin(range))>;
    // Our data, read by other rules, would say something else without an error.
    if (how.has_format())
        throw options_error{"copy_in() of a range chooses the format of its data itself: "
                            "copy_options can only name columns, schema, where and freeze"};
    if (!how.has_columns())
        how.column_list(copy_column_names<element>());
    std::string const list = how.has_columns() ? how.column_list() + ',' : std::string{};
    std::string const sql = "SELECT " + list + "t.* FROM " + how.table(table) + " AS t";
    std::shared_ptr<row_description const> const known =
        co_await run_for<columns_call<Driver>, Driver>(
            driver, std::unique_ptr<call<Driver>>{new columns_call<Driver>{sql, via}});
    if (!known)
        throw row_mismatch{"the table has no columns: " + sql};
    std::vector<oid> columns = copied_types(
        *known, how.has_columns() ? argument_types<element>::size : known->columns.size());
    if (copies_in_binary(argument_types<element>{}, columns))
        how.binary();
    else
        columns.clear();
    auto data = std::make_unique<copy_range_source<Range>>(
        std::forward<Range>(range), std::move(columns), how.progress());
    auto made = std::make_unique<execute_many_call<Driver>>(
        how.copy_in_sql(table), via, request::protocol::simple);
    made->feed_from(std::move(data));
    co_return co_await run_for<execute_many_call<Driver>, Driver>(
        driver, std::unique_ptr<call<Driver>>{std::move(made)});
}

} // namespace pgcoro
