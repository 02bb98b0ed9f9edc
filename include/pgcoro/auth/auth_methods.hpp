#pragma once

#include <initializer_list>
#include <string_view>

namespace pgcoro {

/// How a server can make sure who logs in: the words of libpq's require_auth.
/// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-REQUIRE-AUTH
enum class auth_method : unsigned char
{
    none,          ///< it asks for nothing: trust, peer, or a client certificate
    password,      ///< the password itself, in clear text
    md5,           ///< an MD5 hash of it
    gss,           ///< Kerberos by GSSAPI: see net/gssapi.hpp
    sspi,          ///< the same, asked for by a server on Windows
    scram_sha_256, ///< proof of knowing the password, from both sides
};

/// Its name in require_auth.
[[nodiscard]] constexpr std::string_view auth_method_name(auth_method method) noexcept
{
    constexpr std::string_view names[] = {
        "none", "password", "md5", "gss", "sspi", "scram-sha-256"};
    return names[static_cast<unsigned>(method)];
}

/// The methods by which we let ourselves be logged in; all of them unless told otherwise. A server
/// that asks for another one gets no answer.
class auth_methods
{
public:
    /// All of them.
    constexpr auth_methods() noexcept = default;
    /// These alone: require_auth=scram-sha-256,none.
    constexpr auth_methods(std::initializer_list<auth_method> only) noexcept : allowed_{0}
    {
        for (auth_method const each : only)
            allowed_ |= bit(each);
    }
    /// All but these: require_auth=!password,!md5.
    [[nodiscard]] static constexpr auth_methods all_but(
        std::initializer_list<auth_method> not_these) noexcept
    {
        auth_methods some;
        for (auth_method const each : not_these)
            some.remove(each);
        return some;
    }

    constexpr void add(auth_method which) noexcept { allowed_ |= bit(which); }
    constexpr void remove(auth_method which) noexcept { allowed_ &= ~bit(which); }
    [[nodiscard]] constexpr bool allow(auth_method which) const noexcept
    {
        return (allowed_ & bit(which)) != 0;
    }
    [[nodiscard]] constexpr bool operator==(auth_methods const&) const noexcept = default;

private:
    [[nodiscard]] static constexpr unsigned bit(auth_method which) noexcept
    {
        return 1U << static_cast<unsigned>(which);
    }

    unsigned allowed_ = 0x3f;
};

} // namespace pgcoro
