#pragma once

#include "../client/connect.hpp"
#include "pool_state.hpp"
#include "pool_traits.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace pgcoro {

template <class Traits>
class lease;

/// What a pool shares with its leases and with the connections that are being made.
template <class Traits>
class pool_core : public std::enable_shared_from_this<pool_core<Traits>>
{
public:
    using executor_type = typename Traits::executor_type;
    using connection_type = typename Traits::connection_type;
    using driver_type = typename connection_type::driver_type;
    using waiter = resumption<lease<Traits>, driver_type>;
    using closer = resumption<std::monostate, driver_type>;

    pool_core(executor_type executor, options to, pool_options limits)
        : executor_{executor}, options_{std::move(to)}, state_{limits}, anchor_{executor}
    {
        options_.remember_scram();
    }
    pool_core(pool_core const&) = delete;
    pool_core& operator=(pool_core const&) = delete;

    void open()
    {
        anchor_.expires_at(std::chrono::steady_clock::time_point::max());
        anchor_.async_wait(anchored{this->shared_from_this()});
        connect_as_needed();
    }

    /// An idle connection, if there is one. Throws pool_closed.
    [[nodiscard]] std::optional<lease<Traits>> try_acquire()
    {
        std::vector<connection_type> broken; // destroyed unlocked
        std::scoped_lock const lock{mutex_};
        if (state_.closed())
            throw pool_closed{"the pool is closed"};
        if (auto taken = state_.take(broken))
            return lease<Traits>{this->shared_from_this(), std::move(*taken)};
        return std::nullopt;
    }

    /// Parks a caller until it is its turn.
    template <class Handler>
    void wait(Handler handler)
    {
        auto slot = asio::get_associated_cancellation_slot(handler);
        std::uint64_t id = 0;
        bool refused = false;
        waiter parked{std::move(handler)};
        {
            std::scoped_lock const lock{mutex_};
            id = ++last_id_;
            refused = state_.closed();
            if (!refused)
                state_.wait(id, std::move(parked));
        }
        if (refused)
            return answer(
                std::move(parked), std::make_exception_ptr(pool_closed{"the pool is closed"}));
        if (slot.is_connected())
            slot.assign([weak = this->weak_from_this(), id](asio::cancellation_type) {
                if (auto const core = weak.lock())
                    asio::post(core->executor_, [core, id] { core->cancel(id); });
            });
        connect_as_needed();
    }

    /// A lease ends. What it left open is undone at once, before the next user's first call.
    void give_back(connection_type used) noexcept
    {
        used.clean_up();
        std::optional<waiter> next;
        {
            std::scoped_lock const lock{mutex_};
            next = state_.give_back(used);
        }
        if (next)
            answer(std::move(*next), lease<Traits>{this->shared_from_this(), std::move(used)});
        else
            after_change();
    }

    template <class Handler>
    void close(Handler handler)
    {
        {
            std::scoped_lock const lock{mutex_};
            closers_.push_back(closer{std::move(handler)});
        }
        shut();
    }

    /// Closes without waiting for the leases.
    void shut() noexcept
    {
        typename pool_state<connection_type, waiter>::leftovers left;
        {
            std::scoped_lock const lock{mutex_};
            left = state_.close();
        }
        for (auto& [id, each] : left.waiters)
            answer(std::move(each), std::make_exception_ptr(pool_closed{"the pool was closed"}));
        left.idle.clear();
        after_change();
    }

    [[nodiscard]] std::size_t size() const
    {
        return read(&pool_state<connection_type, waiter>::size);
    }
    [[nodiscard]] std::size_t idle() const
    {
        return read(&pool_state<connection_type, waiter>::idle);
    }
    [[nodiscard]] std::size_t waiting() const
    {
        return read(&pool_state<connection_type, waiter>::waiting);
    }

private:
    /// Waits for nothing, as long as the pool is open. Its end without a call says that the
    /// executor is going away: then nobody will come for those who are parked.
    class anchored
    {
    public:
        explicit anchored(std::shared_ptr<pool_core> core) : core_{std::move(core)} {}
        anchored(anchored&&) noexcept = default;
        anchored& operator=(anchored&&) = delete;
        ~anchored()
        {
            if (core_)
                core_->drop_everything();
        }
        void operator()(asio::error_code) { core_.reset(); }

    private:
        std::shared_ptr<pool_core> core_;
    };

    template <class Member>
    [[nodiscard]] std::size_t read(Member member) const
    {
        std::scoped_lock const lock{mutex_};
        return (state_.*member)();
    }

    void cancel(std::uint64_t id)
    {
        std::optional<waiter> leaving;
        {
            std::scoped_lock const lock{mutex_};
            leaving = state_.leave(id);
        }
        if (leaving)
            answer(std::move(*leaving), std::make_exception_ptr(std::system_error{
                                            asio::error_code{asio::error::operation_aborted}}));
    }

    void connect_as_needed()
    {
        for (;;) {
            {
                std::scoped_lock const lock{mutex_};
                if (!state_.begin_connecting())
                    return;
            }
            asio::co_spawn(executor_, connect<connection_type>(options_),
                [core = this->shared_from_this()](std::exception_ptr error, connection_type made) {
                    core->connected(std::move(error), std::move(made));
                });
        }
    }

    void connected(std::exception_ptr error, connection_type made)
    {
        std::optional<waiter> next;
        {
            std::scoped_lock const lock{mutex_};
            next = error ? state_.connect_failed() : state_.connected(made);
        }
        if (next && error)
            answer(std::move(*next), std::move(error));
        else if (next)
            answer(std::move(*next), lease<Traits>{this->shared_from_this(), std::move(made)});
        after_change();
    }

    void after_change() noexcept
    {
        std::vector<closer> done;
        bool ended = false;
        {
            std::scoped_lock const lock{mutex_};
            ended = state_.ended();
            if (ended) {
                done = std::exchange(closers_, {});
                anchor_.cancel();
            }
        }
        if (!ended)
            return connect_as_needed();
        for (closer& each : done)
            each.complete_later(home(), nullptr, {});
    }

    [[nodiscard]] auto home() const { return driver_type::threads::make_home(executor_); }
    void answer(waiter to, lease<Traits> got)
    {
        to.complete_later(home(), nullptr, std::move(got));
    }
    void answer(waiter to, std::exception_ptr error)
    {
        to.complete_later(home(), std::move(error), lease<Traits>{});
    }

    void drop_everything() noexcept
    {
        typename pool_state<connection_type, waiter>::leftovers left;
        std::vector<closer> closers;
        std::scoped_lock const lock{mutex_};
        left = state_.close();
        closers = std::exchange(closers_, {});
    }

    executor_type executor_;
    options options_;
    mutable typename Traits::mutex_type mutex_;
    pool_state<connection_type, waiter> state_;
    std::vector<closer> closers_;
    std::uint64_t last_id_ = 0;
    asio::basic_waitable_timer<std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>, executor_type>
        anchor_;
};

} // namespace pgcoro
