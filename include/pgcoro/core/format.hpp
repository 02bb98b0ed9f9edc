#pragma once

#include <cstdint>

namespace pgcoro {

/// How a value is written on the wire: the protocol's format code.
/// https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-FORMAT-CODES
enum class format : std::int16_t
{
    text = 0,
    binary = 1,
};

} // namespace pgcoro
