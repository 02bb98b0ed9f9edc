#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgcoro {

/// What statements leave behind in a session, apart from their results: a set of these.
namespace leftover {
inline constexpr std::uint8_t settings = 1;
inline constexpr std::uint8_t locks = 2; ///< advisory ones that outlast a transaction
inline constexpr std::uint8_t listens = 4;
inline constexpr std::uint8_t cursors = 8;     ///< WITH HOLD
inline constexpr std::uint8_t temporary = 16;  ///< tables and the like
inline constexpr std::uint8_t statements = 32; ///< those of SQL's PREPARE
inline constexpr std::uint8_t everything = 63;
} // namespace leftover

/// Whether the text goes on like this, whatever the case; `word` is lower case.
[[nodiscard]] constexpr bool goes_on(std::string_view text, std::string_view word) noexcept
{
    if (text.size() < word.size())
        return false;
    for (std::size_t i = 0; i != word.size(); ++i) {
        char const c = text[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c) != word[i])
            return false;
    }
    return true;
}

/// What an otherwise harmless statement may leave, by the words in it: set_config(), the advisory
/// locks of a session, temporary tables.
[[nodiscard]] constexpr std::uint8_t left_by_words(std::string_view sql) noexcept
{
    auto const names = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    };
    std::uint8_t left = 0;
    for (std::size_t at = 0; at != sql.size(); ++at) {
        switch (sql[at]) {
        case 's':
        case 'S':
            if (goes_on(sql.substr(at), "set_config"))
                left |= leftover::settings;
            break;
        case 'a':
        case 'A': // those of a transaction are called advisory_xact_lock
            if (goes_on(sql.substr(at), "advisory_lock"))
                left |= leftover::locks;
            break;
        case 't':
        case 'T': {
            std::string_view const rest = sql.substr(at);
            if (!goes_on(rest, "temp"))
                break;
            bool const whole = rest.size() == 4 || !names(rest[4]) || goes_on(rest, "temporary");
            if (whole &&
                (at == 0 || !names(sql[at - 1]) || (at >= 3 && goes_on(sql.substr(at - 3), "pg_"))))
                left |= leftover::temporary;
            break;
        }
        default:
            break;
        }
    }
    return left;
}

/// What a statement leaves, by its command tag: the server says what was really run, in a text of
/// several statements, too. `by_words` is left_by_words() of the text.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html
[[nodiscard]] constexpr std::uint8_t left_by(std::string_view tag, std::uint8_t by_words) noexcept
{
    using namespace leftover;
    if (tag == "SET")
        return settings;
    if (tag == "LISTEN")
        return listens;
    if (tag == "DECLARE CURSOR")
        return cursors;
    if (tag == "PREPARE")
        return statements;
    if (tag == "DO" || tag == "CALL") // whatever is in there
        return settings | locks | listens | cursors | temporary;
    return by_words;
}

/// Undoes it, as one text; empty if there is nothing to be done. Not DISCARD ALL, which would drop
/// the statements of the cache, too.
/// https://www.postgresql.org/docs/current/sql-discard.html
[[nodiscard]] inline std::string undo_leftovers(std::uint8_t left)
{
    using namespace leftover;
    std::string sql;
    if ((left & settings) != 0) // RESET ALL lets the role be
        sql += "SET SESSION AUTHORIZATION DEFAULT; RESET ALL; ";
    if ((left & locks) != 0)
        sql += "SELECT pg_advisory_unlock_all(); ";
    if ((left & cursors) != 0)
        sql += "CLOSE ALL; ";
    if ((left & listens) != 0)
        sql += "UNLISTEN *; ";
    if ((left & temporary) != 0)
        sql += "DISCARD TEMP; ";
    if ((left & statements) != 0)
        sql += "DEALLOCATE ALL; ";
    return sql;
}

} // namespace pgcoro
