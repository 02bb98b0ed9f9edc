#pragma once

#include "../client/connect.hpp"
#include "pool_check.hpp"
#include "pool_clean_up.hpp"
#include "pool_hooks.hpp"
#include "pool_role.hpp"
#include "pool_stats.hpp"
#include "pool_traits.hpp"
#include "pool_waiter.hpp"
#include "session_statement.hpp"
#include "sharing_policy.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace pgcoro {

/// Whether an attempt to connect would fail again in the same way: what is wrong are the options or
/// the password, not the server or the way to it.
[[nodiscard]] inline bool fails_for_good(std::exception_ptr const& error)
{
    try {
        std::rethrow_exception(error);
    } catch (server_error const& said) {
        // no such user, wrong password; no such database; may not connect to it
        sqlstate const state = said.state();
        std::string_view const kind = state.class_code();
        return kind == "28" || kind == "3D" || kind == "42";
    } catch (options_error const&) {
        return true;
    } catch (authentication_error const&) {
        return true;
    } catch (...) {
        return false;
    }
}

/// What a pool shares with its leases and with the connections that are being made: does what the
/// policy decides.
template <class Traits>
class pool_core final : public call_follower, public std::enable_shared_from_this<pool_core<Traits>>
{
public:
    using executor_type = typename Traits::executor_type;
    using connection_type = typename Traits::connection_type;
    using driver_type = typename connection_type::driver_type;
    using choices = pool_choices<Traits>;
    using hooks_type = typename choices::hooks_type;
    using policy = typename choices::policy;
    using clock = typename policy::clock;
    using waiter = pool_waiter<Traits>;
    using closer = resumption<std::monostate, driver_type>;

    static constexpr bool hooks_lending =
        hooks_acquire<hooks_type, connection_type> || hooks_release<hooks_type, connection_type>;

    pool_core(executor_type executor, options to, pool_options const& limits, hooks_type hooks)
        : executor_{executor},
          options_{std::move(to)},
          policy_{limits, static_cast<std::uint64_t>(clock::now().time_since_epoch().count())},
          hooks_{std::move(hooks)},
          timer_{executor}
    {
        options_.remember_scram();
        connections_.grow(policy_.slots());
        holders_.grow(policy_.slots());
        sharing_.grow(policy_.slots());
    }

    void open()
    {
        {
            std::scoped_lock const lock{mutex_};
            arm(clock::time_point::max());
        }
        work();
    }

    // ---- callers

    /// An idle connection, if there is one that can be lent without asking it first. Throws
    /// pool_closed.
    [[nodiscard]] std::optional<lease<Traits>> try_acquire(std::source_location where);

    /// Parks a caller until it is its turn. `limit` below 0: acquire_timeout.
    template <class Handler>
    void wait(Handler handler, std::chrono::nanoseconds limit, std::source_location where);

    /// Runs a verb's call, whose caller waits and may leave by `slot`, on a connection of its own:
    /// at once if there is one.
    void run(std::unique_ptr<call<driver_type>> what, asio::cancellation_slot slot);

    // ---- connections that come back

    /// A lease ends. What it left open is undone at once, before the next user's first call.
    void give_back(slot_index at, connection_type used) noexcept;
    /// The same for a verb's call, at its connection's home: nothing else was run.
    void call_ended(std::uint32_t at, [[maybe_unused]] exchange const& what) noexcept override;
    /// What pool_check found.
    void checked(slot_index at, bool works) noexcept;
    /// A connection's place while it is lent to a verb.
    void keep(slot_index at, connection_type lent) noexcept
    {
        std::scoped_lock const lock{mutex_};
        connections_[at] = std::move(lent);
    }

    // ---- the pool

    /// Closes, and resumes the caller when all is over, or `limit` has passed; below 0:
    /// close_timeout; 0: none.
    template <class Handler>
    void close(Handler handler, std::chrono::nanoseconds limit);
    /// Replaces all connections, and resumes the caller when none of them is left.
    template <class Handler>
    void drain(Handler handler, std::chrono::nanoseconds limit);

    /// Closes without waiting for the leases.
    void shut() noexcept;
    void resize(std::size_t min, std::size_t max);
    void expire_connections() noexcept;

    /// The connections of one role: this, if they are of it anyhow, or there is but one server;
    /// else they are looked after beside it, from the first time that somebody asks.
    [[nodiscard]] std::shared_ptr<pool_core> of_role(role which)
    {
        if (are_of(which, options_.target_session_attrs()))
            return this->shared_from_this();
        std::shared_ptr<pool_core> made;
        {
            std::scoped_lock const lock{mutex_};
            std::shared_ptr<pool_core>& known = others_[static_cast<std::size_t>(which)];
            if (known)
                return known;
            if (policy_.closed() || options_.servers().size() < 2)
                return this->shared_from_this();
            auto to = options_;
            to.target_session_attrs(target_of(which));
            made = std::make_shared<pool_core>(executor_, std::move(to), policy_.limits(), hooks_);
            known = made;
        }
        made->open();
        return made;
    }
    /// Those of them that there are.
    [[nodiscard]] std::array<std::shared_ptr<pool_core>, roles> others() const
    {
        std::scoped_lock const lock{mutex_};
        return others_;
    }

    [[nodiscard]] std::size_t size() const { return read(&policy::size); }
    [[nodiscard]] std::size_t idle() const { return read(&policy::idle); }
    [[nodiscard]] std::size_t waiting() const { return read(&policy::waiting); }
    [[nodiscard]] pool_stats stats() const
    {
        std::scoped_lock const lock{mutex_};
        pool_stats now = counters_.counts();
        now.size = policy_.size();
        now.min_size = policy_.limits().min_size;
        now.max_size = policy_.limits().max_size;
        now.idle = policy_.idle();
        now.in_use = policy_.lent();
        now.connecting = policy_.connecting();
        now.checking = policy_.checking();
        now.waiting = policy_.waiting();
        return now;
    }

    [[nodiscard]] std::chrono::nanoseconds close_timeout() const noexcept
    {
        return policy_.limits().close_timeout;
    }
    [[nodiscard]] hooks_type& hooks() noexcept { return hooks_; }
    [[nodiscard]] auto home() const { return driver_type::threads::make_home(executor_); }
    [[nodiscard]] typename Traits::mutex_type& mutex() const noexcept { return mutex_; }

private:
    /// Waits until the policy is to be asked again, or for nothing, as long as the pool is open.
    /// Its end without a call says that the executor is going away: then nobody will come for those
    /// who are parked.
    class alarm
    {
    public:
        explicit alarm(std::shared_ptr<pool_core> core) : core_{std::move(core)} {}
        alarm(alarm&&) noexcept = default;
        alarm& operator=(alarm&&) = delete;
        ~alarm()
        {
            if (core_)
                core_->drop_everything();
        }
        void operator()(asio::error_code cancelled)
        {
            if (auto const core = std::move(core_); !cancelled)
                core->woken();
        }

    private:
        std::shared_ptr<pool_core> core_;
    };

    struct no_sharing
    {
        static constexpr void grow(std::size_t) noexcept {}
    };
    struct no_count
    {};
    struct counted
    {
        int count = 0;
    };
    using sharing =
        std::conditional_t<choices::multiplexes, sharing_policy<choices::capacity>, no_sharing>;
    using alone = std::conditional_t<choices::multiplexes, counted, no_count>;

    /// Where a connection was acquired.
    struct holder
    {
        char const* file = "";
        std::uint32_t line = 0;
        clock::time_point since{};
    };
    struct no_holders
    {
        static constexpr void grow(std::size_t) noexcept {}
    };
    using holder_array = std::conditional_t<choices::names_holders,
        slot_array<holder, choices::capacity>, no_holders>;

    template <class Member>
    [[nodiscard]] std::size_t read(Member member) const
    {
        std::size_t sum = 0;
        for (auto const& other : others())
            sum += other ? other->read(member) : 0;
        std::scoped_lock const lock{mutex_};
        return sum + (policy_.*member)();
    }
    template <class Function>
    void for_others(Function function) const
    {
        for (auto const& other : others())
            if (other)
                function(*other);
    }

    /// Locked.
    [[nodiscard]] slot_index take(char const* file, std::uint32_t line) noexcept;
    void note_holder(slot_index at, char const* file, std::uint32_t line, clock::time_point now)
    {
        if constexpr (choices::names_holders)
            holders_[at] = {file, line, now};
        else
            (void)at, (void)file, (void)line, (void)now;
    }

    // ---- what tracers hear

    /// Locked.
    [[nodiscard]] traced_lease traced_as(slot_index at, std::chrono::nanoseconds waited) const;
    void tell_acquired(traced_lease const& lent) const noexcept;
    void tell_released(slot_index at, std::uint32_t process_id) const noexcept;

    /// Puts a caller in line, or refuses it.
    void enter(std::shared_ptr<waiter> who, asio::cancellation_slot slot,
        std::chrono::nanoseconds limit, std::source_location where);

    void cancel(waiter& who, asio::cancellation_type type);

    // ---- sharing: of these nothing is compiled for a pool that doesn't

    /// Marks a call as one of many on its connection. One that would change the session fails.
    static void share_connection(call<driver_type>& what);
    [[nodiscard]] static std::size_t hash(exchange const& what) noexcept;
    [[nodiscard]] sharing_limits limits_of_sharing() const noexcept
    {
        auto const& all = policy_.limits();
        return {all.shared_depth, all.shared_crowd, all.shared_patience};
    }

    /// Locked. Where a call goes at once, if anywhere; and whether it shares its connection.
    [[nodiscard]] slot_index take_shared(call<driver_type> const& what, bool may_share) noexcept;
    /// Locked. A connection for one more call among those that are shared.
    [[nodiscard]] slot_index place(clock::time_point now) noexcept;
    /// Locked. Gives whether it is shared.
    bool begin_lending(slot_index at, bool shares, clock::time_point now) noexcept;
    /// Locked. The call that has just begun there is not the only one.
    [[nodiscard]] bool joins_others([[maybe_unused]] slot_index at) const noexcept
    {
        if constexpr (choices::multiplexes)
            return sharing_.load(at) > 1;
        else
            return false;
    }
    /// Locked. By what is known now: what it waits to run may have been quick for another caller.
    [[nodiscard]] bool shares(waiter const& who) const noexcept;
    /// Locked. How many in line want a connection of their own decides whether others make way.
    void count_alone([[maybe_unused]] waiter& who, [[maybe_unused]] bool comes) noexcept;
    void join(waiter& who, slot_index at) noexcept;
    /// Calls that wait in line join others where there is room for them now.
    void share_out() noexcept;

    // ---- doing what the policy decides

    void woken();

    /// Locked. One wait is under way as long as the pool is open.
    void arm(clock::time_point at);

    void work() noexcept;

    /// Locked: what of an action must be done under the lock. False: it can't be done.
    [[nodiscard]] bool prepare(pool_action const& todo, clock::time_point now,
        connection_type& moved, std::exception_ptr& why);

    void act(pool_action const& todo, connection_type moved, waiter* who,
        std::exception_ptr why) noexcept;

    void begin_connecting(slot_index at);
    static asio::awaitable<connection_type, executor_type> make(std::shared_ptr<pool_core> core);
    void connected(slot_index at, std::exception_ptr error, connection_type made);
    /// A connection that is lost while it is idle leaves the pool.
    void watch(slot_index at, connection_type& made);
    void lost(slot_index at, driver_type const* which) noexcept;

    void check(slot_index at);

    void go_home(slot_index at, std::shared_ptr<driver_type> driver) noexcept;
    /// At home.
    void clean(slot_index at, driver_type& home, bool call_alone) noexcept;
    /// The server takes no writes any more, and all connections are for them.
    void demoted() noexcept;
    void is_back(slot_index at, clean_up_result how) noexcept;

    /// A hook that is a coroutine runs as one of the pool's own; the connection is lent meanwhile.
    void release_hooked(slot_index at,
        connection_type used) noexcept requires hooks_release<hooks_type, connection_type>
    {
        auto hooked = std::make_shared<connection_type>(std::move(used));
        auto hook = [this, hooked] { return hooks_.on_release(*hooked); };
        auto back = [core = this->shared_from_this(), at, hooked](std::exception_ptr error) {
            auto const driver = hooked->share_driver();
            if (error)
                hooked->terminate();
            core->keep(at, std::move(*hooked));
            if (driver)
                core->go_home(at, driver);
            else
                core->is_back(at, clean_up_result::broken);
        };
        if constexpr (std::is_void_v<decltype(hooks_.on_release(*hooked))>) {
            std::exception_ptr error;
            try {
                hook();
            } catch (...) {
                error = std::current_exception();
            }
            back(error);
        } else {
            asio::co_spawn(executor_, call_hook<executor_type>(hook), back);
        }
    }
    void close_hooked(slot_index at, close_reason why,
        connection_type leaving) noexcept requires hooks_close<hooks_type, connection_type>
    {
        auto closed = [core = this->shared_from_this(), at] {
            {
                std::scoped_lock const lock{core->mutex_};
                core->policy_.closed(at);
            }
        };
        auto hooked = std::make_shared<connection_type>(std::move(leaving));
        auto hook = [this, hooked, why] { return hooks_.on_close(*hooked, why); };
        if constexpr (std::is_void_v<decltype(hooks_.on_close(*hooked, why))>) {
            try {
                hook();
            } catch (...) { // it is closed anyhow
            }
            hooked->terminate();
            closed();
        } else {
            asio::co_spawn(executor_, call_hook<executor_type>(hook),
                [core = this->shared_from_this(), hooked, closed](std::exception_ptr) {
                    hooked->terminate();
                    closed();
                    core->work();
                });
        }
    }

    // ---- who waits for the end of leases

    struct leaver
    {
        closer who;
        clock::time_point since;
        clock::time_point deadline;
        bool drains; // waits for the outdated connections only
    };

    void wait_for_leases(closer who, std::chrono::nanoseconds limit, bool drains);
    void tell_leavers(clock::time_point now) noexcept;

    // ---- messages; locked

    [[nodiscard]] static std::string in_milliseconds(std::chrono::nanoseconds time);
    /// Which connections are lent, for how long and where they were acquired.
    [[nodiscard]] std::string who_holds(clock::time_point now) const;
    [[nodiscard]] std::string why_full() const;
    [[nodiscard]] std::string why_late(waiter const& who, clock::time_point now) const;
    [[nodiscard]] static std::string text_of(std::exception_ptr const& error);

    void drop_everything() noexcept;

    executor_type executor_;
    options options_;
    [[no_unique_address]] mutable typename Traits::mutex_type mutex_;
    policy policy_;
    slot_array<connection_type, choices::capacity> connections_;
    [[no_unique_address]] holder_array holders_;
    [[no_unique_address]] pool_counters<choices::statistics> counters_;
    [[no_unique_address]] hooks_type hooks_;
    [[no_unique_address]] sharing sharing_;
    [[no_unique_address]] alone waiting_alone_;
    std::array<std::shared_ptr<pool_core>, roles> others_; // each of a role
    std::exception_ptr last_failure_;
    std::vector<leaver> leavers_; // who waits in close() or drain()
    typename clock::time_point patience_ends_ = clock::time_point::max();
    asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor_type> timer_;
    typename clock::time_point armed_for_{};
    bool armed_ = false;
};

} // namespace pgcoro

#include "pool_connecting.hpp"
#include "pool_leaving.hpp"
#include "pool_lending.hpp"
#include "pool_messages.hpp"
#include "pool_returning.hpp"
#include "pool_sharing.hpp"
#include "pool_work.hpp"
