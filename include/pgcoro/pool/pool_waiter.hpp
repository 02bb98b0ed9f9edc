#pragma once

#include "../client/call.hpp"
#include "../client/resumption.hpp"
#include "lease.hpp"
#include "wait_queue.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

namespace pgcoro {

/// A caller in a pool's line. The line owns it; whoever takes it out of the line ends it by one of
/// the two calls.
template <class Traits>
class pool_waiter : public queued
{
public:
    using core = pool_core<Traits>;
    using connection_type = typename Traits::connection_type;

    pool_waiter() = default;
    virtual ~pool_waiter() = default;

    /// The connection is its own now. Not locked.
    virtual void serve(std::shared_ptr<core> from, slot_index slot, connection_type lent) = 0;
    virtual void refuse(core& by, std::exception_ptr why) = 0;
    /// Nobody will come for it any more.
    virtual void drop() noexcept = 0;
    /// It needs no connection of its own, but may join others on one, which the pool keeps.
    [[nodiscard]] virtual bool may_share() const noexcept { return false; }
    /// A hash of what it runs, if it may.
    [[nodiscard]] virtual std::size_t sql() const noexcept { return 0; }
    virtual void join(
        std::shared_ptr<core>, slot_index, std::shared_ptr<typename connection_type::driver_type>)
    {}
    /// It is cancelled, but is not in line any more: what it waited for may have begun to run.
    virtual void cancel_further(core&, asio::cancellation_type) {}

    std::shared_ptr<pool_waiter> self; // while it is in line
    char const* file = "";             // where it waits
    std::uint32_t line = 0;
    bool counted_alone = false;
};

/// Waits for acquire().
template <class Traits>
class lease_waiter final : public pool_waiter<Traits>
{
public:
    using typename pool_waiter<Traits>::core;
    using typename pool_waiter<Traits>::connection_type;
    using driver = typename connection_type::driver_type;

    template <class Handler>
    explicit lease_waiter(Handler handler) : caller_{std::move(handler)}
    {}
    void serve(std::shared_ptr<core> from, slot_index slot, connection_type lent) override
    {
        auto const home = from->home();
        caller_.complete_later(
            home, nullptr, lease<Traits>{std::move(from), slot, std::move(lent)});
    }
    void refuse(core& by, std::exception_ptr why) override
    {
        caller_.complete_later(by.home(), std::move(why), lease<Traits>{});
    }
    void drop() noexcept override { auto const dropped = std::move(caller_); }

private:
    resumption<lease<Traits>, driver> caller_;
};

/// A verb's call that waits for its connection: it starts as soon as that is there, without its
/// caller being asked.
template <class Traits>
class call_waiter final : public pool_waiter<Traits>
{
public:
    using typename pool_waiter<Traits>::core;
    using typename pool_waiter<Traits>::connection_type;
    using driver = typename connection_type::driver_type;

    call_waiter(std::unique_ptr<call<driver>> what, bool may_leave, bool may_share = false)
        : what_{std::move(what)}, may_leave_{may_leave}, may_share_{may_share}
    {}
    void serve(std::shared_ptr<core> from, slot_index slot, connection_type lent) override
    {
        std::shared_ptr<driver> const runs_on = lent.share_driver();
        from->keep(slot, std::move(lent));
        join(std::move(from), slot, runs_on);
    }
    [[nodiscard]] bool may_share() const noexcept override { return may_share_; }
    [[nodiscard]] std::size_t sql() const noexcept override
    {
        return std::hash<std::string_view>{}(what_->asked().sql());
    }
    void join(std::shared_ptr<core> from, slot_index slot, std::shared_ptr<driver> runs_on) override
    {
        what_->follow(from, slot);
        what_->set_out(runs_on, may_leave_);
        std::uint64_t const id = what_->id();
        runs_on->at_home(
            [&home = *runs_on, what = std::move(what_)]() mutable { home.start(std::move(what)); });
        if (!may_leave_)
            return;
        std::unique_lock lock{from->mutex()};
        runs_on_ = runs_on;
        id_ = id;
        bool const leaves = leaves_;
        lock.unlock();
        if (leaves)
            call<driver>::cancel(*runs_on, id, how_);
    }
    void refuse(core& by, std::exception_ptr why) override
    {
        call<driver>::refuse(std::move(what_), by.home(), std::move(why));
    }
    void drop() noexcept override { what_.reset(); }
    void cancel_further(core& by, asio::cancellation_type type) override
    {
        std::unique_lock lock{by.mutex()};
        auto const runs_on = runs_on_.lock();
        leaves_ = true;
        how_ = type;
        lock.unlock();
        if (runs_on)
            call<driver>::cancel(*runs_on, id_, type);
    }

private:
    std::unique_ptr<call<driver>> what_;
    std::weak_ptr<driver> runs_on_;
    std::uint64_t id_ = 0;
    asio::cancellation_type how_{};
    bool leaves_ = false;
    bool may_leave_;
    bool may_share_;
};

} // namespace pgcoro
