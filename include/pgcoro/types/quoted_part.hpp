#pragma once

#include "../core/byte_writer.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace pgcoro {

/// Reads one part of a composite's or range's literal, up to one of `stops` outside of quotes,
/// which is left. The part points into the text, or into `scratch` if it had quotes within or
/// escapes. `quoted` if there were quotes: an empty part without is no value. False if no stop
/// comes. https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX
[[nodiscard]] inline bool read_quoted_part(std::string_view& rest, std::string_view stops,
    std::string_view& part, bool& quoted, std::string& scratch)
{
    auto const is_stop = [&](char c) { return stops.find(c) != stops.npos; };
    quoted = false;
    std::size_t plain = 0;
    while (
        plain != rest.size() && rest[plain] != '"' && rest[plain] != '\\' && !is_stop(rest[plain]))
        ++plain;
    if (plain == rest.size())
        return false;
    if (is_stop(rest[plain])) {
        part = rest.substr(0, plain);
        rest.remove_prefix(plain);
        return true;
    }
    if (plain == 0 && rest[0] == '"') { // most often: all of it in quotes, nothing escaped
        std::size_t const end = rest.find_first_of("\"\\", 1);
        if (end + 1 < rest.size() && end != rest.npos && rest[end] == '"' &&
            is_stop(rest[end + 1])) {
            quoted = true;
            part = rest.substr(1, end - 1);
            rest.remove_prefix(end + 1);
            return true;
        }
    }
    scratch.clear();
    bool inside = false;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        char const c = rest[i];
        if (!inside && is_stop(c)) {
            part = scratch;
            rest.remove_prefix(i);
            return true;
        }
        if (c == '\\') {
            if (++i == rest.size())
                return false;
            scratch += rest[i];
        } else if (c != '"') {
            scratch += c;
        } else if (inside && i + 1 < rest.size() && rest[i + 1] == '"') {
            scratch += c;
            ++i;
        } else {
            inside = !inside;
            quoted = true;
        }
    }
    return false;
}

/// Appends one part of such a literal, in quotes.
inline void put_quoted_part(std::string_view text, byte_writer& to)
{
    to.put(std::string_view{"\""});
    while (!text.empty()) {
        std::string_view const plain = text.substr(0, text.find_first_of("\"\\"));
        to.put(plain);
        text.remove_prefix(plain.size());
        if (text.empty())
            break;
        to.put(text.substr(0, 1)); // doubled
        to.put(text.substr(0, 1));
        text.remove_prefix(1);
    }
    to.put(std::string_view{"\""});
}

/// The same, without quotes where it needs none.
inline void put_part(std::string_view text, byte_writer& to)
{
    if (text.empty() || text.find_first_of("\"\\()[], \t\n\r\v\f") != text.npos)
        put_quoted_part(text, to);
    else
        to.put(text);
}

} // namespace pgcoro
