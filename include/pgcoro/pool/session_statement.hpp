#pragma once

#include <algorithm>
#include <string_view>

namespace pgcoro {

/// The first word of an SQL text, behind white space, comments (which nest) and empty statements.
/// https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-COMMENTS
[[nodiscard]] constexpr std::string_view first_word(std::string_view sql) noexcept
{
    for (;;) {
        sql.remove_prefix(std::min(sql.find_first_not_of(" \t\r\n\f\v;"), sql.size()));
        if (sql.starts_with("--")) {
            sql.remove_prefix(std::min(sql.find_first_of("\r\n"), sql.size()));
        } else if (sql.starts_with("/*")) {
            int depth = 0;
            do {
                bool const opens = sql.starts_with("/*");
                bool const closes = sql.starts_with("*/");
                depth += opens ? 1 : closes ? -1 : 0;
                sql.remove_prefix(opens || closes ? 2 : 1);
            } while (depth != 0 && !sql.empty());
        } else {
            break;
        }
    }
    auto const is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
    return {sql.data(), static_cast<std::size_t>(
                            std::find_if_not(sql.begin(), sql.end(), is_letter) - sql.begin())};
}

/// Whether a statement changes the session for those who use the connection after it, or takes it
/// for itself: BEGIN, START, SET, LISTEN, DECLARE and COPY; told by its first word alone.
[[nodiscard]] constexpr bool is_of_the_session(std::string_view sql) noexcept
{
    std::string_view const word = first_word(sql);
    for (std::string_view const each : {"BEGIN", "START", "SET", "LISTEN", "DECLARE", "COPY"})
        if (word.size() == each.size() && std::equal(word.begin(), word.end(), each.begin(),
                                              [](char a, char b) { return (a & ~0x20) == b; }))
            return true;
    return false;
}

} // namespace pgcoro
