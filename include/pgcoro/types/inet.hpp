#pragma once

#include "address_text.hpp"
#include "codec.hpp"
#include "printing.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace pgcoro {

/// inet: an IPv4 or IPv6 address, and how many of its first bits name the network it is in. Ordered
/// as the server orders: IPv4 first, then by network, then by address.
/// https://www.postgresql.org/docs/current/datatype-net-types.html#DATATYPE-INET
class inet
{
public:
    using v4_bytes = std::array<std::uint8_t, 4>;
    using v6_bytes = std::array<std::uint8_t, 16>;

    /// 0.0.0.0/32.
    constexpr inet() noexcept = default;

    /// A prefix longer than the address is cut to it.
    constexpr explicit inet(v4_bytes const& address, unsigned prefix = 32) noexcept
        : prefix_{static_cast<std::uint8_t>(std::min(prefix, 32U))}
    {
        std::copy(address.begin(), address.end(), bytes_.begin());
    }
    constexpr explicit inet(v6_bytes const& address, unsigned prefix = 128) noexcept
        : bytes_{address},
          prefix_{static_cast<std::uint8_t>(std::min(prefix, 128U))},
          size_{sizeof(v6_bytes)}
    {}

    /// Reads `192.168.0.1`, `192.168.0.0/24`, `2001:db8::1/64`; nothing for what is none of these.
    [[nodiscard]] static std::optional<inet> parse(std::string_view text) noexcept
    {
        std::string_view const address = text.substr(0, text.find('/'));
        bool const six = address.find(':') != address.npos;
        inet result{};
        result.size_ = six ? 16 : 4;
        result.prefix_ = static_cast<std::uint8_t>(result.max_prefix());
        if (!(six ? parse_v6(address, result.bytes_) : parse_v4(address, result.bytes_)))
            return std::nullopt;
        if (address.size() != text.size()) {
            char const* const end = text.data() + text.size();
            auto const [stop, code] =
                std::from_chars(text.data() + address.size() + 1, end, result.prefix_);
            if (code != std::errc{} || stop != end || result.prefix_ > result.max_prefix())
                return std::nullopt;
        }
        return result;
    }

    [[nodiscard]] constexpr bool is_v4() const noexcept { return size_ == 4; }
    [[nodiscard]] constexpr bool is_v6() const noexcept { return size_ == 16; }

    /// Four bytes or sixteen, in network order.
    [[nodiscard]] constexpr std::span<std::uint8_t const> bytes() const noexcept
    {
        return {bytes_.data(), size_};
    }
    [[nodiscard]] constexpr unsigned prefix() const noexcept { return prefix_; }
    /// 32 or 128: the prefix of a single host.
    [[nodiscard]] constexpr unsigned max_prefix() const noexcept { return size_ * 8U; }

    /// The address of its network: all bits behind the prefix are zero.
    [[nodiscard]] constexpr inet network() const noexcept
    {
        inet result = *this;
        for (unsigned bit = prefix_; bit < max_prefix(); ++bit)
            result.bytes_[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
        return result;
    }

    friend constexpr bool operator==(inet const&, inet const&) noexcept = default;
    friend constexpr std::strong_ordering operator<=>(inet const& a, inet const& b) noexcept
    {
        if (auto const by_family = a.size_ <=> b.size_; by_family != 0)
            return by_family;
        if (auto const by_network = common_bits(a, std::min(a.prefix_, b.prefix_)) <=>
                                    common_bits(b, std::min(a.prefix_, b.prefix_));
            by_network != 0)
            return by_network;
        if (auto const by_prefix = a.prefix_ <=> b.prefix_; by_prefix != 0)
            return by_prefix;
        return a.bytes_ <=> b.bytes_;
    }

    /// As the server prints it: without the prefix if it is the whole address.
    friend std::string to_string(inet const& value)
    {
        std::string text;
        append_address(value.bytes(), text);
        if (value.prefix_ != value.max_prefix()) {
            text += '/';
            append_number(value.prefix_, 10, text);
        }
        return text;
    }

private:
    [[nodiscard]] static constexpr v6_bytes common_bits(inet value, std::uint8_t count) noexcept
    {
        value.prefix_ = count;
        return value.network().bytes_;
    }

    v6_bytes bytes_{}; // those behind an IPv4 address are zero
    std::uint8_t prefix_ = 32;
    std::uint8_t size_ = sizeof(v4_bytes);
};

/// cidr: a network, an inet without bits behind its prefix.
/// https://www.postgresql.org/docs/current/datatype-net-types.html#DATATYPE-CIDR
class cidr
{
public:
    /// 0.0.0.0/32.
    constexpr cidr() noexcept = default;
    /// The network of an address.
    constexpr explicit cidr(inet const& of) noexcept : network_{of.network()} {}

    /// Reads what inet::parse() does, but with bits behind the prefix it is nothing.
    [[nodiscard]] static std::optional<cidr> parse(std::string_view text) noexcept
    {
        auto const address = inet::parse(text);
        if (!address || address->network() != *address)
            return std::nullopt;
        return cidr{*address};
    }

    [[nodiscard]] constexpr inet const& address() const noexcept { return network_; }
    [[nodiscard]] constexpr std::span<std::uint8_t const> bytes() const noexcept
    {
        return network_.bytes();
    }
    [[nodiscard]] constexpr unsigned prefix() const noexcept { return network_.prefix(); }

    /// The address is one of the network, or the network of the address is part of it.
    [[nodiscard]] constexpr bool contains(inet const& other) const noexcept
    {
        return other.is_v4() == network_.is_v4() && other.prefix() >= prefix() &&
               (other.is_v4() ? cidr{inet{first<4>(other), prefix()}}
                              : cidr{inet{first<16>(other), prefix()}}) == *this;
    }

    friend constexpr bool operator==(cidr const&, cidr const&) noexcept = default;
    friend constexpr auto operator<=>(cidr const&, cidr const&) noexcept = default;

    /// As the server prints it: always with the prefix.
    friend std::string to_string(cidr const& value)
    {
        std::string text;
        append_address(value.bytes(), text);
        text += '/';
        append_number(value.prefix(), 10, text);
        return text;
    }

private:
    template <std::size_t N>
    [[nodiscard]] static constexpr std::array<std::uint8_t, N> first(inet const& of) noexcept
    {
        std::array<std::uint8_t, N> bytes{};
        std::copy_n(of.bytes().begin(), N, bytes.begin());
        return bytes;
    }

    inet network_;
};

template <>
inline constexpr bool prints_like_server<inet> = true;
template <>
inline constexpr bool prints_like_server<cidr> = true;

/// Reads both types: a network is an address as well.
template <>
struct codec<inet>
{
    static constexpr oid type = oids::inet;

    static constexpr bool accepts(oid from, format) noexcept
    {
        return from == oids::inet || from == oids::cidr;
    }

    static bool decode(field const& from, inet& to) noexcept
    {
        if (!from.is_binary()) {
            auto const read = inet::parse(from.text());
            to = read.value_or(inet{});
            return read.has_value();
        }
        auto const bytes = from.bytes();
        auto const byte = [&](std::size_t at) { return std::to_integer<std::uint8_t>(bytes[at]); };
        if (bytes.size() < 4 || byte(3) != bytes.size() - 4)
            return false;
        bool const four = byte(0) == v4_family && bytes.size() == 4 + 4;
        if (!four && (byte(0) != v6_family || bytes.size() != 4 + 16))
            return false;
        inet::v6_bytes address{};
        for (std::size_t i = 4; i < bytes.size(); ++i)
            address[i - 4] = byte(i);
        to = four ? inet{inet::v4_bytes{address[0], address[1], address[2], address[3]}, byte(1)}
                  : inet{address, byte(1)};
        return byte(1) <= to.max_prefix();
    }

    static void encode(inet const& value, format as, byte_writer& to)
    {
        if (as == format::binary)
            put(value, false, to);
        else
            to.put(std::string_view{to_string(value)});
    }

    static void put(inet const& value, bool is_cidr, byte_writer& to)
    {
        to.put(value.is_v4() ? v4_family : v6_family);
        to.put(static_cast<std::uint8_t>(value.prefix()));
        to.put(static_cast<std::uint8_t>(is_cidr ? 1 : 0));
        to.put(static_cast<std::uint8_t>(value.bytes().size()));
        to.put(std::as_bytes(value.bytes()));
    }

private:
    // PostgreSQL's own numbers, the same on all systems
    static constexpr std::uint8_t v4_family = 2;
    static constexpr std::uint8_t v6_family = 3;
};

template <>
struct codec<cidr>
{
    static constexpr oid type = oids::cidr;

    static bool decode(field const& from, cidr& to) noexcept
    {
        inet address;
        if (!codec<inet>::decode(from, address))
            return false;
        to = cidr{address};
        return to.address() == address;
    }

    static void encode(cidr const& value, format as, byte_writer& to)
    {
        if (as == format::binary)
            codec<inet>::put(value.address(), true, to);
        else
            to.put(std::string_view{to_string(value)});
    }
};

} // namespace pgcoro

template <>
struct std::hash<pgcoro::inet>
{
    [[nodiscard]] std::size_t operator()(pgcoro::inet const& value) const noexcept
    {
        std::string_view const bytes{
            reinterpret_cast<char const*>(value.bytes().data()), value.bytes().size()};
        return std::hash<std::string_view>{}(bytes) ^ value.prefix();
    }
};

template <>
struct std::hash<pgcoro::cidr>
{
    [[nodiscard]] std::size_t operator()(pgcoro::cidr const& value) const noexcept
    {
        return std::hash<pgcoro::inet>{}(value.address());
    }
};
