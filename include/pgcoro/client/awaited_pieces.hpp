#pragma once

#include "../core/error.hpp"
#include "../net/asio.hpp"
#include "any_pieces.hpp"
#include "call.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

/// \file
/// Sources of chunks() that give awaitables. Each piece is awaited by a coroutine of its own, on
/// the caller's executor and never on the connection's; all else here happens at the connection's
/// home, unless it says otherwise. Whoever made the call goes on when nothing of his is awaited any
/// more, for the source may refer to what is his.

namespace pgcoro {

class awaited_pieces : public any_pieces
{
public:
    /// Before the call starts: where pieces are awaited.
    virtual void live_on(asio::any_io_executor const& caller) = 0;
    /// Any thread. No piece is wanted any more: what is being awaited is cancelled. `then` runs,
    /// anywhere, when that has ended.
    virtual void end(task then) = 0;
};

/// What chunks() gives for them.
class awaited_value : public chunked_value
{
public:
    awaited_value(std::size_t size, std::shared_ptr<awaited_pieces> from) noexcept
        : chunked_value{size, from}, from_{from}
    {}

    /// The source, unless a call has taken it.
    [[nodiscard]] std::shared_ptr<awaited_pieces> share() const noexcept { return from_.lock(); }

private:
    std::weak_ptr<awaited_pieces> from_;
};

template <class T>
struct executor_of_awaitable;
template <class T, class Executor>
struct executor_of_awaitable<asio::awaitable<T, Executor>>
{
    using type = Executor;
};

template <class Source>
class awaited_pieces_of final : public awaited_pieces,
                                public std::enable_shared_from_this<awaited_pieces_of<Source>>
{
    using next_type = decltype(next_piece(std::declval<Source&>()));
    using piece_type = typename awaited<next_type>::type;
    using executor_type = typename executor_of_awaitable<next_type>::type;

public:
    explicit awaited_pieces_of(Source from) : from_{std::move(from)} {}

    void live_on(asio::any_io_executor const& caller) override
    {
        // Several threads may run it: cancelling must not meet what is cancelled.
        if constexpr (std::is_same_v<executor_type, asio::any_io_executor>)
            home_.emplace(asio::make_strand(caller));
        else if (auto const* const same = caller.target<executor_type>())
            home_.emplace(*same);
    }

    [[nodiscard]] answer next(piece_reader& by) override
    {
        if (!home_)
            throw encode_error{"the source of chunks() gives awaitables of another executor than "
                               "the caller's"};
        if (!std::exchange(asked_, true))
            asio::post(*home_,
                task{[self = this->shared_from_this(), reader = by.wait()] { self->ask(reader); }});
        if (!arrived_)
            return {std::nullopt, true};
        asked_ = arrived_ = false;
        if (error_)
            std::rethrow_exception(error_);
        if (!piece_)
            return {};
        return {bytes_of(*piece_)};
    }

    void end(task then) override
    {
        if (!home_)
            return then();
        asio::post(
            *home_, task{[self = this->shared_from_this(), then = std::move(then)]() mutable {
                self->ended_ = true;
                if (!self->awaiting_)
                    return then();
                self->then_ = std::move(then);
                self->stop_.emit(asio::cancellation_type::terminal);
            }});
    }

private:
    static asio::awaitable<piece_type, executor_type> await_piece(Source& from)
    {
        co_return co_await next_piece(from);
    }

    void ask(std::shared_ptr<waiting_reader> reader)
    {
        if (ended_)
            return;
        awaiting_ = true;
        asio::co_spawn(*home_, await_piece(from_),
            asio::bind_cancellation_slot(
                stop_.slot(), [self = this->shared_from_this(), reader = std::move(reader)](
                                  std::exception_ptr error, piece_type piece) {
                    self->awaiting_ = false;
                    if (self->then_)
                        return std::exchange(self->then_, task{})();
                    reader->go_on(
                        task{[self, error = std::move(error), piece = std::move(piece)]() mutable {
                            self->arrived_ = true;
                            self->error_ = std::move(error);
                            self->piece_ = std::move(piece);
                        }});
                }));
    }

    Source from_;
    std::optional<executor_type> home_;
    // At the connection's home:
    piece_type piece_;
    std::exception_ptr error_;
    bool asked_ = false;
    bool arrived_ = false;
    // At the source's:
    asio::cancellation_signal stop_;
    task then_;
    bool awaiting_ = false;
    bool ended_ = false;
};

using awaited_sources = std::vector<std::shared_ptr<awaited_pieces>>;

template <class T>
inline void add_awaited_source(awaited_sources& to, T const& argument)
{
    if constexpr (is_awaited_in_pieces<T>)
        if (auto source = argument.share())
            to.push_back(std::move(source));
}

/// For verbs::start(), before the arguments are encoded.
template <class... Arguments>
[[nodiscard]] awaited_sources sources_to_await(Arguments const&... arguments)
{
    awaited_sources all;
    (add_awaited_source(all, arguments), ...);
    return all;
}

/// Ends one after the other.
inline void end_sources(awaited_sources&& sources, task then)
{
    if (sources.empty())
        return then();
    auto const last = std::move(sources.back());
    sources.pop_back();
    last->end(task{[sources = std::move(sources), then = std::move(then)]() mutable {
        end_sources(std::move(sources), std::move(then));
    }});
}

/// Waits for what a call gives, and then for the sources of its arguments.
template <class Result, class Executor>
[[nodiscard]] asio::awaitable<Result, Executor> run_with_sources(
    asio::awaitable<Result, Executor> running, awaited_sources sources)
{
    Executor const executor = co_await asio::this_coro::executor;
    for (auto const& each : sources)
        each->live_on(executor);
    asio::use_awaitable_t<Executor> token;
    co_return co_await asio::async_initiate<asio::use_awaitable_t<Executor>,
        void(std::exception_ptr, Result)>(
        [&](auto handler) {
            auto slot = asio::get_associated_cancellation_slot(handler);
            // No source is kept in this frame: it is the handler's, and that may be a source's.
            auto ended = [handler = std::move(handler), sources = std::move(sources)](
                             std::exception_ptr error, Result given) mutable {
                auto const on = asio::get_associated_executor(handler);
                task resume{[handler = std::move(handler), error = std::move(error),
                                given = std::move(given)]() mutable {
                    std::move(handler)(std::move(error), std::move(given));
                }};
                end_sources(std::move(sources), task{[on, resume = std::move(resume)]() mutable {
                    asio::dispatch(on, std::move(resume));
                }});
            };
            asio::co_spawn(
                executor, std::move(running), asio::bind_cancellation_slot(slot, std::move(ended)));
        },
        token);
}

} // namespace pgcoro
