#pragma once

#include <charconv>
#include <compare>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// A server's version, as its `server_version` setting says it: `15.20 (Debian 15.20-1)`, `17rc1`.
struct server_version
{
    int major = 0;
    int minor = 0; ///< 0 since PostgreSQL 10, whose second number is the bug fix release: micro
    int micro = 0;
    std::string release_level = "final"; ///< or "alpha", "beta", "rc", "devel"
    int serial = 0;                      ///< of an alpha, beta or rc

    /// Reads what it can; what is missing is 0.
    [[nodiscard]] static server_version parse(std::string_view text)
    {
        server_version version;
        char const* at = text.data();
        char const* const end = at + text.size();
        auto const number = [&](int& into) {
            auto const [stop, error] = std::from_chars(at, end, into);
            at = stop;
            return error == std::errc{};
        };
        if (!number(version.major))
            return version;
        for (std::string_view const level : {"devel", "alpha", "beta", "rc"}) {
            if (std::string_view{at, end}.starts_with(level)) {
                version.release_level = level;
                at += level.size();
                number(version.serial);
                return version;
            }
        }
        if (at != end && *at == '.') {
            ++at;
            number(version.minor);
        }
        if (at != end && *at == '.') {
            ++at;
            number(version.micro);
        }
        if (version.major >= 10)
            version.micro = std::exchange(version.minor, 0);
        return version;
    }

    /// Orders by the three numbers alone: 17rc1 is neither before nor after 17.0, and not equal.
    friend auto operator<=>(server_version const& a, server_version const& b) noexcept
    {
        if (auto const order = a.major <=> b.major; order != 0)
            return order;
        if (auto const order = a.minor <=> b.minor; order != 0)
            return order;
        return a.micro <=> b.micro;
    }
    friend bool operator==(server_version const&, server_version const&) = default;

    /// `15.20`, `9.6.24`, `17rc1`.
    friend std::ostream& operator<<(std::ostream& out, server_version const& version)
    {
        out << version.major;
        if (version.release_level == "devel")
            return out << "devel";
        if (version.release_level != "final")
            return out << version.release_level << version.serial;
        if (version.major < 10)
            out << '.' << version.minor;
        out << '.' << version.micro;
        return out;
    }
};

} // namespace pgcoro
