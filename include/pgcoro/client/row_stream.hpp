#pragma once

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
class stream_call final : public rows_call<T, Driver>
{
    using state_type = stream_state<planned_rows<T>, Driver>;

public:
    stream_call(std::string_view sql, owner_id via) : rows_call<T, Driver>{sql, via, call_type<T>}
    {}
    ~stream_call() override
    {
        if (state_ && !settled_)
            state_->drop_waiter();
    }

    /// `place` is where the caller, as long as it waits, wants the stream.
    void open(std::shared_ptr<Driver> driver, row_stream<T, Driver>& place)
    {
        std::uint64_t const id = driver->new_id();
        state_ = std::make_shared<state_type>(std::move(driver), id);
        place_ = &place;
        this->identify(id);
        this->take_ownership(owner_id{id}, "a row stream");
    }

private:
    void columns(server_statement& from) override
    {
        rows_call<T, Driver>::columns(from);
        state_->collector().plan(this->plan());
        if (std::exchange(opened_, true)) // it had to be parsed again
            return;
        row_stream<T, Driver> stream{state_};
        if (!this->awaited())
            return;
        *place_ = std::move(stream);
        this->resume_early();
    }
    void rows(block_ref const& from, std::byte const* begin, std::byte const* end,
        std::size_t count) override
    {
        state_->collector().add(from, begin, end, count);
        if (state_->added(static_cast<std::size_t>(end - begin)))
            this->pause_reading();
    }
    void settled() override
    {
        settled_ = true;
        if (!state_)
            return;
        state_->connection().release_owner(owner_id{state_->id()});
        if (opened_)
            state_->ended(this->error());
    }

    std::shared_ptr<state_type> state_;
    row_stream<T, Driver>* place_ = nullptr;
    bool opened_ = false;
    bool settled_ = false;
};

template <class T, class Driver>
[[nodiscard]] asio::awaitable<row_stream<T, Driver>, typename Driver::executor_type> run_stream(
    std::shared_ptr<Driver> driver, std::unique_ptr<stream_call<T, Driver>> made)
{
    row_stream<T, Driver> opened;
    if (driver)
        made->open(driver, opened);
    co_await run(std::move(driver), std::unique_ptr<call<Driver>>{std::move(made)});
    co_return opened;
}

template <class T, class Driver, class... Arguments>
[[nodiscard]] asio::awaitable<row_stream<T, Driver>, typename Driver::executor_type> open_stream(
    std::shared_ptr<Driver> driver, owner_id via, std::string_view sql,
    Arguments const&... arguments)
{
    auto made = std::make_unique<stream_call<T, Driver>>(sql, via);
    made->encode(arguments...);
    return run_stream(std::move(driver), std::move(made));
}

} // namespace pgcoro
