#pragma once

#include "opening_call.hpp"
#include "record_collector.hpp"
#include "stream.hpp"
#include "verb_calls.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Rows, decoded by the plan that is known once the columns are.
template <class T>
class planned_rows
{
public:
    using batch_type = result<T>;
    using plan_type = typename row_collector<T>::plan;

    void plan(plan_type by) { plan_ = std::move(by); }
    void add(block_ref const& from, std::byte const* begin, std::byte const* end, std::size_t count)
    {
        rows_.add(plan_, from, begin, end, count);
    }
    [[nodiscard]] result<T> take() { return rows_.take(plan_); }

private:
    plan_type plan_;
    row_collector<T> rows_;
};

/// Rows as they arrive.
template <class T, class Driver>
using row_stream = basic_stream<planned_rows<T>, Driver>;

/// The stream's way through the connection. Its caller is resumed as soon as the columns are known;
/// rows go to the state.
template <class T, class Driver>
class stream_call final : public streaming_call<rows_call<T, Driver>, row_stream<T, Driver>, Driver>
{
public:
    stream_call(std::string_view sql, owner_id via)
        : streaming_call<rows_call<T, Driver>, row_stream<T, Driver>, Driver>{
              sql, via, call_type<T>}
    {}

private:
    void columns(server_statement& from) override
    {
        rows_call<T, Driver>::columns(from);
        this->state()->collector().plan(this->plan());
        this->give_handle();
    }
    void rows(block_ref const& from, std::byte const* begin, std::byte const* end,
        std::size_t count) override
    {
        this->state()->collector().add(from, begin, end, count);
        this->added(static_cast<std::size_t>(end - begin));
    }
};

template <class T, class Driver>
[[nodiscard]] asio::awaitable<row_stream<T, Driver>, typename Driver::executor_type> run_stream(
    std::shared_ptr<Driver> driver, std::unique_ptr<stream_call<T, Driver>> made)
{
    return run_open(std::move(driver), std::move(made), "a row stream");
}

template <class T, class Driver, class... Arguments>
[[nodiscard]] asio::awaitable<row_stream<T, Driver>, typename Driver::executor_type> open_stream(
    std::shared_ptr<Driver> driver, owner_id via, std::string_view sql,
    Arguments const&... arguments)
{
    static_assert((... && !is_awaited_in_pieces<Arguments>),
        "pgcoro: chunks() of a source that gives awaitables can't be an argument of a stream");
    auto made = std::make_unique<stream_call<T, Driver>>(sql, via);
    made->encode(arguments...);
    return run_stream(std::move(driver), std::move(made));
}

} // namespace pgcoro
