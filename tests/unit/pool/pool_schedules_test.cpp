#include "catch.hpp"

#include <pgcoro/pool/pool_policy.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
namespace pg = pgcoro;

namespace {

struct broken_rule : std::runtime_error
{
    using std::runtime_error::runtime_error;
};
void must(bool holds, char const* rule)
{
    if (!holds)
        throw broken_rule{rule};
}

struct caller : pg::queued
{};

/// What a connection really is, whatever the policy thinks.
struct real
{
    enum class state
    {
        connecting,
        idle,
        lent,
        checking,
        closing,
    };
    state now = state::connecting;
    bool works = true;
    bool outdated = false;
    std::uint64_t uses = 0;
    pg::pool_policy<>::time_point unused_since{};
    pg::pool_policy<>::time_point born{};
};

/// One schedule: callers, connections and a clock that do what a seeded generator says, while all
/// that the policy decides is held against the rules.
template <class Policy>
class schedule
{
public:
    explicit schedule(std::uint64_t seed)
        : random_{seed}, limits_{choose_limits()}, policy_{limits_, seed}
    {}

    void run()
    {
        pump();
        for (int step = 0; step < 60; ++step) {
            act();
            rested_ = false;
            if (chance(20)) // another thread is faster
                act();
            pump();
            check_counts();
        }
        finish();
    }

private:
    using kind = pg::pool_action::kind;
    using time_point = typename Policy::time_point;

    bool chance(unsigned percent) { return random_() % 100 < percent; }
    template <class Map>
    auto any(Map& of)
    {
        return std::next(of.begin(), static_cast<std::ptrdiff_t>(random_() % of.size()));
    }
    template <class T>
    T one_of(std::initializer_list<T> values)
    {
        return *(values.begin() + random_() % values.size());
    }

    pg::pool_options choose_limits()
    {
        pg::pool_options limits;
        limits.min_size = random_() % 3;
        limits.max_size = random_() % 5;
        limits.max_waiters = one_of<std::size_t>({0, 0, 1, 5});
        limits.max_connecting = random_() % 4;
        limits.acquire_timeout = one_of({0ms, 500ms, 5'000ms});
        limits.max_lifetime = one_of({0ms, 2'000ms});
        limits.max_idle_time = one_of({0ms, 1'000ms});
        limits.max_uses = one_of<std::uint64_t>({0, 0, 3});
        limits.check_after_idle = one_of({0ms, 300ms});
        return limits;
    }

    // ---- what happens

    void act()
    {
        switch (random_() % 16) {
        case 0:
        case 1:
        case 2:
        case 3:
            return acquire();
        case 4:
        case 5:
        case 6:
            return in(real::state::lent, [&](auto at) { give_back(at, !chance(15)); });
        case 7:
        case 8:
            return in(real::state::connecting, [&](auto at) { finish_connecting(at); });
        case 9:
            return in(real::state::checking, [&](auto at) { finish_checking(at, !chance(30)); });
        case 10:
            return cancel();
        case 11:
            return in(real::state::idle, [&](auto at) { lose(at); });
        case 12: {
            std::size_t const min = random_() % 3;
            std::size_t const max = random_() % 5;
            limits_.min_size = min;
            policy_.resize(min, max);
            return;
        }
        case 13:
            if (chance(30)) {
                policy_.expire_connections();
                for (auto& [at, each] : real_)
                    each.outdated = true;
            }
            return;
        case 14:
            now_ += std::chrono::milliseconds{random_() % 1000};
            return;
        default:
            if (policy_.wake_at() != time_point::max())
                now_ = std::max(now_, policy_.wake_at());
            return;
        }
    }

    template <class Action>
    void in(real::state state, Action action)
    {
        std::vector<pg::slot_index> those;
        for (auto const& [at, each] : real_)
            if (each.now == state)
                those.push_back(at);
        if (!those.empty())
            action(those[random_() % those.size()]);
    }

    void acquire()
    {
        if (pg::slot_index const at = policy_.take(now_); at != pg::no_slot) {
            must(line_.empty(), "nobody overtakes those who wait");
            return lend(at);
        }
        if (!policy_.has_room_to_wait()) {
            must(limits_.max_waiters != 0 && line_.size() >= limits_.max_waiters,
                "turned away only if the line is full");
            return;
        }
        callers_.push_back(std::make_unique<caller>());
        line_.push_back(callers_.back().get());
        policy_.wait(*callers_.back(), now_, limits_.acquire_timeout);
        if (rested_ && policy_.only_waits() && policy_.wake_at() > now_)
            must(policy_.next(now_).what == kind::nothing,
                "who can only wait need not be looked at");
    }
    void cancel()
    {
        if (line_.empty())
            return;
        auto const at = any(line_);
        must(policy_.leave(**at), "whoever waits can leave");
        must(!policy_.leave(**at), "and only once");
        line_.erase(at);
    }
    void lend(pg::slot_index at)
    {
        auto const found = real_.find(at);
        must(found != real_.end() && found->second.now == real::state::idle,
            "only idle ones are lent");
        real& each = found->second;
        must(each.works, "no connection is lent that is known not to work");
        must(!each.outdated, "none is lent that was to be replaced");
        must(limits_.check_after_idle == 0ms || now_ - each.unused_since < limits_.check_after_idle,
            "none is lent that must be asked first");
        must(limits_.max_uses == 0 || each.uses < limits_.max_uses, "none is used too often");
        must(limits_.max_lifetime == 0ms || now_ < each.born + limits_.max_lifetime,
            "none is lent that is too old");
        each.now = real::state::lent;
        ++each.uses;
    }
    void give_back(pg::slot_index at, bool works)
    {
        real& each = real_.at(at);
        each.now = real::state::idle;
        each.works = works;
        each.unused_since = now_;
        if (works && chance(10)) {
            each.now = real::state::checking;
            policy_.give_back_busy(at);
        } else {
            policy_.give_back(at, works, now_);
        }
    }
    void finish_connecting(pg::slot_index at)
    {
        if (chance(30)) {
            real_.erase(at);
            policy_.connect_failed(at, chance(10), now_);
        } else {
            real_.at(at).now = real::state::idle;
            real_.at(at).unused_since = real_.at(at).born = now_;
            policy_.connected(at, now_);
        }
    }
    void finish_checking(pg::slot_index at, bool works)
    {
        real_.at(at).now = real::state::idle;
        real_.at(at).works = works;
        real_.at(at).unused_since = now_;
        policy_.checked(at, works, now_);
    }
    void lose(pg::slot_index at)
    {
        real_.at(at).works = false;
        policy_.lost(at, now_);
    }

    // ---- what the policy decides

    void pump()
    {
        for (int actions = 0;; ++actions) {
            must(actions < 1000, "there is an end to what is to be done");
            pg::pool_action const todo = policy_.next(now_);
            if (todo.what == kind::nothing)
                break;
            obey(todo);
        }
        rested_ = true;
        check_rest();
    }
    void obey(pg::pool_action const& todo)
    {
        switch (todo.what) {
        case kind::connect:
            must(real_.count(todo.slot) == 0, "a connection has a slot of its own");
            must(real_.size() < policy_.max_size(), "there are never more than max_size");
            real_[todo.slot] = {};
            break;
        case kind::check:
            must(real_.at(todo.slot).now == real::state::idle, "only idle ones are asked");
            real_.at(todo.slot).now = real::state::checking;
            break;
        case kind::close: {
            auto const found = real_.find(todo.slot);
            must(found != real_.end() && found->second.now == real::state::idle,
                "nothing is closed that is in use, or twice");
            found->second.now = real::state::closing;
            real_.erase(found);
            policy_.closed(todo.slot);
            break;
        }
        case kind::serve:
            if (chance(3)) { // it breaks in this moment
                must(todo.who == first(), "who waited longest is served first");
                real_.at(todo.slot).works = false;
                policy_.not_served(*todo.who, todo.slot);
                break;
            }
            leave_front(todo.who, "who waited longest is served first");
            lend(todo.slot);
            break;
        case kind::late: {
            auto const at = std::find(line_.begin(), line_.end(), todo.who);
            must(at != line_.end(), "who is late was waiting");
            must(todo.who->deadline() <= now_, "nobody is late before the time");
            line_.erase(at);
            break;
        }
        case kind::refuse:
        case kind::turn_away:
            leave_front(todo.who, "who waited longest is told first");
            break;
        case kind::nothing:
            break;
        }
    }
    caller* first() { return line_.empty() ? nullptr : line_.front(); }
    void leave_front(pg::queued* who, char const* rule)
    {
        must(!line_.empty() && line_.front() == who, rule);
        line_.pop_front();
    }

    void check_rest()
    {
        must(policy_.wake_at() > now_, "what is to be done now is not put off");
        for (caller const* each : line_)
            must(each->deadline() > now_, "nobody waits beyond the deadline");
        std::size_t coming = 0;
        std::size_t used = 0;
        for (auto const& [at, each] : real_) {
            coming += each.now == real::state::connecting || each.now == real::state::checking;
            used += each.now == real::state::lent;
            must(each.now != real::state::idle || each.works, "what is broken leaves the pool");
            must(each.now != real::state::idle || !each.outdated, "so does what is to be replaced");
        }
        must(line_.empty() || coming + used != 0 || policy_.wake_at() != time_point::max(),
            "something will happen for those who wait");
    }
    void check_counts()
    {
        std::map<real::state, std::size_t> counted;
        for (auto const& [at, each] : real_)
            ++counted[each.now];
        must(policy_.size() == real_.size(), "every connection is accounted for");
        must(policy_.idle() == counted[real::state::idle], "so are the idle ones");
        must(policy_.lent() == counted[real::state::lent], "so are those that are lent");
        must(policy_.connecting() == counted[real::state::connecting], "those that are made");
        must(policy_.checking() == counted[real::state::checking], "those that are asked");
        must(policy_.waiting() == line_.size(), "and all who wait");
    }

    /// All goes well from now on: everybody in line must get something.
    void finish()
    {
        for (int turns = 0; !line_.empty(); ++turns) {
            must(turns < 200, "nobody waits for ever");
            auto const snapshot = real_;
            for (auto const& [at, each] : snapshot) {
                if (each.now == real::state::connecting) {
                    real_.at(at).now = real::state::idle;
                    real_.at(at).unused_since = real_.at(at).born = now_;
                    policy_.connected(at, now_);
                } else if (each.now == real::state::checking) {
                    finish_checking(at, true);
                } else if (each.now == real::state::lent) {
                    give_back(at, true);
                }
            }
            pump();
            if (policy_.wake_at() != time_point::max() && !line_.empty() &&
                policy_.connecting() + policy_.checking() + policy_.lent() == 0)
                now_ = policy_.wake_at();
            pump();
        }
        for (auto& [at, each] : real_) {
            if (each.now == real::state::lent) {
                each.now = real::state::idle;
                policy_.give_back(at, true, now_);
            }
        }
        policy_.close();
        pump();
        for (auto it = real_.begin(); it != real_.end();) {
            auto const at = it->first;
            auto const state = it->second.now;
            ++it;
            if (state == real::state::connecting) {
                real_.erase(at);
                policy_.connect_failed(at, false, now_);
            } else if (state == real::state::checking) {
                finish_checking(at, true);
            }
        }
        pump();
        must(policy_.ended() && real_.empty(), "a closed pool is empty at last");
    }

    std::mt19937_64 random_;
    bool rested_ = false; // nothing has happened since pump()
    pg::pool_options limits_;
    Policy policy_;
    time_point now_{1h};
    std::map<pg::slot_index, real> real_;
    std::deque<caller*> line_;
    std::vector<std::unique_ptr<caller>> callers_;
};

template <class Policy>
std::string first_broken_rule(std::uint64_t seeds)
{
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        try {
            schedule<Policy>{seed}.run();
        } catch (broken_rule const& rule) {
            return "seed " + std::to_string(seed) + ": " + rule.what();
        }
    }
    return {};
}

// ---- policies with a mistake, which must be found

using right = pg::pool_policy<>;

struct keeps_the_cancelled : right
{
    using right::right;
    bool leave(pg::queued&) { return !std::exchange(told_, !told_); }
    bool told_ = false;
};
struct trusts_what_comes_back : right
{
    using right::right;
    void give_back(pg::slot_index at, bool, time_point now) { right::give_back(at, true, now); }
};
struct trusts_what_was_asked : right
{
    using right::right;
    void checked(pg::slot_index at, bool, time_point now) { right::checked(at, true, now); }
};
struct forgets_the_lost : right
{
    using right::right;
    void lost(pg::slot_index, time_point) {}
};
struct loses_who_was_not_served : right
{
    using right::right;
    void not_served(pg::queued&, pg::slot_index at) { right::give_back(at, false, {}); }
};
struct is_slow : right
{
    using right::right;
    pg::pool_action next(time_point now) { return right::next(now - 100ms); }
};
struct never_wakes : right
{
    using right::right;
    [[nodiscard]] static time_point wake_at() { return time_point::max(); }
};

} // namespace

TEST_CASE("ten thousand schedules keep the pool's rules")
{
    CHECK(first_broken_rule<right>(10'000) == "");
}

TEST_CASE("schedules keep the pool's rules with other traits")
{
    using in_turn = pg::pool_policy<pg::pool_order::round_robin>;
    CHECK(first_broken_rule<in_turn>(2'000) == "");
}

TEST_CASE("the schedules find a pool's mistakes")
{
    CHECK(first_broken_rule<keeps_the_cancelled>(1'000) != "");
    CHECK(first_broken_rule<trusts_what_comes_back>(1'000) != "");
    CHECK(first_broken_rule<trusts_what_was_asked>(1'000) != "");
    CHECK(first_broken_rule<forgets_the_lost>(1'000) != "");
    CHECK(first_broken_rule<loses_who_was_not_served>(1'000) != "");
    CHECK(first_broken_rule<is_slow>(1'000) != "");
    CHECK(first_broken_rule<never_wakes>(1'000) != "");
}
