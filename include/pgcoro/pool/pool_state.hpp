#pragma once

#include "pool_options.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace pgcoro {

/// Who gets a connection, and when another one is made: the pool's decisions, without sockets,
/// clock or locks. The pool acts on them.
///
/// Connections are made for the pool, not for a caller: whoever waits longest gets the next one
/// that is there, new or given back. So a caller that goes away never takes one with it.
template <class Connection, class Waiter>
class pool_state
{
public:
    explicit pool_state(pool_options limits)
        : limits_{limits.min_size, std::max({limits.max_size, limits.min_size, std::size_t{1}})}
    {}

    [[nodiscard]] std::size_t max_size() const noexcept { return limits_.max_size; }
    /// All connections: idle, lent, being made.
    [[nodiscard]] std::size_t size() const noexcept { return idle_.size() + lent_ + connecting_; }
    [[nodiscard]] std::size_t idle() const noexcept { return idle_.size(); }
    [[nodiscard]] std::size_t lent() const noexcept { return lent_; }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiters_.size(); }
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    /// Closed, and every connection is back.
    [[nodiscard]] bool ended() const noexcept { return closed_ && size() == 0; }

    /// An idle connection, the one used last; it is lent now. There is none while others wait.
    /// Those found broken are put into `broken`.
    [[nodiscard]] std::optional<Connection> take(std::vector<Connection>& broken)
    {
        while (!idle_.empty()) {
            Connection taken = std::move(idle_.back());
            idle_.pop_back();
            if (taken.is_open()) {
                ++lent_;
                return taken;
            }
            broken.push_back(std::move(taken));
        }
        return std::nullopt;
    }

    void wait(std::uint64_t id, Waiter waiter) { waiters_.emplace_back(id, std::move(waiter)); }

    /// The waiter goes away; nothing if it has been served.
    [[nodiscard]] std::optional<Waiter> leave(std::uint64_t id)
    {
        for (auto at = waiters_.begin(); at != waiters_.end(); ++at) {
            if (at->first == id) {
                std::optional<Waiter> leaving{std::move(at->second)};
                waiters_.erase(at);
                return leaving;
            }
        }
        return std::nullopt;
    }

    /// Whether another connection is to be made now: if so it counts as begun. After a failure only
    /// for those who wait, until one of them has got through: nobody else would bear the failures,
    /// and a server that refuses us be asked again and again.
    [[nodiscard]] bool begin_connecting()
    {
        bool const wanted =
            connecting_ < waiters_.size() || (!failing_ && size() < limits_.min_size);
        if (closed_ || !wanted || size() >= limits_.max_size)
            return false;
        ++connecting_;
        return true;
    }

    /// A new connection is there. It goes to the first waiter, who is given, or becomes idle. With
    /// the pool closed meanwhile it stays with the caller.
    [[nodiscard]] std::optional<Waiter> connected(Connection& made)
    {
        --connecting_;
        failing_ = false;
        return closed_ ? std::nullopt : place(made);
    }

    /// No connection could be made: the waiter who is to be told so, if there is one.
    [[nodiscard]] std::optional<Waiter> connect_failed()
    {
        --connecting_;
        failing_ = true;
        return next_waiter();
    }

    /// A lent connection is back. As connected(); a broken one stays with the caller, too.
    [[nodiscard]] std::optional<Waiter> give_back(Connection& used)
    {
        --lent_;
        return closed_ || !used.is_open() ? std::nullopt : place(used);
    }

    /// Nobody is let in any more. The idle connections, and those who waited.
    struct leftovers
    {
        std::vector<Connection> idle;
        std::deque<std::pair<std::uint64_t, Waiter>> waiters;
    };
    [[nodiscard]] leftovers close()
    {
        closed_ = true;
        return {std::exchange(idle_, {}), std::exchange(waiters_, {})};
    }

private:
    [[nodiscard]] std::optional<Waiter> place(Connection& ready)
    {
        if (std::optional<Waiter> next = next_waiter()) {
            ++lent_;
            return next;
        }
        idle_.push_back(std::move(ready));
        return std::nullopt;
    }

    [[nodiscard]] std::optional<Waiter> next_waiter()
    {
        if (waiters_.empty())
            return std::nullopt;
        std::optional<Waiter> next{std::move(waiters_.front().second)};
        waiters_.pop_front();
        return next;
    }

    pool_options limits_;
    std::vector<Connection> idle_;
    std::deque<std::pair<std::uint64_t, Waiter>> waiters_;
    std::size_t lent_ = 0;
    std::size_t connecting_ = 0;
    bool failing_ = false; // the last connection could not be made
    bool closed_ = false;
};

} // namespace pgcoro
