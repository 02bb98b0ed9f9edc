#pragma once

#include "../core/byte_writer.hpp"

#include <cstdint>
#include <span>

namespace pgcoro {

inline constexpr std::uint32_t protocol_version_3_0 = 0x0003'0000;
inline constexpr std::uint32_t protocol_version_3_2 = 0x0003'0002; ///< PostgreSQL 18 on

/// StartupMessage: the first thing on a connection; it has no type byte.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html
template <class Parameters>
void write_startup(byte_writer& out, std::uint32_t version, Parameters const& parameters)
{
    std::size_t const start = out.size();
    out.put(std::uint32_t{0});
    out.put(version);
    for (auto const& [name, value] : parameters) {
        out.put_string(name);
        out.put_string(value);
    }
    out.put(std::uint8_t{0});
    out.patch(start, static_cast<std::uint32_t>(out.size() - start));
}

/// SSLRequest: asks whether the server wants TLS. It answers with one byte, S or N.
inline void write_ssl_request(byte_writer& out)
{
    out.put(std::uint32_t{8});
    out.put(std::uint32_t{80877103});
}

/// CancelRequest: the only thing that is sent on its connection. `secret` is the whole key that
/// BackendKeyData gave.
inline void write_cancel_request(
    byte_writer& out, std::uint32_t process_id, std::span<std::byte const> secret)
{
    out.put(static_cast<std::uint32_t>(12 + secret.size()));
    out.put(std::uint32_t{80877102});
    out.put(process_id);
    out.put(secret);
}

} // namespace pgcoro
