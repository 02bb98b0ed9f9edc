#pragma once

#include "../core/error.hpp"
#include "call.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace pgcoro {

/// How long a call may take, from its start to its last row: `conn.with(pg::timeout(200ms))`. 0: no
/// limit, whatever options::command_timeout says; below 0 the time is up, and nothing is sent.
/// Waiting for a pool's connection is no part of it; for that, and for what is more than one call,
/// there is within().
class timeout
{
public:
    template <class Rep, class Period>
    constexpr explicit timeout(std::chrono::duration<Rep, Period> limit)
        : limit_{std::chrono::ceil<std::chrono::nanoseconds>(limit)}
    {}
    [[nodiscard]] constexpr std::chrono::nanoseconds limit() const noexcept { return limit_; }

private:
    std::chrono::nanoseconds limit_;
};

template <class Holder, class Driver>
class verbs;

/// The verbs of a connection, transaction or pool, each call within a time limit; made by with(),
/// and not to be kept beyond its holder.
template <class Holder, class Driver>
class limited_verbs : public verbs<limited_verbs<Holder, Driver>, Driver>
{
public:
    limited_verbs(Holder& holder, timeout limit) noexcept : holder_{&holder}, limit_{limit.limit()}
    {}

    [[nodiscard]] auto owner() const { return holder_->owner(); }
    [[nodiscard]] auto share_driver() const requires requires(Holder& on) { on.share_driver(); }
    {
        return holder_->share_driver();
    }
    template <class Call>
    [[nodiscard]] auto run_call(std::unique_ptr<call<Driver>> what) const
    {
        what->limit(limit_);
        if (limit_.count() < 0)
            what->fail(std::make_exception_ptr(timeout_error{
                "the time was up before the call: " + std::string{what->asked().sql()}}));
        return holder_->template run_call<Call>(std::move(what));
    }

private:
    Holder* holder_;
    std::chrono::nanoseconds limit_;
};

} // namespace pgcoro
