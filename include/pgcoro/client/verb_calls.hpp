#pragma once

#include "rows_call.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace pgcoro {

/// execute(): any rows are dropped.
template <class Driver>
class execute_call final : public call<Driver>
{
public:
    using result_type = command_tag;

    execute_call(request::protocol how, std::string_view sql, owner_id via)
        : call<Driver>{request{how, sql}, via}
    {}

    [[nodiscard]] command_tag take_result() const { return tag_; }

private:
    void completed(command_tag const& tag) override { tag_ = tag; }

    command_tag tag_;
};

/// execute_many(): the rows that all the executions affected.
template <class Driver>
class execute_many_call final : public call<Driver>
{
public:
    using result_type = std::uint64_t;

    execute_many_call(std::string_view sql, owner_id via)
        : call<Driver>{request{request::protocol::extended, sql}, via}
    {}

    [[nodiscard]] std::uint64_t take_result() const { return rows_; }

private:
    void completed(command_tag const& tag) override { rows_ += tag.rows_affected(); }

    std::uint64_t rows_ = 0;
};

/// fetch() and fetch_many(): all rows.
template <class T, class Driver>
class fetch_call final : public collecting_call<T, row_collector<T>, Driver>
{
public:
    using result_type = result<T>;
    using collecting_call<T, row_collector<T>, Driver>::collecting_call;

    [[nodiscard]] result<T> take_result() { return this->collector_.take(this->plan()); }
};

/// fetch_row(): the first row, if there is one.
template <class T, class Driver>
class fetch_row_call final : public collecting_call<T, first_row_collector<T>, Driver>
{
public:
    using result_type = std::optional<T>;
    using collecting_call<T, first_row_collector<T>, Driver>::collecting_call;

    [[nodiscard]] std::optional<T> take_result()
    {
        if (this->collector_.count() == 0)
            return std::nullopt;
        return std::move(this->collector_.row());
    }
};

/// fetch_value() and fetch_one(): a row that must be there, and for fetch_one() alone.
template <class T, bool Alone, class Driver>
class fetch_one_call final : public collecting_call<T, first_row_collector<T>, Driver>
{
public:
    using result_type = T;
    using collecting_call<T, first_row_collector<T>, Driver>::collecting_call;

    [[nodiscard]] T take_result()
    {
        if (this->collector_.count() == 0)
            throw no_rows{"the query returned no row: " + std::string{this->what().sql()}};
        if (Alone && this->collector_.count() > 1)
            throw too_many_rows{"the query returned " + std::to_string(this->collector_.count()) +
                                " rows, not one: " + std::string{this->what().sql()}};
        return std::move(this->collector_.row());
    }
};

} // namespace pgcoro
