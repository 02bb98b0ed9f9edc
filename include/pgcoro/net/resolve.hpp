#pragma once

#include "asio.hpp"
#include "task.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace pgcoro {

/// One name look-up against one time limit: whichever comes first resumes the handler.
template <class Executor, class Handler>
class limited_lookup : public std::enable_shared_from_this<limited_lookup<Executor, Handler>>
{
public:
    using results = asio::ip::tcp::resolver::results_type;

    limited_lookup(Executor const& on, Handler handler)
        : resolver_{on}, timer_{on}, handler_{std::move(handler)}
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
        Handler handler{std::move(*handler_)};
        handler_.reset();
        timer_.cancel();
        std::move(handler)(error, std::move(found));
    }

    asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver_;
    asio::basic_waitable_timer<std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>, Executor>
        timer_;
    std::optional<Handler> handler_;
};

/// Looks a name up, but no longer than until `deadline`: a look-up can't be interrupted, so the one
/// under way is left behind and its answer dropped. `error` is timed_out then.
template <class Executor>
[[nodiscard]] asio::awaitable<asio::ip::tcp::resolver::results_type, Executor> resolve(
    std::string host, std::string service, std::chrono::steady_clock::time_point deadline,
    asio::error_code& error)
{
    auto const executor = co_await asio::this_coro::executor;
    auto token = asio::redirect_error(asio::use_awaitable_t<Executor>{}, error);
    co_return co_await asio::async_initiate<decltype(token),
        void(asio::error_code, asio::ip::tcp::resolver::results_type)>(
        [&](auto handler) {
            std::make_shared<limited_lookup<Executor, decltype(handler)>>(
                executor, std::move(handler))
                ->start(host, service, deadline);
        },
        token);
}

} // namespace pgcoro
