#pragma once

#include "rows_call.hpp"

#include <cstdint>
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
        : call<Driver>{how, sql, via}
    {}

    [[nodiscard]] command_tag take_result() const { return tag_; }

private:
    void completed(command_tag const& tag) override { tag_ = tag; }

    command_tag tag_;
};

/// execute_many() and copy_in(): the rows that all of it affected.
template <class Driver>
class execute_many_call final : public call<Driver>
{
public:
    using result_type = std::uint64_t;

    execute_many_call(
        std::string_view sql, owner_id via, request::protocol how = request::protocol::extended)
        : call<Driver>{how, sql, via}
    {}

    [[nodiscard]] std::uint64_t take_result() const { return rows_; }

private:
    void completed(command_tag const& tag) override { rows_ += tag.rows_affected(); }

    std::uint64_t rows_ = 0;
};

/// fetch() and fetch_many(): all rows.
template <class T, class Driver>
class fetch_call final : public rows_call<T, Driver>
{
public:
    using result_type = result<T>;

    fetch_call(std::string_view sql, owner_id via) : rows_call<T, Driver>{sql, via, call_type<T>} {}

    [[nodiscard]] result<T> take_result() { return rows_.take(this->plan()); }

private:
    void rows(block_ref const& from, std::byte const* begin, std::byte const* end,
        std::size_t count) override
    {
        rows_.add(this->plan(), from, begin, end, count);
    }

    row_collector<T> rows_;
};

/// What fetch_row(), fetch_one() and fetch_value() have in common.
template <class T, class Driver>
class first_row_call : public rows_call<T, Driver>
{
public:
    first_row_call(std::string_view sql, owner_id via)
        : rows_call<T, Driver>{sql, via, call_type<T>}
    {}

protected:
    first_row_collector<T> rows_;

private:
    void rows(block_ref const& from, std::byte const* begin, std::byte const* end,
        std::size_t count) final
    {
        rows_.add(this->plan(), from, begin, end, count);
    }
};

/// fetch_row(): the first row, if there is one.
template <class T, class Driver>
class fetch_row_call final : public first_row_call<T, Driver>
{
public:
    using result_type = std::optional<T>;
    using first_row_call<T, Driver>::first_row_call;

    [[nodiscard]] std::optional<T> take_result()
    {
        if (this->rows_.count() == 0)
            return std::nullopt;
        return std::move(this->rows_.row());
    }
};

/// fetch_value() and fetch_one(): a row that must be there, and for fetch_one() alone.
template <class T, bool Alone, class Driver>
class fetch_one_call final : public first_row_call<T, Driver>
{
public:
    using result_type = T;
    using first_row_call<T, Driver>::first_row_call;

    [[nodiscard]] T take_result()
    {
        if (this->rows_.count() == 0)
            throw no_rows{"the query returned no row: " + std::string{this->what().sql()}};
        if (Alone && this->rows_.count() > 1)
            throw too_many_rows{"the query returned " + std::to_string(this->rows_.count()) +
                                " rows, not one: " + std::string{this->what().sql()}};
        return std::move(this->rows_.row());
    }
};

} // namespace pgcoro
