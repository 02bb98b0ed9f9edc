#pragma once

#include "../core/conditions.hpp"
#include "call.hpp"

#include <exception>
#include <memory>
#include <utility>

namespace pgcoro {

/// A call whose caller is resumed before it is through, with a `Handle` to what goes on: a stream,
/// or the writer of a COPY. The handle and the call share a state, under whose number the
/// connection is owned.
template <class Base, class Handle, class Driver>
class opening_call : public Base
{
public:
    using handle_type = Handle;
    using state_type = typename Handle::state_type;

    using Base::Base;
    ~opening_call() override
    {
        if (state_ && !settled_)
            state_->drop_waiter();
    }

    /// `place` is where the caller, as long as it waits, wants the handle; `name` the owner's.
    void open(std::shared_ptr<Driver> driver, Handle& place, char const* name)
    {
        std::uint64_t const id = driver->new_id();
        state_ = std::make_shared<state_type>(std::move(driver), id);
        place_ = &place;
        this->identify(id);
        this->take_ownership(owner_id{id}, name);
    }

protected:
    [[nodiscard]] std::shared_ptr<state_type> const& state() const noexcept { return state_; }

    /// It goes on from here: the caller gets the handle. Again, where the statement had to be
    /// parsed again, this does nothing.
    void give_handle()
    {
        if (std::exchange(opened_, true))
            return;
        Handle handle{state_};
        if (!this->awaited())
            return;
        *place_ = std::move(handle);
        this->resume_early();
    }
    [[nodiscard]] bool opened() const noexcept { return opened_; }

    void settled() override { settled_ = true; }

private:
    std::shared_ptr<state_type> state_;
    Handle* place_ = nullptr;
    bool opened_ = false;
    bool settled_ = false;
};

/// The same for handles that are streams.
template <class Base, class Stream, class Driver>
class streaming_call : public opening_call<Base, Stream, Driver>
{
public:
    using opening_call<Base, Stream, Driver>::opening_call;

protected:
    /// So many bytes of rows were added to what the stream has collected.
    void added(std::size_t bytes)
    {
        if (this->state()->added(bytes))
            this->pause_reading();
    }

    void settled() override
    {
        opening_call<Base, Stream, Driver>::settled();
        if (!this->state())
            return;
        this->state()->connection().release_owner(owner_id{this->state()->id()});
        if (this->opened())
            this->state()->ended(was_cancelled() ? nullptr : this->error());
    }

private:
    /// By us: nobody else cancels what is abandoned.
    [[nodiscard]] bool was_cancelled() const noexcept
    {
        try {
            if (this->cancelled() && this->error())
                std::rethrow_exception(this->error());
        } catch (query_canceled const&) {
            return true;
        } catch (...) {
        }
        return false;
    }
};

/// Runs a call until it gives its handle.
template <class Call, class Driver>
[[nodiscard]] asio::awaitable<typename Call::handle_type, typename Driver::executor_type> run_open(
    std::shared_ptr<Driver> driver, std::unique_ptr<Call> made, char const* name)
{
    typename Call::handle_type opened;
    if (driver)
        made->open(driver, opened, name);
    co_await run(std::move(driver), std::unique_ptr<call<Driver>>{std::move(made)});
    co_return opened;
}

} // namespace pgcoro
