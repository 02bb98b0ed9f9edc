#pragma once

#include "slot_table.hpp"

#include <memory>
#include <utility>

namespace pgcoro {

template <class Traits>
class pool_core;

/// A connection on loan from a pool. Its end gives the connection back: what its user left open is
/// undone, without waiting. Move-only; it may outlive its pool.
/// Several coroutines may use one lease as they may one connection: their calls share round trips,
/// and a transaction of one refuses those of the others. What was made on it (transactions,
/// statements, streams, listeners) must not be used after its end.
template <class Traits>
class lease
{
public:
    using connection_type = typename Traits::connection_type;

    /// No connection: calls through it throw connection_lost.
    lease() noexcept = default;
    lease(std::shared_ptr<pool_core<Traits>> from, slot_index slot, connection_type lent) noexcept
        : pool_{std::move(from)}, connection_{std::move(lent)}, slot_{slot}
    {}
    lease(lease&&) noexcept = default;
    lease& operator=(lease&& other) noexcept
    {
        if (this != &other) {
            release();
            pool_ = std::move(other.pool_);
            connection_ = std::move(other.connection_);
            slot_ = other.slot_;
        }
        return *this;
    }
    ~lease() { release(); }

    /// Gives the connection back before the lease ends. The lease is empty afterwards: calls
    /// through it throw connection_lost.
    void release() noexcept;

    [[nodiscard]] explicit operator bool() const noexcept { return pool_ != nullptr; }
    [[nodiscard]] connection_type& operator*() noexcept { return connection_; }
    [[nodiscard]] connection_type* operator->() noexcept { return &connection_; }

private:
    std::shared_ptr<pool_core<Traits>> pool_;
    connection_type connection_;
    slot_index slot_ = no_slot;
};

template <class Traits>
void lease<Traits>::release() noexcept
{
    if (auto const home = std::exchange(pool_, nullptr))
        home->give_back(slot_, std::move(connection_));
}

} // namespace pgcoro
