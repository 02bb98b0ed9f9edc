#pragma once

#include "../core/byte_reader.hpp"
#include "../core/server_message.hpp"

#include <charconv>
#include <optional>
#include <string_view>

namespace pgcoro {

/// The body of an ErrorResponse or a NoticeResponse. False if it is malformed; `out` is then half
/// filled. Fields that we don't know are skipped, as the manual demands, and a number that is none
/// counts as not sent: a message that can be read is worth more than its line number.
/// https://www.postgresql.org/docs/current/protocol-error-fields.html
[[nodiscard]] inline bool parse(byte_reader body, server_message& out)
{
    auto const number = [](std::string_view text) -> std::optional<int> {
        int value = 0;
        auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (problem != std::errc{} || end != text.data() + text.size() || value < 0)
            return std::nullopt;
        return value;
    };

    out = {};
    out.code = sqlstate{std::string_view{}}; // a message without a code is no success
    for (;;) {
        auto const field = static_cast<char>(body.get<unsigned char>());
        if (field == '\0')
            return body.exhausted();
        auto const text = body.get_string();
        switch (field) {
        case 'S':
            out.severity = text;
            break;
        case 'V':
            out.severity_nonlocalized = text;
            break;
        case 'C':
            out.code = sqlstate{text};
            break;
        case 'M':
            out.message = text;
            break;
        case 'D':
            out.detail = text;
            break;
        case 'H':
            out.hint = text;
            break;
        case 'P':
            out.position = number(text);
            break;
        case 'p':
            out.internal_position = number(text);
            break;
        case 'q':
            out.internal_query = text;
            break;
        case 'W':
            out.where = text;
            break;
        case 's':
            out.schema = text;
            break;
        case 't':
            out.table = text;
            break;
        case 'c':
            out.column = text;
            break;
        case 'd':
            out.data_type = text;
            break;
        case 'n':
            out.constraint = text;
            break;
        case 'F':
            out.file = text;
            break;
        case 'L':
            out.line = number(text);
            break;
        case 'R':
            out.routine = text;
            break;
        default:
            break;
        }
    }
}

} // namespace pgcoro
