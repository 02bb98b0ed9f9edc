#pragma once

#include "../types/parameters.hpp"
#include "call.hpp"
#include "row_collector.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Encodes a call's SQL and arguments. Errors are kept in the call, to be thrown where it is
/// awaited.
template <class Call, class... Arguments>
[[nodiscard]] std::unique_ptr<Call> make_call(
    request::protocol how, owner_id via, std::string_view sql, Arguments const&... arguments)
{
    request what{how, sql};
    std::exception_ptr failure;
    if (how == request::protocol::extended) {
        try {
            encode_parameters(what.type_writer(), what.parameter_writer(), arguments...);
        } catch (...) {
            failure = std::current_exception();
        }
    }
    auto made = std::make_unique<Call>(std::move(what), via);
    made->fail(std::move(failure));
    return made;
}

/// execute(): any rows are dropped.
template <class Driver>
class execute_call final : public call<command_tag, Driver>
{
public:
    using call<command_tag, Driver>::call;

private:
    void completed(command_tag const& tag) override { tag_ = tag; }
    command_tag take_result() override { return tag_; }

    command_tag tag_;
};

/// A call whose rows go to a collector.
template <class Result, class Collector, class Driver>
class rows_call : public call<Result, Driver>
{
public:
    rows_call(request what, owner_id via)
        : call<Result, Driver>{std::move(what), via, Collector::needs_columns}
    {}

protected:
    Collector collector_;

private:
    void write_result_formats(row_description const* description, byte_writer& out) final
    {
        Collector::write_result_formats(description, out);
    }
    void columns(statement& from) final { collector_.plan(from); }
    void rows(block_ref const& from, std::byte const* begin, std::byte const* end,
        std::size_t count) final
    {
        collector_.add(from, begin, end, count);
    }
};

/// fetch(): all rows.
template <class T, class Driver>
class fetch_call final : public rows_call<result<T>, row_collector<T>, Driver>
{
public:
    using rows_call<result<T>, row_collector<T>, Driver>::rows_call;

private:
    result<T> take_result() override { return this->collector_.take(); }
};

/// fetch_row(): the first row, if there is one.
template <class T, class Driver>
class fetch_row_call final : public rows_call<std::optional<T>, first_row_collector<T>, Driver>
{
public:
    using rows_call<std::optional<T>, first_row_collector<T>, Driver>::rows_call;

private:
    std::optional<T> take_result() override
    {
        if (this->collector_.count() == 0)
            return std::nullopt;
        return std::move(this->collector_.row());
    }
};

/// fetch_value() and fetch_one(): a row that must be there, and for fetch_one() alone.
template <class T, bool Alone, class Driver>
class fetch_one_call final : public rows_call<T, first_row_collector<T>, Driver>
{
public:
    using rows_call<T, first_row_collector<T>, Driver>::rows_call;

private:
    T take_result() override
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
