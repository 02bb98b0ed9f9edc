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
    using result_type = std::vector<oid>;

    columns_call(std::string_view sql, owner_id via) : record_call<Driver>{sql, via, nullptr}
    {
        this->encode();
        this->describe_only();
    }

    [[nodiscard]] std::vector<oid> take_result() const
    {
        std::vector<oid> types;
        if (this->plan())
            for (auto const& each : this->plan()->columns)
                types.push_back(each.type);
        return types;
    }
};

/// A COPY FROM STDIN whose data a source gives.
template <class Driver>
class copy_in_call final : public call<Driver>
{
public:
    using result_type = std::uint64_t;

    copy_in_call(std::string_view sql, owner_id via, std::unique_ptr<source> data)
        : call<Driver>{request{request::protocol::simple, sql}, via}
    {
        this->feed_from(std::move(data));
    }

    [[nodiscard]] std::uint64_t take_result() const { return rows_; }

private:
    void completed(command_tag const& tag) override { rows_ += tag.rows_affected(); }

    std::uint64_t rows_ = 0;
};

template <class Element>
[[nodiscard]] std::string copy_column_names()
{
    std::string names;
    if constexpr (aggregate_shaped<Element>)
        for (std::string_view const name : member_names<Element>) {
            names += names.empty() ? "" : ",";
            names += quote_identifier(name);
        }
    return names;
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
    std::string const list = how.has_columns() ? how.column_list() : "*";
    std::string const sql = "SELECT " + list + " FROM " + how.table(table);
    std::vector<oid> columns = co_await take_result<columns_call<Driver>, Driver>(
        run(driver, std::unique_ptr<call<Driver>>{new columns_call<Driver>{sql, via}}));
    if (copies_in_binary(argument_types<element>{}, columns))
        how.binary();
    else
        columns.clear();
    auto data =
        std::make_unique<copy_range_source<Range>>(std::forward<Range>(range), std::move(columns));
    co_return co_await take_result<copy_in_call<Driver>, Driver>(
        run(driver, std::unique_ptr<call<Driver>>{
                        new copy_in_call<Driver>{how.copy_in_sql(table), via, std::move(data)}}));
}

} // namespace pgcoro
