#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <arpa/inet.h>

namespace pgcoro {

/// An address's bytes in network order: 4 or 16.
struct address_bytes
{
    std::array<unsigned char, 16> bytes{};
    std::size_t size = 0;

    [[nodiscard]] std::string_view view() const noexcept
    {
        return {reinterpret_cast<char const*>(bytes.data()), size};
    }
};

/// The address that a host is given as; nothing if it is a name.
[[nodiscard]] inline std::optional<address_bytes> as_address(std::string const& host) noexcept
{
    address_bytes found;
    if (::inet_pton(AF_INET, host.c_str(), found.bytes.data()) == 1)
        found.size = 4;
    else if (::inet_pton(AF_INET6, host.c_str(), found.bytes.data()) == 1)
        found.size = 16;
    else
        return std::nullopt;
    return found;
}

/// Equal but for the case of ASCII letters, whatever the locale.
[[nodiscard]] inline bool equal_names(std::string_view a, std::string_view b) noexcept
{
    auto const small = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (small(a[i]) != small(b[i]))
            return false;
    return true;
}

/// Whether a name in a certificate is made out for a host, by libpq's rules: an asterisk stands for
/// the whole first label and nothing else.
/// https://www.postgresql.org/docs/current/libpq-ssl.html#LIBQ-SSL-CERTIFICATES
[[nodiscard]] inline bool names_host(std::string_view pattern, std::string_view host) noexcept
{
    // A zero byte would end the name for whoever signed it, and for us it went on.
    if (pattern.empty() || pattern.find('\0') != std::string_view::npos)
        return false;
    if (equal_names(pattern, host))
        return true;
    if (pattern.size() < 3 || !pattern.starts_with("*."))
        return false;
    std::size_t const dot = host.find('.');
    return dot != 0 && dot != std::string_view::npos &&
           equal_names(pattern.substr(1), host.substr(dot));
}

} // namespace pgcoro
