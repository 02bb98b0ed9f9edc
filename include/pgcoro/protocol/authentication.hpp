#pragma once

#include "../core/byte_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace pgcoro {

/// What an Authentication message asks for.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html
enum class authentication_request : std::uint32_t
{
    ok = 0,
    kerberos_v5 = 2,
    cleartext_password = 3,
    md5_password = 5,
    gss = 7,
    gss_continue = 8,
    sspi = 9,
    sasl = 10,
    sasl_continue = 11,
    sasl_final = 12,
};

struct authentication
{
    authentication_request request{};
    std::span<std::byte const> data; ///< salt, mechanisms or the mechanism's own bytes
};

/// False if the body is malformed. `out.data` points into the body.
[[nodiscard]] inline bool parse(byte_reader body, authentication& out)
{
    out.request = static_cast<authentication_request>(body.get<std::uint32_t>());
    out.data = body.get_rest();
    switch (out.request) {
    case authentication_request::ok:
    case authentication_request::cleartext_password:
        return body.ok() && out.data.empty();
    case authentication_request::md5_password:
        return body.ok() && out.data.size() == 4;
    default:
        return body.ok();
    }
}

} // namespace pgcoro
