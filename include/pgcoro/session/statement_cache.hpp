#pragma once

#include "../core/lru.hpp"
#include "../core/share.hpp"
#include "server_statement.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// The statements that a connection keeps parsed, by SQL and parameter types. What is evicted is
/// owed a Close, which leaves with the next flight, in order.
class statement_cache
{
public:
    static constexpr std::size_t longest_sql = 16 * 1024;

    /// Of `bytes` of SQL text at most, and at least one statement.
    explicit statement_cache(
        std::size_t capacity, std::size_t bytes = std::size_t{1024} * 1024) noexcept
        : entries_{capacity}, most_bytes_{bytes}
    {}

    /// Longer statements are not worth their memory; a capacity of 0 keeps none.
    [[nodiscard]] bool takes(std::string_view sql) const noexcept
    {
        return entries_.capacity() != 0 && sql.size() <= longest_sql;
    }

    /// Null if there is none; good until the cache changes.
    [[nodiscard]] statement_ref const* find(
        std::string_view sql, std::span<std::byte const> parameter_types)
    {
        statement_ref* const found = entries_.find(key{sql, as_text(parameter_types)});
        if (found == nullptr)
            return nullptr;
        return lost(**found) ? drop_lost(**found) : found;
    }

    /// The server has dropped all statements: those that were parsed until now are lost.
    void forget_all() noexcept
    {
        ++epoch_;
        owed_.clear();
    }
    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }
    [[nodiscard]] bool lost(server_statement const& which) const noexcept
    {
        return which.now == server_statement::state::ready && which.parsed_in != epoch_;
    }

    /// A new pending statement under a name of its own.
    [[nodiscard]] statement_ref add(
        std::string_view sql, std::span<std::byte const> parameter_types)
    {
        auto added = share<server_statement>(next_name(), sql, parameter_types);
        bytes_ += size_of(*added);
        while (bytes_ > most_bytes_ || entries_.size() >= entries_.capacity()) {
            statement_ref const evicted = entries_.evict();
            if (!evicted)
                break;
            forget(*evicted);
        }
        entries_.insert(key_of(*added), added);
        return added;
    }

    /// A statement of a holder's own is parsed for the first time, or again: it becomes pending,
    /// under a new name.
    void renew(server_statement& which, std::span<std::byte const> parameter_types)
    {
        which.renew(next_name(), parameter_types);
    }

    /// Its holder is gone.
    void close(server_statement& which)
    {
        which.closed = true;
        retire(which);
    }

    /// Forgets a statement. It is owed a Close if the server has it.
    void drop(server_statement& which)
    {
        if (which.now == server_statement::state::gone)
            return;
        statement_ref* const found = entries_.find(key_of(which));
        if (found != nullptr && found->get() == &which) {
            statement_ref const keep_alive = *found;
            entries_.erase(key_of(which));
            forget(which);
        } else {
            retire(which);
        }
    }

    /// The names to be closed with the next flight; they are the caller's now.
    [[nodiscard]] std::vector<std::string> take_owed() noexcept { return std::exchange(owed_, {}); }
    [[nodiscard]] bool owes() const noexcept { return !owed_.empty(); }
    void owe(std::vector<std::string> names)
    {
        owed_.insert(owed_.end(), std::make_move_iterator(names.begin()),
            std::make_move_iterator(names.end()));
    }
    /// The unnamed statement needs no Close: the next Parse replaces it.
    void owe_close(server_statement const& which)
    {
        if (!which.name().empty())
            owed_.push_back(which.name());
    }

private:
    struct key
    {
        std::string_view sql;
        std::string_view parameter_types;
        friend bool operator==(key const&, key const&) noexcept = default;
    };
    struct key_hash
    {
        [[nodiscard]] std::size_t operator()(key const& value) const noexcept
        {
            std::hash<std::string_view> const hash;
            return hash(value.sql) * 31 + hash(value.parameter_types);
        }
    };

    [[nodiscard]] static std::string_view as_text(std::span<std::byte const> bytes) noexcept
    {
        return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
    }
    [[nodiscard]] static key key_of(server_statement const& which) noexcept
    {
        return {which.sql(), as_text(which.parameter_types())};
    }

    [[nodiscard]] static std::size_t size_of(server_statement const& which) noexcept
    {
        return which.sql().size() + which.parameter_types().size();
    }

    [[gnu::cold, gnu::noinline]] statement_ref const* drop_lost(server_statement& which)
    {
        drop(which);
        return nullptr;
    }

    /// It is no entry any more.
    void forget(server_statement& which)
    {
        bytes_ -= size_of(which);
        retire(which);
    }

    void retire(server_statement& which)
    {
        // A pending one is owed its Close when its ParseComplete has been read.
        if (which.now == server_statement::state::parsed ||
            (which.now == server_statement::state::ready && !lost(which)))
            owe_close(which);
        which.now = server_statement::state::gone;
    }

    [[nodiscard]] std::string next_name()
    {
        char digits[20];
        auto const end = std::to_chars(digits, digits + sizeof digits, ++last_name_).ptr;
        return "pgcoro_" + std::string(digits, end);
    }

    lru<key, statement_ref, key_hash> entries_;
    std::vector<std::string> owed_;
    std::size_t most_bytes_;
    std::size_t bytes_ = 0; // of the entries
    std::uint64_t epoch_ = 0;
    std::uint64_t last_name_ = 0;
};

} // namespace pgcoro
