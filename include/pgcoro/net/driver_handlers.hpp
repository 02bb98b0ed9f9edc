#pragma once

#include "asio.hpp"
#include "task.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace pgcoro {

/// A share in the driver that a handler of ours holds. Should the handler be destroyed without
/// having been called, the executor is going away: the parked calls, whose coroutines hold this
/// very driver, must go too.
template <class Driver>
class driver_guard
{
public:
    explicit driver_guard(Driver& guarded) : owner_{guarded.shared_from_this()} {}
    driver_guard(driver_guard&&) noexcept = default;
    driver_guard& operator=(driver_guard&&) = delete;
    ~driver_guard()
    {
        if (owner_)
            owner_->drop_everything();
    }
    [[nodiscard]] std::shared_ptr<Driver> called() noexcept { return std::move(owner_); }

private:
    std::shared_ptr<Driver> owner_;
};

/// What happens next in the driver, when it may: the handler of all waits, reads and turns.
template <class Driver>
class driver_step
{
public:
    using what = void (Driver::*)(asio::error_code, std::size_t count);
    driver_step(Driver& of, what next) : guard_{of}, next_{next} {}
    void operator()(asio::error_code error = {}, std::size_t count = 0)
    {
        auto const alive = guard_.called();
        (alive.get()->*next_)(error, count);
    }

private:
    driver_guard<Driver> guard_;
    what next_;
};

/// What somebody asked of the driver from elsewhere.
template <class Driver>
class driver_errand
{
public:
    driver_errand(Driver& to, task what) : guard_{to}, what_{std::move(what)} {}
    void operator()()
    {
        auto const alive = guard_.called();
        what_();
    }

private:
    driver_guard<Driver> guard_;
    task what_;
};

} // namespace pgcoro
