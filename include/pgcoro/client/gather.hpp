#pragma once

#include "../net/asio.hpp"

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace pgcoro {

/// What gather() gives for an awaitable of T: T, or std::monostate for void.
template <class T>
using gathered = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// What the children of one gather() share: results, the first error, and who waits.
template <class Handler, class Results>
class gathering : public std::enable_shared_from_this<gathering<Handler, Results>>
{
public:
    gathering(Handler handler, std::size_t children)
        : handler_{std::move(handler)}, signals_(children), running_{children + 1}
    {}

    Results results{};

    [[nodiscard]] asio::cancellation_slot slot(std::size_t child) { return signals_[child].slot(); }
    void cancel(asio::cancellation_type type)
    {
        for (auto& signal : signals_)
            signal.emit(type);
    }

    void failed(std::exception_ptr error) noexcept
    {
        if (!has_error_.exchange(true))
            error_ = std::move(error);
    }
    /// A child is through, or the start of them all: the last one resumes the caller, in place
    /// only if that can't be within the initiation itself.
    void done(bool starting = false)
    {
        if (running_.fetch_sub(1, std::memory_order_acq_rel) != 1)
            return;
        Handler handler{std::move(handler_)};
        auto const executor = asio::get_associated_executor(handler);
        auto finish = [handler = std::move(handler), error = std::move(error_),
                          results = std::move(results)]() mutable {
            std::move(handler)(std::move(error), std::move(results));
        };
        if (starting)
            asio::post(executor, std::move(finish));
        else
            asio::dispatch(executor, std::move(finish));
    }

private:
    Handler handler_;
    std::vector<asio::cancellation_signal> signals_;
    std::atomic<std::size_t> running_;
    std::atomic<bool> has_error_{false};
    std::exception_ptr error_;
};

/// Starts one child and puts its result where `place` says.
template <class Gathering, class T, class Executor, class Place>
void start_child(std::shared_ptr<Gathering> const& all, std::size_t index, Executor const& executor,
    asio::awaitable<T, Executor> child, Place place)
{
    if constexpr (std::is_void_v<T>)
        asio::co_spawn(executor, std::move(child),
            asio::bind_cancellation_slot(all->slot(index), [all, place](std::exception_ptr error) {
                if (error)
                    all->failed(std::move(error));
                else
                    place(all->results).emplace();
                all->done();
            }));
    else
        asio::co_spawn(executor, std::move(child),
            asio::bind_cancellation_slot(
                all->slot(index), [all, place](std::exception_ptr error, T value) {
                    if (error)
                        all->failed(std::move(error));
                    else
                        place(all->results).emplace(std::move(value));
                    all->done();
                }));
}

/// Runs all awaitables at once and waits for them all; then gives their results as a tuple, or
/// rethrows the first error. Those of one connection are pipelined. Cancelled, it cancels them all
/// and waits for them.
template <class Executor, class... T>
[[nodiscard]] asio::awaitable<std::tuple<gathered<T>...>, Executor> gather(
    asio::awaitable<T, Executor>... children)
{
    using results = std::tuple<std::optional<gathered<T>>...>;
    auto const executor = co_await asio::this_coro::executor;
    asio::use_awaitable_t<Executor> token;
    auto got = co_await asio::async_initiate<asio::use_awaitable_t<Executor>,
        void(std::exception_ptr, results)>(
        [&](auto handler) {
            using all = gathering<decltype(handler), results>;
            auto slot = asio::get_associated_cancellation_slot(handler);
            auto const state = std::make_shared<all>(std::move(handler), sizeof...(T));
            if (slot.is_connected())
                slot.assign([weak = std::weak_ptr<all>{state}](asio::cancellation_type type) {
                    if (auto const alive = weak.lock())
                        alive->cancel(type);
                });
            [&]<std::size_t... I>(std::index_sequence<I...>)
            {
                (start_child(
                     state, I, executor, std::move(children),
                     [](results & into) -> auto& { return std::get<I>(into); }),
                    ...);
            }
            (std::index_sequence_for<T...>{});
            state->done(true);
        },
        token);
    co_return std::apply(
        [](auto&... each) { return std::tuple<gathered<T>...>{std::move(*each)...}; }, got);
}

/// The same for a range of awaitables of one kind: gives a vector, in their order.
template <class T, class Executor>
[[nodiscard]] asio::awaitable<std::vector<gathered<T>>, Executor> gather(
    std::vector<asio::awaitable<T, Executor>> children)
{
    using results = std::vector<std::optional<gathered<T>>>;
    auto const executor = co_await asio::this_coro::executor;
    asio::use_awaitable_t<Executor> token;
    auto got = co_await asio::async_initiate<asio::use_awaitable_t<Executor>,
        void(std::exception_ptr, results)>(
        [&](auto handler) {
            using all = gathering<decltype(handler), results>;
            auto slot = asio::get_associated_cancellation_slot(handler);
            auto const state = std::make_shared<all>(std::move(handler), children.size());
            state->results.resize(children.size());
            if (slot.is_connected())
                slot.assign([weak = std::weak_ptr<all>{state}](asio::cancellation_type type) {
                    if (auto const alive = weak.lock())
                        alive->cancel(type);
                });
            for (std::size_t i = 0; i < children.size(); ++i)
                start_child(
                    state, i, executor,
                    std::move(children[i]), [i](results & into) -> auto& { return into[i]; });
            state->done(true);
        },
        token);
    std::vector<gathered<T>> values;
    values.reserve(got.size());
    for (auto& each : got)
        values.push_back(std::move(*each));
    co_return values;
}

} // namespace pgcoro
