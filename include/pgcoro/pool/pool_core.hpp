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
    [[nodiscard]] std::optional<lease<Traits>> try_acquire(std::source_location where)
    {
        std::optional<lease<Traits>> got;
        traced_lease traced;
        bool more = false;
        {
            std::scoped_lock const lock{mutex_};
            if (policy_.closed())
                throw pool_closed{"the pool is closed"};
            slot_index const at = take(where.file_name(), where.line());
            if (at != no_slot) {
                traced = traced_as(at, {});
                got.emplace(this->shared_from_this(), at, std::move(connections_[at]));
            }
            more = !policy_.rests();
        }
        if (got && options_.trace())
            tell_acquired(traced);
        if (more)
            work();
        return got;
    }

    /// Parks a caller until it is its turn. `limit` below 0: acquire_timeout.
    template <class Handler>
    void wait(Handler handler, std::chrono::nanoseconds limit, std::source_location where)
    {
        auto slot = asio::get_associated_cancellation_slot(handler);
        enter(share<lease_waiter<Traits>>(std::move(handler)), slot, limit, where);
    }

    /// Runs a verb's call on a connection of its own: at once if there is one.
    template <class Handler>
    void run(std::unique_ptr<call<driver_type>> what, Handler handler)
    {
        std::shared_ptr<driver_type> driver;
        slot_index at = no_slot;
        traced_lease traced;
        bool more = false;
        bool may_share = false;
        if constexpr (choices::multiplexes) {
            share_connection(*what);
            may_share = !what->feeds() && !what->takes_ownership();
        }
        {
            std::scoped_lock const lock{mutex_};
            if (!policy_.closed()) {
                if constexpr (choices::multiplexes)
                    at = take_shared(*what, may_share);
                else
                    at = take("", 0);
                if (at != no_slot) {
                    driver = connections_[at].share_driver();
                    if (!joins_others(at))
                        traced = traced_as(at, {});
                }
                more = !policy_.rests();
            }
        }
        if (traced.process_id != 0)
            tell_acquired(traced);
        if (driver) {
            driver_type& home = *driver;
            what->follow(this->shared_from_this(), at);
            what->park(std::move(driver), std::move(handler));
            home.at_home(
                [&home, what = std::move(what)]() mutable { home.start(std::move(what)); });
        } else {
            auto slot = asio::get_associated_cancellation_slot(handler);
            what->wait(std::move(handler));
            enter(share<call_waiter<Traits>>(std::move(what), slot.is_connected(), may_share), slot,
                std::chrono::nanoseconds{-1}, {});
        }
        if (more)
            work();
    }

    // ---- connections that come back

    /// A lease ends. What it left open is undone at once, before the next user's first call.
    void give_back(slot_index at, connection_type used) noexcept
    {
        std::shared_ptr<driver_type> driver = used.share_driver();
        if (options_.trace())
            tell_released(at, used.server_process_id());
        if constexpr (hooks_release<hooks_type, connection_type>) {
            if (driver)
                return release_hooked(at, std::move(used));
        }
        keep(at, std::move(used));
        if (driver)
            go_home(at, std::move(driver));
        else
            is_back(at, clean_up_result::broken);
    }
    /// The same for a verb's call, at its connection's home: nothing else was run.
    void call_ended(std::uint32_t at, [[maybe_unused]] exchange const& what) noexcept override
    {
        std::shared_ptr<driver_type> home;
        std::uint32_t process_id = 0;
        bool goes_on = false;
        {
            std::scoped_lock const lock{mutex_};
            home = connections_[at].share_driver();
            process_id = connections_[at].server_process_id();
            if constexpr (choices::multiplexes)
                goes_on = sharing_.ended(
                    at, limits_of_sharing(), clock::now(), home->state().answered(), hash(what));
        }
        if (goes_on)
            return share_out();
        if (options_.trace())
            tell_released(at, process_id);
        clean(at, *home, true);
    }
    /// What pool_check found.
    void checked(slot_index at, bool works) noexcept
    {
        {
            std::scoped_lock const lock{mutex_};
            policy_.checked(at, works && connections_[at].is_open(), clock::now());
        }
        work();
    }
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
    void close(Handler handler, std::chrono::nanoseconds limit)
    {
        wait_for_leases(closer{std::move(handler)}, limit, false);
        shut();
    }
    /// Replaces all connections, and resumes the caller when none of them is left.
    template <class Handler>
    void drain(Handler handler, std::chrono::nanoseconds limit)
    {
        {
            std::scoped_lock const lock{mutex_};
            policy_.expire_connections();
        }
        wait_for_leases(closer{std::move(handler)}, limit, true);
        work();
    }

    /// Closes without waiting for the leases.
    void shut() noexcept
    {
        {
            std::scoped_lock const lock{mutex_};
            policy_.close();
        }
        work();
        for_others([](pool_core& other) { other.shut(); });
    }
    void resize(std::size_t min, std::size_t max)
    {
        {
            std::scoped_lock const lock{mutex_};
            policy_.resize(min, max);
            connections_.grow(policy_.slots());
            holders_.grow(policy_.slots());
            sharing_.grow(policy_.slots());
        }
        work();
        for_others([=](pool_core& other) { other.resize(min, max); });
    }
    void expire_connections() noexcept
    {
        {
            std::scoped_lock const lock{mutex_};
            policy_.expire_connections();
        }
        work();
        for_others([](pool_core& other) { other.expire_connections(); });
    }

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
    [[nodiscard]] slot_index take(char const* file, std::uint32_t line) noexcept
    {
        auto const now = clock::now();
        for (;;) {
            slot_index const at = policy_.take(now);
            if (at == no_slot)
                return at;
            if (connections_[at].is_open()) {
                counters_.acquired();
                note_holder(at, file, line, now);
                return at;
            }
            policy_.give_back(at, false, now);
        }
    }
    void note_holder(slot_index at, char const* file, std::uint32_t line, clock::time_point now)
    {
        if constexpr (choices::names_holders)
            holders_[at] = {file, line, now};
        else
            (void)at, (void)file, (void)line, (void)now;
    }

    // ---- what tracers hear

    /// Locked.
    [[nodiscard]] traced_lease traced_as(slot_index at, std::chrono::nanoseconds waited) const
    {
        traced_lease lent;
        if (!options_.trace())
            return lent;
        lent.process_id = connections_[at].server_process_id();
        lent.waited = waited;
        if constexpr (choices::names_holders) {
            lent.file = holders_[at].file;
            lent.line = holders_[at].line;
        }
        return lent;
    }
    void tell_acquired(traced_lease const& lent) const noexcept
    {
        try {
            options_.trace()->acquired(lent);
        } catch (...) { // as with the other functions of a tracer
        }
    }
    void tell_released(slot_index at, std::uint32_t process_id) const noexcept
    {
        try {
            traced_lease back;
            {
                std::scoped_lock const lock{mutex_};
                back = traced_as(at, {});
                if constexpr (choices::names_holders)
                    back.held = clock::now() - holders_[at].since;
            }
            back.process_id = process_id;
            options_.trace()->released(back);
        } catch (...) {
        }
    }

    /// Puts a caller in line, or refuses it.
    void enter(std::shared_ptr<waiter> who, asio::cancellation_slot slot,
        std::chrono::nanoseconds limit, std::source_location where)
    {
        who->file = where.file_name();
        who->line = where.line();
        if (slot.is_connected())
            slot.assign([weak = this->weak_from_this(), who](asio::cancellation_type type) {
                if (auto const core = weak.lock())
                    asio::post(
                        core->executor_, task{[core, who, type] { core->cancel(*who, type); }});
            });
        std::exception_ptr refusal;
        bool more = true;
        {
            std::scoped_lock const lock{mutex_};
            if (policy_.closed()) {
                refusal = std::make_exception_ptr(pool_closed{"the pool is closed"});
            } else if (!policy_.has_room_to_wait()) {
                counters_.turned_away();
                refusal = std::make_exception_ptr(too_many_waiters{why_full()});
            } else {
                who->self = who;
                policy_.wait(*who, clock::now(),
                    limit.count() < 0 ? std::chrono::nanoseconds{policy_.limits().acquire_timeout}
                                      : limit);
                count_alone(*who, true);
                if constexpr (!choices::multiplexes)
                    more = !policy_.only_waits() || policy_.wake_at() < armed_for_;
            }
        }
        if (refusal)
            return who->refuse(*this, std::move(refusal));
        if (more)
            work();
    }

    void cancel(waiter& who, asio::cancellation_type type)
    {
        std::shared_ptr<waiter> leaving;
        {
            std::scoped_lock const lock{mutex_};
            if (policy_.leave(who)) {
                counters_.cancelled();
                leaving = std::move(who.self);
                count_alone(who, false);
            }
        }
        if (!leaving)
            return who.cancel_further(*this, type);
        leaving->refuse(*this, std::make_exception_ptr(std::system_error{
                                   asio::error_code{asio::error::operation_aborted}}));
    }

    // ---- sharing: of these nothing is compiled for a pool that doesn't

    /// Marks a call as one of many on its connection. One that would change the session fails.
    static void share_connection(call<driver_type>& what)
    {
        what.share_connection();
        bool refused = is_of_the_session(what.asked().sql());
        for (auto const& part : what.parts())
            refused = refused || is_of_the_session(part->asked().sql());
        if (refused)
            what.fail(std::make_exception_ptr(session_state_refused{
                "BEGIN, START, SET, LISTEN, DECLARE and COPY change the session, which is shared: "
                "run them on a connection of your own, with acquire() or transaction()"}));
    }
    [[nodiscard]] static std::size_t hash(exchange const& what) noexcept
    {
        std::size_t sum = std::hash<std::string_view>{}(what.asked().sql());
        for (auto const& part : what.parts())
            sum = sum * 31 + std::hash<std::string_view>{}(part->asked().sql());
        return sum;
    }
    [[nodiscard]] sharing_limits limits_of_sharing() const noexcept
    {
        auto const& all = policy_.limits();
        return {all.shared_depth, all.shared_crowd, all.shared_patience};
    }

    /// Locked. Where a call goes at once, if anywhere; and whether it shares its connection.
    [[nodiscard]] slot_index take_shared(call<driver_type> const& what, bool may_share) noexcept
    {
        auto const now = clock::now();
        bool const shares = may_share && sharing_.is_quick(limits_of_sharing(), hash(what));
        slot_index at = shares ? place(now) : no_slot;
        if (at == no_slot && (at = take("", 0)) != no_slot)
            (void)begin_lending(at, shares, now);
        return at;
    }
    /// Locked. A connection for one more call among those that are shared.
    [[nodiscard]] slot_index place(clock::time_point now) noexcept
    {
        for (;;) {
            slot_index const at = sharing_.choose(limits_of_sharing(), now, policy_.may_grow());
            if (at == no_slot)
                return at;
            if (connections_[at].is_open() && policy_.may_be_lent(at, now)) {
                sharing_.begin(at, now);
                counters_.acquired();
                return at;
            }
            sharing_.leave(at);
        }
    }
    /// Locked. Gives whether it is shared.
    bool begin_lending(slot_index at, bool shares, clock::time_point now) noexcept
    {
        if (!shares) {
            sharing_.begin_alone(at, now);
            return false;
        }
        sharing_.open(at);
        sharing_.begin(at, now);
        return true;
    }
    /// Locked. The call that has just begun there is not the only one.
    [[nodiscard]] bool joins_others([[maybe_unused]] slot_index at) const noexcept
    {
        if constexpr (choices::multiplexes)
            return sharing_.load(at) > 1;
        else
            return false;
    }
    /// Locked. By what is known now: what it waits to run may have been quick for another caller.
    [[nodiscard]] bool shares(waiter const& who) const noexcept
    {
        return who.may_share() && sharing_.is_quick(limits_of_sharing(), who.sql());
    }
    /// Locked. How many in line want a connection of their own decides whether others make way.
    void count_alone([[maybe_unused]] waiter& who, [[maybe_unused]] bool comes) noexcept
    {
        if constexpr (choices::multiplexes) {
            if (comes)
                who.counted_alone = !shares(who);
            if (who.counted_alone)
                waiting_alone_.count += comes ? 1 : -1;
            sharing_.make_way(waiting_alone_.count > 0 && !policy_.may_grow());
        }
    }
    void join(waiter& who, slot_index at) noexcept
    {
        std::shared_ptr<driver_type> driver;
        {
            std::scoped_lock const lock{mutex_};
            driver = connections_[at].share_driver();
        }
        who.join(this->shared_from_this(), at, std::move(driver));
        share_out();
    }
    /// Calls that wait in line join others where there is room for them now.
    void share_out() noexcept
    {
        if constexpr (choices::multiplexes) {
            for (;;) {
                std::shared_ptr<waiter> who;
                std::shared_ptr<driver_type> driver;
                slot_index at = no_slot;
                {
                    std::scoped_lock const lock{mutex_};
                    queued* first = policy_.line().first();
                    for (int overtaken = 0; first != nullptr && overtaken < 16; ++overtaken) {
                        if (shares(*static_cast<waiter*>(first)))
                            break;
                        first = wait_queue::behind(*first);
                    }
                    if (first == nullptr || !shares(*static_cast<waiter*>(first)))
                        return;
                    at = place(clock::now());
                    if (at == no_slot)
                        return;
                    policy_.leave(*first);
                    who = std::move(static_cast<waiter*>(first)->self);
                    count_alone(*who, false);
                    driver = connections_[at].share_driver();
                }
                who->join(this->shared_from_this(), at, std::move(driver));
            }
        }
    }

    // ---- doing what the policy decides

    void woken()
    {
        {
            std::scoped_lock const lock{mutex_};
            armed_for_ = {};
            armed_ = false;
        }
        work();
    }

    /// Locked. One wait is under way as long as the pool is open.
    void arm(clock::time_point at)
    {
        if (armed_ && at >= armed_for_)
            return;
        armed_ = true;
        armed_for_ = at;
        timer_.expires_at(at);
        timer_.async_wait(alarm{this->shared_from_this()});
    }

    void work() noexcept
    {
        auto const now = clock::now();
        for (;;) {
            pool_action todo;
            connection_type moved;
            traced_lease traced;
            std::exception_ptr why;
            std::shared_ptr<waiter> who;
            {
                std::scoped_lock const lock{mutex_};
                todo = policy_.next(now);
                if (todo.what == pool_action::kind::nothing) {
                    if (policy_.ended())
                        timer_.cancel();
                    else
                        arm(std::min(policy_.wake_at(), patience_ends_));
                    break;
                }
                if (todo.who != nullptr)
                    who = static_cast<waiter*>(todo.who)->self;
                if (!prepare(todo, now, moved, why))
                    continue;
                if (who) {
                    who->self.reset();
                    count_alone(*who, false);
                }
                if (todo.what == pool_action::kind::serve && options_.trace()) {
                    traced = traced_as(todo.slot, now - todo.who->since());
                    traced.process_id = std::max(
                        connections_[todo.slot].server_process_id(), moved.server_process_id());
                }
            }
            if (traced.process_id != 0)
                tell_acquired(traced);
            act(todo, std::move(moved), who.get(), std::move(why));
        }
        tell_leavers(now);
    }

    /// Locked: what of an action must be done under the lock. False: it can't be done.
    [[nodiscard]] bool prepare(pool_action const& todo, clock::time_point now,
        connection_type& moved, std::exception_ptr& why)
    {
        using kind = pool_action::kind;
        switch (todo.what) {
        case kind::serve:
            if (!connections_[todo.slot].is_open()) {
                policy_.not_served(*todo.who, todo.slot);
                return false;
            }
            counters_.acquired_after(now - todo.who->since());
            note_holder(todo.slot, static_cast<waiter*>(todo.who)->file,
                static_cast<waiter*>(todo.who)->line, now);
            if constexpr (choices::multiplexes)
                if (begin_lending(todo.slot, shares(*static_cast<waiter*>(todo.who)), now))
                    break;
            moved = std::move(connections_[todo.slot]);
            break;
        case kind::close:
            counters_.destroyed(todo.reason);
            moved = std::move(connections_[todo.slot]);
            if constexpr (!hooks_close<hooks_type, connection_type>)
                policy_.closed(todo.slot);
            break;
        case kind::late:
            counters_.timed_out();
            why = std::make_exception_ptr(
                timeout_error{why_late(static_cast<waiter const&>(*todo.who), now)});
            break;
        case kind::refuse:
            why = last_failure_;
            break;
        case kind::turn_away:
            why = std::make_exception_ptr(pool_closed{"the pool was closed"});
            break;
        default:
            break;
        }
        return true;
    }

    void act(pool_action const& todo, connection_type moved, waiter* who,
        std::exception_ptr why) noexcept
    {
        using kind = pool_action::kind;
        switch (todo.what) {
        case kind::serve:
            if constexpr (choices::multiplexes)
                if (!moved.share_driver()) // it stays where it is, and others join it there
                    return join(*who, todo.slot);
            return who->serve(this->shared_from_this(), todo.slot, std::move(moved));
        case kind::close:
            if constexpr (hooks_close<hooks_type, connection_type>)
                close_hooked(todo.slot, todo.reason, std::move(moved));
            return;
        case kind::connect:
            return begin_connecting(todo.slot);
        case kind::check:
            return check(todo.slot);
        default:
            return who->refuse(*this, std::move(why));
        }
    }

    void begin_connecting(slot_index at)
    {
        asio::co_spawn(executor_, make(this->shared_from_this()),
            [core = this->shared_from_this(), at](std::exception_ptr error, connection_type made) {
                core->connected(at, std::move(error), std::move(made));
            });
    }
    static asio::awaitable<connection_type, executor_type> make(std::shared_ptr<pool_core> core)
    {
        connection_type made = co_await connect<connection_type>(core->options_);
        if constexpr (hooks_connect<hooks_type, connection_type>) {
            co_await call_hook<executor_type>([&] { return core->hooks_.on_connect(made); });
            if (!made.is_open())
                throw connection_lost{"the connection was closed, or lost, during on_connect"};
        }
        co_return made;
    }
    void connected(slot_index at, std::exception_ptr error, connection_type made)
    {
        if (!error)
            watch(at, made);
        bool const for_good = error && fails_for_good(error);
        {
            std::scoped_lock const lock{mutex_};
            if (error) {
                counters_.failed_connect();
                last_failure_ = std::move(error);
                policy_.connect_failed(at, for_good, clock::now());
            } else {
                counters_.created();
                last_failure_ = nullptr;
                connections_[at] = std::move(made);
                policy_.connected(at, clock::now());
                if (!connections_[at].is_open()) // lost before somebody watched
                    policy_.lost(at);
            }
        }
        work();
    }
    /// A connection that is lost while it is idle leaves the pool.
    void watch(slot_index at, connection_type& made)
    {
        auto const driver = made.share_driver();
        bool const notes = policy_.limits().reset == pool_reset::as_needed;
        driver->at_home([weak = this->weak_from_this(), at, driver, notes] {
            if (notes)
                driver->state().note_leftovers();
            driver->when_closed(task{[weak, at, which = driver.get()] {
                if (auto const core = weak.lock())
                    core->lost(at, which);
            }});
        });
    }
    void lost(slot_index at, driver_type const* which) noexcept
    {
        {
            std::scoped_lock const lock{mutex_};
            if (connections_[at].share_driver().get() != which)
                return;
            policy_.lost(at);
        }
        work();
    }

    void check(slot_index at)
    {
        std::shared_ptr<driver_type> driver;
        {
            std::scoped_lock const lock{mutex_};
            driver = connections_[at].share_driver();
        }
        auto const limit = std::chrono::nanoseconds{policy_.limits().check_timeout};
        driver->at_home([core = this->shared_from_this(), at, driver, limit] {
            auto asking = std::make_unique<pool_check<pool_core>>(core, at, *driver);
            if (limit.count() > 0) {
                asking->identify(driver->new_id());
                asking->expire_at(exchange::clock::now() + limit);
            }
            driver->start(std::move(asking));
        });
    }

    void go_home(slot_index at, std::shared_ptr<driver_type> driver) noexcept
    {
        driver_type& home = *driver;
        home.at_home_from_destructor(
            [core = this->shared_from_this(), at, driver = std::move(driver)] {
                core->clean(at, *driver, false);
            });
    }
    /// At home.
    void clean(slot_index at, driver_type& home, bool call_alone) noexcept
    {
        clean_up_result how = clean_up_result::broken;
        try {
            how = clean_up(home, policy_.limits().reset, call_alone, options_.trace());
        } catch (...) { // out of memory: nobody may have it
            home.close(std::current_exception());
        }
        if (are_of(role::primary, options_.target_session_attrs()) && home.state().refuses_writes())
            demoted();
        is_back(at, how);
        if (how == clean_up_result::busy)
            home.start_later(
                std::make_unique<pool_check<pool_core>>(this->shared_from_this(), at, home));
    }
    /// The server takes no writes any more, and all connections are for them.
    void demoted() noexcept
    {
        {
            std::scoped_lock const lock{mutex_};
            policy_.expire_connections();
        }
        work();
    }
    void is_back(slot_index at, clean_up_result how) noexcept
    {
        bool more = true;
        {
            std::scoped_lock const lock{mutex_};
            if (how == clean_up_result::busy)
                policy_.give_back_busy(at);
            else
                policy_.give_back(at, how == clean_up_result::clean, clock::now());
            more = !policy_.rests() || policy_.wake_at() < armed_for_ || !leavers_.empty();
        }
        if (more)
            work();
    }

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

    void wait_for_leases(closer who, std::chrono::nanoseconds limit, bool drains)
    {
        auto const now = clock::now();
        if (limit.count() < 0)
            limit = policy_.limits().close_timeout;
        auto const deadline = limit.count() > 0 && limit < clock::time_point::max() - now
                                  ? now + limit
                                  : clock::time_point::max();
        std::scoped_lock const lock{mutex_};
        leavers_.push_back({std::move(who), now, deadline, drains});
        patience_ends_ = std::min(patience_ends_, deadline);
    }
    void tell_leavers(clock::time_point now) noexcept
    {
        std::vector<std::pair<closer, std::exception_ptr>> done;
        {
            std::scoped_lock const lock{mutex_};
            if (leavers_.empty())
                return;
            patience_ends_ = clock::time_point::max();
            bool const outdated = policy_.outdated() != 0;
            std::vector<leaver> stay;
            for (leaver& each : leavers_) {
                if (policy_.ended() || (each.drains && !outdated))
                    done.emplace_back(std::move(each.who), nullptr);
                else if (each.deadline <= now)
                    done.emplace_back(std::move(each.who),
                        std::make_exception_ptr(
                            timeout_error{"timed out after " + in_milliseconds(now - each.since) +
                                          (each.drains ? " draining" : " closing") +
                                          " the pool: " + who_holds(now)}));
                else
                    stay.push_back(std::move(each));
            }
            leavers_ = std::move(stay);
            for (leaver const& each : leavers_)
                patience_ends_ = std::min(patience_ends_, each.deadline);
        }
        for (auto& [who, error] : done)
            who.complete_later(home(), std::move(error), {});
    }

    // ---- messages; locked

    [[nodiscard]] static std::string in_milliseconds(std::chrono::nanoseconds time)
    {
        return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) +
               " ms";
    }
    /// Which connections are lent, for how long and where they were acquired.
    [[nodiscard]] std::string who_holds(clock::time_point now) const
    {
        std::string text = std::to_string(policy_.lent()) + " of at most " +
                           std::to_string(policy_.max_size()) + " connections are lent";
        if constexpr (choices::names_holders) {
            constexpr int most = 5;
            int named = 0;
            for (slot_index at = 0; at < policy_.slots(); ++at) {
                if (policy_.slot(at).now != pool_slot::state::lent || ++named > most)
                    continue;
                holder const& by = holders_[at];
                text += named == 1 ? ": to " : ", ";
                text += by.line == 0 ? std::string{"a verb of the pool"}
                                     : by.file + (':' + std::to_string(by.line));
                text += " for " + in_milliseconds(now - by.since);
            }
            if (named > most)
                text += ", and others";
        }
        return text;
    }
    [[nodiscard]] std::string why_full() const
    {
        return std::to_string(policy_.waiting()) + " callers wait for the pool already, and " +
               who_holds(clock::now());
    }
    [[nodiscard]] std::string why_late(waiter const& who, clock::time_point now) const
    {
        std::string text = "timed out after " + in_milliseconds(now - who.since()) +
                           " waiting for a connection of the pool";
        if (who.line != 0)
            text += ", at " + (who.file + (':' + std::to_string(who.line)));
        text += ": " + who_holds(now) + "; " + std::to_string(policy_.waiting()) +
                " other callers wait";
        if (policy_.lent() >= policy_.max_size())
            text += ". (A coroutine that holds a connection and waits for another one waits for "
                    "itself, if all that hold one do so.)";
        if (last_failure_)
            text += ". The last attempt to connect failed: " + text_of(last_failure_);
        return text;
    }
    [[nodiscard]] static std::string text_of(std::exception_ptr const& error)
    {
        try {
            std::rethrow_exception(error);
        } catch (std::exception const& known) {
            return known.what();
        } catch (...) {
            return "unknown";
        }
    }

    void drop_everything() noexcept
    {
        std::vector<std::shared_ptr<waiter>> left;
        std::vector<leaver> leavers;
        std::scoped_lock const lock{mutex_};
        policy_.close();
        while (queued* const first = policy_.line().first()) {
            policy_.leave(*first);
            left.push_back(std::move(static_cast<waiter*>(first)->self));
            left.back()->drop();
        }
        leavers = std::exchange(leavers_, {});
    }

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
