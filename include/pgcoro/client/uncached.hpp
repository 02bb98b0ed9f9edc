#pragma once

#include "call.hpp"

#include <memory>
#include <utility>

namespace pgcoro {

/// For calls whose statement is not worth keeping: `conn.with(pg::uncached).fetch(sql)`.
struct uncached_t
{
    explicit uncached_t() = default;
};
inline constexpr uncached_t uncached{};

template <class Holder, class Driver>
class verbs;

/// The verbs of a connection, transaction or pool, past the statement cache; made by with(), and
/// not to be kept beyond its holder.
template <class Holder, class Driver>
class uncached_verbs : public verbs<uncached_verbs<Holder, Driver>, Driver>
{
public:
    explicit uncached_verbs(Holder& holder) noexcept : holder_{&holder} {}

    [[nodiscard]] auto owner() const { return holder_->owner(); }
    [[nodiscard]] auto share_driver() const requires requires(Holder& on) { on.share_driver(); }
    {
        return holder_->share_driver();
    }
    template <class Call>
    [[nodiscard]] auto run_call(std::unique_ptr<call<Driver>> what) const
    {
        what->bypass_cache();
        return holder_->template run_call<Call>(std::move(what));
    }

private:
    Holder* holder_;
};

} // namespace pgcoro
