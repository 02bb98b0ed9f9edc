#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// Which of a pool's connections.
using slot_index = std::uint32_t;
inline constexpr slot_index no_slot = ~slot_index{0};

/// Why a connection was closed.
enum class close_reason : std::uint8_t
{
    broken,      ///< lost, or closed by its user
    check,       ///< it did not answer when it was asked
    lifetime,    ///< max_lifetime
    idle,        ///< max_idle_time
    uses,        ///< max_uses
    surplus,     ///< the pool was made smaller
    replaced,    ///< expire_connections(), drain()
    pool_closed, ///< close(), terminate()
};
inline constexpr std::size_t close_reasons = 8;

/// What the policy knows of a connection.
struct pool_slot
{
    enum class state : std::uint8_t
    {
        vacant,
        connecting,
        idle,
        lent,
        checking, // asked whether it works, or not ready to be lent again yet
        closing,
    };

    std::chrono::steady_clock::time_point expires{}; // its lifetime
    std::chrono::steady_clock::time_point unused_since{};
    std::uint64_t uses = 0;
    std::uint32_t generation = 0; // of expire_connections()
    slot_index newer = no_slot;   // of its list
    slot_index older = no_slot;
    state now = state::vacant;
    bool busy = false; // checking: what its user left is still under way
    close_reason reason{};
};

/// Things that belong to slots: in the pool itself where the capacity is known at compile time.
template <class T, std::size_t Capacity>
class slot_array
{
public:
    [[nodiscard]] T& operator[](slot_index at) noexcept { return slots_[at]; }
    [[nodiscard]] T const& operator[](slot_index at) const noexcept { return slots_[at]; }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return Capacity; }
    static constexpr void grow(std::size_t) noexcept {}

private:
    std::array<T, Capacity> slots_{};
};

template <class T>
class slot_array<T, 0>
{
public:
    [[nodiscard]] T& operator[](slot_index at) noexcept { return slots_[at]; }
    [[nodiscard]] T const& operator[](slot_index at) const noexcept { return slots_[at]; }
    [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
    /// It never shrinks.
    void grow(std::size_t size)
    {
        if (size > slots_.size())
            slots_.resize(size);
    }

private:
    std::vector<T> slots_;
};

/// Slots in order of their use, linked through the slots themselves.
class slot_list
{
public:
    [[nodiscard]] bool empty() const noexcept { return newest_ == no_slot; }
    [[nodiscard]] slot_index newest() const noexcept { return newest_; }
    [[nodiscard]] slot_index oldest() const noexcept { return oldest_; }

    template <class Slots>
    void add(Slots& slots, slot_index at) noexcept
    {
        slots[at].newer = no_slot;
        slots[at].older = newest_;
        (newest_ == no_slot ? oldest_ : slots[newest_].newer) = at;
        newest_ = at;
    }

    template <class Slots>
    void remove(Slots& slots, slot_index at) noexcept
    {
        pool_slot const& leaving = slots[at];
        (leaving.newer == no_slot ? newest_ : slots[leaving.newer].older) = leaving.older;
        (leaving.older == no_slot ? oldest_ : slots[leaving.older].newer) = leaving.newer;
    }

private:
    slot_index newest_ = no_slot;
    slot_index oldest_ = no_slot;
};

} // namespace pgcoro
