#pragma once

#include "../core/oid.hpp"
#include "../protocol/row_description.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// A statement that the server has parsed, or is about to.
class server_statement
{
public:
    enum class state : std::uint8_t
    {
        pending, ///< Parse is on its way; nobody else may bind the name
        parsed,  ///< ParseComplete was read, the description not yet
        ready,   ///< both were read
        gone,    ///< not parsed yet, or not any more
    };

    server_statement(
        std::string name, std::string_view sql, std::span<std::byte const> parameter_types)
        : name_{std::move(name)},
          sql_{sql},
          parameter_types_{parameter_types.begin(), parameter_types.end()}
    {}

    /// The name on the server; empty for the unnamed statement.
    [[nodiscard]] std::string const& name() const noexcept { return name_; }
    [[nodiscard]] std::string_view sql() const noexcept { return sql_; }
    /// Parse's list of types, as sent.
    [[nodiscard]] std::span<std::byte const> parameter_types() const noexcept
    {
        return parameter_types_;
    }

    state now = state::pending;
    std::uint64_t parsed_in = 0;     ///< the cache's epoch when ParseComplete was read
    std::uint8_t words_leave = 0xff; ///< left_by_words() of the text; 0xff: not asked yet
    bool closed = false;         ///< whoever had it prepared is gone: it is not to be parsed again
    std::vector<oid> parameters; ///< as the server settled them
    std::shared_ptr<row_description const> description; ///< null: it returns no rows

    /// A Parse is on its way, or the description behind it.
    [[nodiscard]] bool coming() const noexcept
    {
        return now == state::pending || now == state::parsed;
    }

    /// It is parsed anew, under another name: nothing is known of it any more.
    void renew(std::string name, std::span<std::byte const> parameter_types)
    {
        name_ = std::move(name);
        parameter_types_.assign(parameter_types.begin(), parameter_types.end());
        now = state::pending;
        parameters.clear();
        description.reset();
        plans_.clear();
    }

    /// What the layer above worked out once for one use of this statement and wants kept with it.
    /// `key` tells the uses apart.
    [[nodiscard]] std::shared_ptr<void const> plan(void const* key) const noexcept
    {
        for (auto const& [each, kept] : plans_)
            if (each == key)
                return kept;
        return nullptr;
    }
    void keep_plan(void const* key, std::shared_ptr<void const> plan)
    {
        plans_.emplace_back(key, std::move(plan));
    }

private:
    std::string name_;
    std::string sql_;
    std::vector<std::byte> parameter_types_;
    std::vector<std::pair<void const*, std::shared_ptr<void const>>> plans_;
};

using statement_ref = std::shared_ptr<server_statement>;

} // namespace pgcoro
