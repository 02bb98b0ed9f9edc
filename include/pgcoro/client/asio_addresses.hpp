#pragma once

#include "../core/error.hpp"
#include "../net/asio.hpp"
#include "../types/inet.hpp"

#include <asio/ip/address.hpp>
#include <asio/ip/network_v4.hpp>
#include <asio/ip/network_v6.hpp>

#include <algorithm>

/// \file
/// Asio's addresses and networks as columns and arguments. An address is read only from an inet (or
/// cidr) that is a single host: what has a prefix besides needs a network, or pgcoro::inet. The
/// networks of Asio keep the bits behind the prefix, so they go as inet.
/// https://www.postgresql.org/docs/current/datatype-net-types.html

namespace pgcoro {

/// What the codecs of this file share: Derived makes an inet of a value, and a value of an inet.
template <class T, class Derived>
struct asio_address_codec
{
    static constexpr oid type = oids::inet;

    static constexpr bool accepts(oid from, format as) noexcept
    {
        return codec<inet>::accepts(from, as);
    }

    static bool decode(field const& from, T& to)
    {
        inet read;
        return codec<inet>::decode(from, read) && Derived::from_inet(read, to);
    }

    static void encode(T const& value, format as, byte_writer& to)
    {
        codec<inet>::encode(Derived::to_inet(value), as, to);
    }
};

[[nodiscard]] inline asio::ip::address_v4 to_address_v4(inet const& value) noexcept
{
    auto const bytes = value.bytes();
    return asio::ip::address_v4{
        asio::ip::address_v4::bytes_type{{bytes[0], bytes[1], bytes[2], bytes[3]}}};
}

[[nodiscard]] inline asio::ip::address_v6 to_address_v6(inet const& value) noexcept
{
    asio::ip::address_v6::bytes_type bytes{};
    std::copy(value.bytes().begin(), value.bytes().end(), bytes.begin());
    return asio::ip::address_v6{bytes};
}

template <>
struct codec<asio::ip::address_v4>
    : asio_address_codec<asio::ip::address_v4, codec<asio::ip::address_v4>>
{
    static bool from_inet(inet const& from, asio::ip::address_v4& to) noexcept
    {
        if (!from.is_v4() || from.prefix() != 32)
            return false;
        to = to_address_v4(from);
        return true;
    }

    static inet to_inet(asio::ip::address_v4 const& value) noexcept
    {
        auto const bytes = value.to_bytes();
        return inet{inet::v4_bytes{bytes[0], bytes[1], bytes[2], bytes[3]}};
    }
};

/// An address with a scope (`fe80::1%eth0`) can't be sent: inet has no place for it.
template <>
struct codec<asio::ip::address_v6>
    : asio_address_codec<asio::ip::address_v6, codec<asio::ip::address_v6>>
{
    static bool from_inet(inet const& from, asio::ip::address_v6& to) noexcept
    {
        if (!from.is_v6() || from.prefix() != 128)
            return false;
        to = to_address_v6(from);
        return true;
    }

    static inet to_inet(asio::ip::address_v6 const& value)
    {
        if (value.scope_id() != 0)
            throw encode_error{"inet can't hold the scope of an IPv6 address"};
        inet::v6_bytes bytes{};
        auto const from = value.to_bytes();
        std::copy(from.begin(), from.end(), bytes.begin());
        return inet{bytes};
    }
};

template <>
struct codec<asio::ip::address> : asio_address_codec<asio::ip::address, codec<asio::ip::address>>
{
    static bool from_inet(inet const& from, asio::ip::address& to) noexcept
    {
        if (from.prefix() != from.max_prefix())
            return false;
        if (from.is_v4())
            to = to_address_v4(from);
        else
            to = to_address_v6(from);
        return true;
    }

    static inet to_inet(asio::ip::address const& value)
    {
        return value.is_v4() ? codec<asio::ip::address_v4>::to_inet(value.to_v4())
                             : codec<asio::ip::address_v6>::to_inet(value.to_v6());
    }
};

template <>
struct codec<asio::ip::network_v4>
    : asio_address_codec<asio::ip::network_v4, codec<asio::ip::network_v4>>
{
    static bool from_inet(inet const& from, asio::ip::network_v4& to)
    {
        if (!from.is_v4())
            return false;
        to = {to_address_v4(from), static_cast<unsigned short>(from.prefix())};
        return true;
    }

    static inet to_inet(asio::ip::network_v4 const& value) noexcept
    {
        auto const bytes = value.address().to_bytes();
        return inet{inet::v4_bytes{bytes[0], bytes[1], bytes[2], bytes[3]}, value.prefix_length()};
    }
};

template <>
struct codec<asio::ip::network_v6>
    : asio_address_codec<asio::ip::network_v6, codec<asio::ip::network_v6>>
{
    static bool from_inet(inet const& from, asio::ip::network_v6& to)
    {
        if (!from.is_v6())
            return false;
        to = {to_address_v6(from), static_cast<unsigned short>(from.prefix())};
        return true;
    }

    static inet to_inet(asio::ip::network_v6 const& value)
    {
        inet::v6_bytes bytes{};
        auto const from = value.address().to_bytes();
        std::copy(from.begin(), from.end(), bytes.begin());
        return inet{bytes, value.prefix_length()};
    }
};

} // namespace pgcoro
