#pragma once

#include "../core/byte_reader.hpp"

#include <cstdint>
#include <string>

namespace pgcoro {

/// What NOTIFY sent.
/// https://www.postgresql.org/docs/current/sql-notify.html
struct notification
{
    std::uint32_t process_id = 0; ///< the backend that sent it
    std::string channel;
    std::string payload;
};

[[nodiscard]] inline bool parse(byte_reader body, notification& out)
{
    out.process_id = body.get<std::uint32_t>();
    out.channel = body.get_string();
    out.payload = body.get_string();
    return body.exhausted();
}

} // namespace pgcoro
