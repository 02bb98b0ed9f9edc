#pragma once

#include "../core/byte_reader.hpp"

#include <string_view>

namespace pgcoro {

/// A setting that the server reports whenever it changes. The views point into the message.
/// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-ASYNC
struct parameter_status
{
    std::string_view name;
    std::string_view value;
};

[[nodiscard]] inline bool parse(byte_reader body, parameter_status& out)
{
    out.name = body.get_string();
    out.value = body.get_string();
    return body.exhausted();
}

/// As the server writes it, and as a pooler or an old client may have had it written.
[[nodiscard]] inline bool names_utf8(std::string_view encoding) noexcept
{
    return encoding == "UTF8" || encoding == "utf8" || encoding == "UTF-8" || encoding == "utf-8" ||
           encoding == "UNICODE" || encoding == "unicode";
}

} // namespace pgcoro
