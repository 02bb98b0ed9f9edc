#pragma once

#include "connection_settings.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Replaces each %XX of a part of a URI. Throws options_error.
[[nodiscard]] inline std::string percent_decoded(std::string_view text)
{
    auto const digit = [](char c) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                      : -1;
    };
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        int const high = i + 1 < text.size() ? digit(text[i + 1]) : -1;
        int const low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            throw options_error{
                "invalid percent-encoding in the connection URI: % must be followed "
                "by two hexadecimal digits; % itself is written %25"};
        if (high == 0 && low == 0)
            throw options_error{"the connection URI holds a zero byte, %00"};
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

/// Takes the parts of a URI off its front, one after the other.
class uri_reader
{
public:
    explicit uri_reader(std::string_view text) noexcept : rest_{text} {}

    [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
    [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
    /// All that is before the first of `ends`, which stays.
    [[nodiscard]] std::string_view until(char const* ends) noexcept
    {
        std::size_t const end = rest_.find_first_of(ends);
        std::string_view const part = rest_.substr(0, end);
        rest_.remove_prefix(part.size());
        return part;
    }
    /// Whether `c` comes next; then it is taken.
    [[nodiscard]] bool take(char c) noexcept
    {
        if (!rest_.starts_with(c))
            return false;
        rest_.remove_prefix(1);
        return true;
    }

private:
    std::string_view rest_;
};

/// user:password@
inline void read_uri_user(uri_reader& in, connection_settings& out)
{
    std::size_t const at = in.rest().find_first_of("@/");
    if (at == std::string_view::npos || in.rest()[at] != '@')
        return;
    if (std::string_view const user = in.until(":@"); !user.empty())
        out.set("user", percent_decoded(user));
    if (in.take(':'))
        if (std::string_view const password = in.until("@"); !password.empty())
            out.set("password", percent_decoded(password));
    (void)in.take('@');
}

/// host:port,host:port
inline void read_uri_hosts(uri_reader& in, connection_settings& out)
{
    std::string hosts;
    std::string ports;
    for (;;) {
        if (in.take('[')) {
            std::string_view const address = in.until("]");
            if (!in.take(']'))
                throw options_error{"the IPv6 address in the connection URI has no closing ]"};
            if (address.empty())
                throw options_error{"the IPv6 address in the connection URI is empty"};
            if (!in.empty() &&
                std::string_view{":/?,"}.find(in.rest().front()) == std::string::npos)
                throw options_error{"only a port, as in [::1]:5432, another host, a database or "
                                    "parameters may follow an IPv6 address in the connection URI"};
            hosts += address;
        } else {
            hosts += in.until(":/?,");
        }
        if (in.take(':'))
            ports += in.until("/?,");
        if (!in.take(','))
            break;
        hosts += ',';
        ports += ',';
    }
    if (!hosts.empty())
        out.set("host", percent_decoded(hosts));
    if (!ports.empty())
        out.set("port", percent_decoded(ports));
}

/// keyword=value&keyword=value
inline void read_uri_parameters(uri_reader& in, connection_settings& out)
{
    while (!in.empty()) {
        std::string_view const pair = in.until("&");
        (void)in.take('&');
        std::size_t const equals = pair.find('=');
        if (equals == std::string_view::npos)
            throw options_error{"a parameter of the connection URI has no value; they are written "
                                "?keyword=value&keyword=value"};
        if (pair.find('=', equals + 1) != std::string_view::npos)
            throw options_error{
                "a parameter of the connection URI has a second =; in a value it is "
                "written %3D"};
        std::string keyword = percent_decoded(pair.substr(0, equals));
        std::string value = percent_decoded(pair.substr(equals + 1));
        if (keyword == "ssl" && value == "true") { // as JDBC writes it
            keyword = "sslmode";
            value = "require";
        }
        out.set(keyword, std::move(value));
    }
}

/// Reads what follows postgresql://. Throws options_error.
/// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
[[nodiscard]] inline connection_settings parse_connection_uri(std::string_view text)
{
    connection_settings out;
    uri_reader in{text};
    read_uri_user(in, out);
    read_uri_hosts(in, out);
    if (in.take('/'))
        if (std::string_view const database = in.until("?"); !database.empty())
            out.set("dbname", percent_decoded(database));
    if (in.take('?'))
        read_uri_parameters(in, out);
    return out;
}

} // namespace pgcoro
