#pragma once

#include "pool_core.hpp"

#include <memory>
#include <utility>

namespace pgcoro {

/// A connection on loan from a pool. Its end gives the connection back: an open transaction is
/// rolled back, without waiting. Move-only; it may outlive its pool.
template <class Traits>
class lease
{
public:
    using connection_type = typename Traits::connection_type;

    /// No connection: calls through it throw connection_lost.
    lease() noexcept = default;
    lease(std::shared_ptr<pool_core<Traits>> from, connection_type lent) noexcept
        : pool_{std::move(from)}, connection_{std::move(lent)}
    {}
    lease(lease&&) noexcept = default;
    lease& operator=(lease&& other) noexcept
    {
        if (this != &other) {
            release();
            pool_ = std::move(other.pool_);
            connection_ = std::move(other.connection_);
        }
        return *this;
    }
    ~lease() { release(); }

    /// Gives the connection back before the lease ends. The lease is empty afterwards: calls
    /// through it throw connection_lost.
    void release() noexcept
    {
        if (auto const home = std::exchange(pool_, nullptr))
            home->give_back(std::move(connection_));
    }

    [[nodiscard]] explicit operator bool() const noexcept { return pool_ != nullptr; }
    [[nodiscard]] connection_type& operator*() noexcept { return connection_; }
    [[nodiscard]] connection_type* operator->() noexcept { return &connection_; }

private:
    std::shared_ptr<pool_core<Traits>> pool_;
    connection_type connection_;
};

} // namespace pgcoro
