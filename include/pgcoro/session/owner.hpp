#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Names a holder of the connection; 0 is the connection itself. Never used twice, so that a late
/// call through an owner that is gone can't be taken for another's.
enum class owner_id : std::uint64_t
{
};

inline constexpr owner_id no_owner{};

/// Who owns the connection: a transaction, a nested one over it, a row stream over that. Only calls
/// through the topmost may run. (Else a stranger's insert would vanish with somebody's rollback.)
class owner_stack
{
public:
    [[nodiscard]] owner_id top() const noexcept
    {
        return owners_.empty() ? no_owner : owners_.back().id;
    }
    /// The topmost owner's name for messages; empty if there is none.
    [[nodiscard]] std::string_view top_name() const noexcept
    {
        return owners_.empty() ? std::string_view{} : owners_.back().name;
    }
    [[nodiscard]] bool holds(owner_id id) const noexcept
    {
        for (entry const& each : owners_)
            if (each.id == id)
                return true;
        return id == no_owner;
    }
    [[nodiscard]] std::size_t depth() const noexcept { return owners_.size(); }

    void push(owner_id id, std::string name) { owners_.push_back({id, std::move(name)}); }

    /// Takes `id` off, and whatever was still stacked on it.
    void release(owner_id id) noexcept
    {
        for (std::size_t i = 0; i < owners_.size(); ++i) {
            if (owners_[i].id == id) {
                owners_.resize(i);
                return;
            }
        }
    }

    void clear() noexcept { owners_.clear(); }

private:
    struct entry
    {
        owner_id id{};
        std::string name;
    };

    std::vector<entry> owners_;
};

} // namespace pgcoro
