#pragma once

#include "connection_settings.hpp"
#include "connection_uri.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace pgcoro {

/// What C's isspace says, whatever the locale.
inline constexpr std::string_view connection_string_spaces = " \t\n\r\f\v";

/// One value of a key=value string, without the quotes; `rest` begins with it and loses it.
[[nodiscard]] inline std::string take_connection_value(std::string_view& rest)
{
    std::string value;
    bool const quoted = rest.starts_with('\'');
    std::size_t at = quoted ? 1 : 0;
    for (;; ++at) {
        if (at >= rest.size()) {
            if (quoted)
                throw options_error{
                    "unterminated quoted value in the connection string; a ' within "
                    "a value is written \\'"};
            break;
        }
        char const c = rest[at];
        if (quoted ? c == '\'' : connection_string_spaces.find(c) != std::string_view::npos)
            break;
        if (c != '\\')
            value += c;
        else if (++at < rest.size())
            value += rest[at];
    }
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return value;
}

/// Reads keyword=value pairs. Throws options_error.
/// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE
[[nodiscard]] inline connection_settings parse_connection_pairs(std::string_view text)
{
    connection_settings out;
    auto const skip_spaces = [&text] {
        text.remove_prefix(std::min(text.find_first_not_of(connection_string_spaces), text.size()));
    };
    for (skip_spaces(); !text.empty(); skip_spaces()) {
        std::string_view const name = text.substr(0, text.find_first_of(" \t\n\r\f\v="));
        text.remove_prefix(name.size());
        skip_spaces();
        if (!text.starts_with('='))
            throw options_error{
                "missing \"=\" in the connection string: it is keyword=value pairs, as in "
                "\"host=db dbname=shop\", a value with spaces in single quotes; or a URI, "
                "postgresql://user:password@host/database"};
        text.remove_prefix(1);
        skip_spaces();
        out.set(name, take_connection_value(text));
    }
    return out;
}

/// Reads a connection string in either of libpq's forms. Gives what it says and nothing else.
/// Throws options_error, which never shows what could be a password.
/// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
[[nodiscard]] inline connection_settings parse_connection_string(std::string_view text)
{
    if (text.find('\0') != std::string_view::npos)
        throw options_error{"the connection string holds a zero byte"};
    for (std::string_view const scheme : {"postgresql://", "postgres://"})
        if (text.starts_with(scheme))
            return parse_connection_uri(text.substr(scheme.size()));
    std::size_t const scheme_end = text.find("://");
    if (scheme_end != std::string_view::npos && text.find('=') > scheme_end) {
        std::string_view const scheme = text.substr(0, scheme_end);
        std::string advice;
        if (scheme.starts_with("postgres") && scheme.find('+') != std::string_view::npos)
            advice = "; leave out what is between the + and the colon";
        else if (scheme.starts_with("jdbc:"))
            advice = "; leave out the jdbc:";
        throw options_error{"a connection URI begins with postgresql:// or postgres://" + advice};
    }
    return parse_connection_pairs(text);
}

} // namespace pgcoro
