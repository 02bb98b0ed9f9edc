#pragma once

#include "../core/byte_reader.hpp"
#include "codec.hpp"
#include "printing.hpp"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// bit(n) and bit varying: a string of bits, the first of which is at the left. Ordered as strings
/// of characters are, as on the server.
/// https://www.postgresql.org/docs/current/datatype-bit.html
class bits
{
public:
    /// No bits.
    bits() noexcept = default;
    /// `size` bits, all zero.
    explicit bits(std::size_t size) : bytes_((size + 7) / 8), size_{size} {}
    /// The first `size` bits of `bytes`, from the highest bit of the first byte on; those that are
    /// not there are zero.
    bits(std::vector<std::byte> bytes, std::size_t size) : bytes_{std::move(bytes)}, size_{size}
    {
        bytes_.resize((size + 7) / 8);
        if (size % 8 != 0)
            bytes_.back() &= static_cast<std::byte>(0xff00U >> size % 8);
    }

    /// Reads zeros and ones; nothing for all else.
    [[nodiscard]] static std::optional<bits> parse(std::string_view text)
    {
        if (text.find_first_not_of("01") != text.npos)
            return std::nullopt;
        bits result{text.size()};
        for (std::size_t i = 0; i < text.size(); ++i)
            if (text[i] == '1')
                result.set(i);
        return result;
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    /// Eight bits a byte, the first the highest; the last byte is filled up with zeros.
    [[nodiscard]] std::span<std::byte const> bytes() const noexcept { return bytes_; }

    /// The bit at an index below size(), from the left, as get_bit() counts.
    [[nodiscard]] bool operator[](std::size_t index) const noexcept
    {
        return (bytes_[index / 8] & mask(index)) != std::byte{};
    }
    void set(std::size_t index, bool value = true) noexcept
    {
        if (value)
            bytes_[index / 8] |= mask(index);
        else
            bytes_[index / 8] &= ~mask(index);
    }

    friend bool operator==(bits const&, bits const&) noexcept = default;
    friend std::strong_ordering operator<=>(bits const& a, bits const& b) noexcept
    {
        std::size_t const common = std::min(a.bytes_.size(), b.bytes_.size());
        int const order = common == 0 ? 0 : std::memcmp(a.bytes_.data(), b.bytes_.data(), common);
        return order != 0 ? order <=> 0 : a.size_ <=> b.size_;
    }

    friend std::string to_string(bits const& value)
    {
        std::string text(value.size_, '0');
        for (std::size_t i = 0; i < value.size_; ++i)
            if (value[i])
                text[i] = '1';
        return text;
    }

private:
    [[nodiscard]] static std::byte mask(std::size_t index) noexcept
    {
        return std::byte{0x80} >> static_cast<int>(index % 8);
    }

    std::vector<std::byte> bytes_;
    std::size_t size_ = 0;
};

template <>
inline constexpr bool prints_like_server<bits> = true;

/// Sent as bit varying, which the server takes for bit(n) too.
template <>
struct codec<bits>
{
    static constexpr oid type = oids::varbit;

    static constexpr bool accepts(oid from, format) noexcept
    {
        return from == oids::varbit || from == oids::bit;
    }

    static bool decode(field const& from, bits& to)
    {
        if (!from.is_binary()) {
            auto read = bits::parse(from.text());
            to = std::move(read).value_or(bits{});
            return read.has_value();
        }
        byte_reader reader{from.bytes()};
        auto const size = reader.get<std::int32_t>();
        auto const bytes = reader.get_rest();
        if (!reader.ok() || size < 0 || bytes.size() != (static_cast<std::size_t>(size) + 7) / 8)
            return false;
        to = bits{{bytes.begin(), bytes.end()}, static_cast<std::size_t>(size)};
        return true;
    }

    static void encode(bits const& value, format as, byte_writer& to)
    {
        if (as == format::text) {
            to.put(std::string_view{to_string(value)});
            return;
        }
        to.put(static_cast<std::int32_t>(value.size()));
        to.put(value.bytes());
    }
};

} // namespace pgcoro

template <>
struct std::hash<pgcoro::bits>
{
    [[nodiscard]] std::size_t operator()(pgcoro::bits const& value) const noexcept
    {
        auto const bytes = value.bytes();
        std::string_view const text{reinterpret_cast<char const*>(bytes.data()), bytes.size()};
        return std::hash<std::string_view>{}(text) ^ value.size();
    }
};
