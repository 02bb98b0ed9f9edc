#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string_view>

namespace pgcoro {

/// What the server says a command did: `CREATE TABLE`, `INSERT 0 1`, `SELECT 2`.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html, CommandComplete
class command_tag
{
public:
    command_tag() noexcept = default;

    /// Keeps the first 64 bytes: the server's own limit is 63.
    explicit command_tag(std::string_view text) noexcept
        : size_{static_cast<std::uint8_t>(std::min(text.size(), text_.size()))}
    {
        std::copy_n(text.data(), size_, text_.data());
    }

    [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

    /// How many rows were inserted, updated, deleted, selected or copied: the tag's last number, or
    /// 0 where it has none.
    [[nodiscard]] std::uint64_t rows_affected() const noexcept
    {
        std::string_view const all = text();
        std::size_t const space = all.rfind(' ');
        std::uint64_t count = 0;
        if (space != std::string_view::npos)
            std::from_chars(all.data() + space + 1, all.data() + all.size(), count);
        return count;
    }

    friend bool operator==(command_tag const& a, std::string_view b) noexcept
    {
        return a.text() == b;
    }
    friend bool operator==(command_tag const& a, command_tag const& b) noexcept
    {
        return a.text() == b.text();
    }
    friend std::ostream& operator<<(std::ostream& out, command_tag const& tag)
    {
        return out << tag.text();
    }

private:
    std::array<char, 64> text_{};
    std::uint8_t size_ = 0;
};

} // namespace pgcoro
