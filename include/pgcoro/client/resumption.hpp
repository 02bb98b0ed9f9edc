#pragma once

#include "../net/asio.hpp"
#include "../net/task.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// A parked caller: the completion handler `void(std::exception_ptr, Result)` of one asynchronous
/// operation, whatever its type. Move-only; dropping it destroys the coroutine that waits.
template <class Result, class Driver>
class resumption
{
public:
    resumption() noexcept = default;

    template <class Handler>
    explicit resumption(Handler handler)
    {
        hold(std::move(handler));
    }
    resumption(resumption&& other) noexcept { take(other); }
    resumption& operator=(resumption&& other) noexcept
    {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    ~resumption() { reset(); }

    [[nodiscard]] explicit operator bool() const noexcept { return holder_ != nullptr; }

    /// Nobody was parked here yet.
    template <class Handler>
    void hold(Handler handler)
    {
        using holder = parked<Handler>;
        if constexpr (fits<holder>)
            holder_ = ::new (static_cast<void*>(storage_)) holder{std::move(handler)};
        else
            holder_ = new holder{std::move(handler)};
    }

    /// Resumes the caller: in place if it lives on `home` and that is one thread, else on its own
    /// executor. `result` may own this very object.
    void complete(
        typename Driver::home_executor const& home, std::exception_ptr error, Result result)
    {
        std::exchange(holder_, nullptr)->complete(home, std::move(error), std::move(result), false);
    }
    /// The same, but never in place.
    void complete_later(
        typename Driver::home_executor const& home, std::exception_ptr error, Result result)
    {
        std::exchange(holder_, nullptr)->complete(home, std::move(error), std::move(result), true);
    }

private:
    struct base
    {
        base() = default;
        base(base const&) = delete;
        base& operator=(base const&) = delete;
        /// Destroys it, as destroy() does.
        virtual void complete(typename Driver::home_executor const& home, std::exception_ptr error,
            Result result, bool later) = 0;
        virtual base* move_to(void* storage) noexcept = 0; // null: it stays where it is
        virtual void destroy() noexcept = 0;

    protected:
        ~base() = default;
    };

    template <class Handler>
    struct parked final : base
    {
        explicit parked(Handler from) : handler{std::move(from)} {}

        void complete(typename Driver::home_executor const& home, std::exception_ptr error,
            Result result, bool later) override
        {
            Handler mine{std::move(handler)};
            destroy();
            auto const executor = asio::get_associated_executor(mine, home);
            if constexpr (std::is_same_v<std::decay_t<decltype(executor)>,
                              typename Driver::home_executor> &&
                          !Driver::threads::uses_strand) {
                if (!later && executor == home)
                    return mine(std::move(error), std::move(result));
            }
            asio::post(executor, task{[mine = std::move(mine), error = std::move(error),
                                          result = std::move(result)]() mutable {
                mine(std::move(error), std::move(result));
            }});
        }
        base* move_to(void* storage) noexcept override
        {
            if constexpr (fits<parked>) {
                base* const moved = ::new (storage) parked{std::move(handler)};
                this->~parked();
                return moved;
            } else {
                return nullptr;
            }
        }
        void destroy() noexcept override
        {
            if constexpr (fits<parked>)
                this->~parked();
            else
                delete this;
        }

        Handler handler;
    };

    static constexpr std::size_t room = 64;
    template <class Holder>
    static constexpr bool fits = sizeof(Holder) <= room &&
                                 alignof(Holder) <= alignof(std::max_align_t);

    void take(resumption& other) noexcept
    {
        base* const from = std::exchange(other.holder_, nullptr);
        if (from == nullptr)
            return;
        base* const moved = from->move_to(storage_);
        holder_ = moved != nullptr ? moved : from;
    }
    void reset() noexcept
    {
        if (holder_ != nullptr)
            std::exchange(holder_, nullptr)->destroy();
    }

    alignas(std::max_align_t) std::byte storage_[room];
    base* holder_ = nullptr;
};

/// One of several that wait for the same in turn. Its number tells it from the next: what was meant
/// for it may come when it has just been resumed, and somebody else waits.
template <class Result, class Driver>
class numbered_resumption : public resumption<Result, Driver>
{
public:
    numbered_resumption() noexcept = default;
    template <class Handler>
    numbered_resumption(Handler handler, std::uint64_t number)
        : resumption<Result, Driver>{std::move(handler)}, number_{number}
    {}

    /// Whether it waits, and is meant: 0 means whoever it is.
    [[nodiscard]] bool is(std::uint64_t number) const noexcept
    {
        return *this && (number == 0 || number == number_);
    }

private:
    std::uint64_t number_ = 0;
};

} // namespace pgcoro
