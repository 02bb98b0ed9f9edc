#pragma once

#include "../core/byte_reader.hpp"

#include <cstdint>
#include <string>

namespace pgcoro {

/// NegotiateProtocolVersion: the newest version that the server speaks, and how many of the
/// extensions asked for it doesn't know.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html
struct protocol_negotiation
{
    std::uint32_t version = 0;
    std::uint32_t unknown_extensions = 0;
};

/// False if the body is malformed.
[[nodiscard]] inline bool parse(byte_reader body, protocol_negotiation& out)
{
    out.version = body.get<std::uint32_t>();
    out.unknown_extensions = body.get<std::uint32_t>();
    for (std::uint32_t i = 0; i < out.unknown_extensions && body.ok(); ++i)
        if (body.get_string().empty())
            return false;
    return body.exhausted();
}

/// "3.2".
[[nodiscard]] inline std::string version_name(std::uint32_t version)
{
    return std::to_string(version >> 16U) + '.' + std::to_string(version & 0xffffU);
}

} // namespace pgcoro
