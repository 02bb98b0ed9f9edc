#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pgcoro {

/// Whoever stands in line for a connection derives from it.
class queued
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    queued() noexcept = default;
    queued(queued const&) = delete;
    queued& operator=(queued const&) = delete;

    [[nodiscard]] bool in_line() const noexcept { return in_line_; }
    /// Later callers have higher numbers; the first has 1.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    /// When it began to wait, and when it has to be over.
    [[nodiscard]] time_point since() const noexcept { return since_; }
    [[nodiscard]] time_point deadline() const noexcept { return deadline_; }

protected:
    ~queued() = default;

private:
    friend class wait_queue;

    queued* before_ = nullptr;
    queued* behind_ = nullptr;
    std::uint64_t number_ = 0;
    time_point since_{};
    time_point deadline_ = time_point::max();
    bool in_line_ = false;
};

/// A line of waiters, who are somebody else's. Leaving it takes the same time wherever one stands:
/// ten thousand may be cancelled at once.
class wait_queue
{
public:
    using time_point = queued::time_point;

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Of whoever came last; 0: nobody did yet.
    [[nodiscard]] std::uint64_t last_number() const noexcept { return last_number_; }
    [[nodiscard]] queued* first() const noexcept { return first_; }
    [[nodiscard]] static queued* behind(queued const& each) noexcept { return each.behind_; }

    void add(queued& last, time_point now, time_point deadline) noexcept
    {
        last.number_ = ++last_number_;
        last.since_ = now;
        last.deadline_ = deadline;
        last.in_line_ = true;
        last.before_ = last_;
        last.behind_ = nullptr;
        (last_ == nullptr ? first_ : last_->behind_) = &last;
        last_ = &last;
        ++size_;
    }

    /// Whoever has just left from the front is the first again.
    void put_back(queued& again) noexcept
    {
        again.in_line_ = true;
        again.before_ = nullptr;
        again.behind_ = first_;
        (first_ == nullptr ? last_ : first_->before_) = &again;
        first_ = &again;
        ++size_;
    }

    void remove(queued& leaving) noexcept
    {
        (leaving.before_ == nullptr ? first_ : leaving.before_->behind_) = leaving.behind_;
        (leaving.behind_ == nullptr ? last_ : leaving.behind_->before_) = leaving.before_;
        leaving.in_line_ = false;
        --size_;
    }

private:
    queued* first_ = nullptr;
    queued* last_ = nullptr;
    std::size_t size_ = 0;
    std::uint64_t last_number_ = 0;
};

} // namespace pgcoro
