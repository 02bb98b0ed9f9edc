#pragma once

#include "../core/byte_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pgcoro {

/// What a call wants sent. It owns a copy of everything, because it may wait: no reference to an
/// argument outlives the call. Small requests need no allocation.
class request
{
public:
    enum class protocol : std::uint8_t
    {
        simple,   ///< Query: one or more statements without parameters
        extended, ///< Parse, Bind, Execute
    };

    request(protocol how, std::string_view sql) : how_{how}
    {
        bytes_.put(sql);
        sql_size_ = bytes_.size();
    }

    [[nodiscard]] protocol how() const noexcept { return how_; }
    [[nodiscard]] std::string_view sql() const noexcept
    {
        return {reinterpret_cast<char const*>(bytes_.data()), sql_size_};
    }
    /// Parse's list of parameter types.
    [[nodiscard]] std::span<std::byte const> parameter_types() const noexcept
    {
        return types_.bytes();
    }
    /// Bind's parameter formats and values.
    [[nodiscard]] std::span<std::byte const> parameters() const noexcept
    {
        return bytes_.bytes().subspan(sql_size_);
    }
    /// How many parameters there are.
    [[nodiscard]] std::size_t parameter_count() const noexcept
    {
        return types_.size() < 2 ? 0 : load_big<std::uint16_t>(types_.data());
    }

    /// Gives back the memory of large parameters: they have been written. Their count is kept.
    void forget_parameters() noexcept { bytes_.shrink(sql_size_); }

    /// Where the two lists are written, behind each other, once.
    [[nodiscard]] byte_writer& type_writer() noexcept { return types_; }
    [[nodiscard]] byte_writer& parameter_writer() noexcept { return bytes_; }

private:
    small_byte_writer<320> bytes_; // so that calls stay below malloc's large sizes
    small_byte_writer<34> types_;  // a count and eight OIDs
    std::size_t sql_size_ = 0;
    protocol how_;
};

} // namespace pgcoro
