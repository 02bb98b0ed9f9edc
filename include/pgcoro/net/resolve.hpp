#pragma once

#include "asio.hpp"
#include "park.hpp"
#include "task.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace pgcoro {

/// One name look-up against one time limit: whichever comes first resumes the handler.
template <class Executor>
class limited_lookup : public std::enable_shared_from_this<limited_lookup<Executor>>
{
public:
    using results = asio::ip::tcp::resolver::results_type;

    /// What it finds goes to variables of the coroutine that waits.
    limited_lookup(
        Executor const& on, asio::error_code& error, results& found, resumed<Executor> handler)
        : resolver_{on}, timer_{on}, error_{error}, found_{found}, handler_{std::move(handler)}
    {}

    void start(std::string const& host, std::string const& service,
        std::chrono::steady_clock::time_point deadline)
    {
        auto const self = this->shared_from_this();
        auto slot = asio::get_associated_cancellation_slot(*handler_);
        if (slot.is_connected())
            slot.assign([weak = this->weak_from_this(), executor = timer_.get_executor()](
                            asio::cancellation_type) {
                asio::post(executor, task{[weak] {
                    if (auto const alive = weak.lock())
                        alive->finish(asio::error::operation_aborted, {});
                }});
            });
        timer_.expires_at(deadline);
        timer_.async_wait(task{[self](asio::error_code error) {
            if (!error)
                self->finish(asio::error::timed_out, {});
        }});
        resolver_.async_resolve(host, service, [self](asio::error_code error, results found) {
            self->finish(error, std::move(found));
        });
    }

private:
    void finish(asio::error_code error, results found)
    {
        if (!handler_)
            return;
        error_ = error;
        found_ = std::move(found);
        resumed<Executor> handler{std::move(*handler_)};
        handler_.reset();
        timer_.cancel();
        std::move(handler)(std::exception_ptr{});
    }

    asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver_;
    asio::basic_waitable_timer<std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>, Executor>
        timer_;
    asio::error_code& error_;
    results& found_;
    std::optional<resumed<Executor>> handler_;
};

/// Looks a name up, but no longer than until `deadline`: a look-up can't be interrupted, so the one
/// under way is left behind and its answer dropped. `error` is timed_out then.
template <class Executor>
[[nodiscard]] asio::awaitable<asio::ip::tcp::resolver::results_type, Executor> resolve(
    std::string host, std::string service, std::chrono::steady_clock::time_point deadline,
    asio::error_code& error)
{
    auto const executor = co_await asio::this_coro::executor;
    asio::ip::tcp::resolver::results_type found;
    auto start = [&](resumed<Executor> handler) {
        std::make_shared<limited_lookup<Executor>>(executor, error, found, std::move(handler))
            ->start(host, service, deadline);
    };
    co_await park<Executor>(start);
    co_return found;
}

} // namespace pgcoro
