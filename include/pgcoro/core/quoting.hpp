#pragma once

#include <string>
#include <string_view>

namespace pgcoro {

/// A name as SQL wants it where it may hold anything: `my "table"` gives `"my ""table"""`. Quoted
/// names keep their case. A zero byte, which no name can hold, is refused when the SQL is sent.
/// https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
[[nodiscard]] inline std::string quote_identifier(std::string_view name)
{
    std::string quoted{"\""};
    for (char const c : name) {
        if (c == '"')
            quoted += '"';
        quoted += c;
    }
    return quoted += '"';
}

/// A text as a literal of SQL, whatever standard_conforming_strings says: for the commands that
/// take no parameters; elsewhere pass an argument. `it's` gives `'it''s'`, `a\b` gives ` E'a\\b'`.
/// https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-CONSTANTS
[[nodiscard]] inline std::string quote_literal(std::string_view text)
{
    std::string quoted{text.find('\\') == std::string_view::npos ? "'" : " E'"};
    for (char const c : text) {
        if (c == '\'' || c == '\\')
            quoted += c;
        quoted += c;
    }
    return quoted += '\'';
}

} // namespace pgcoro
