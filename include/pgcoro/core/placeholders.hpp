#pragma once

#include <cstddef>
#include <string_view>

namespace pgcoro {

/// For scan_statement(): who asks for no words.
struct no_words
{
    constexpr void operator()(std::string_view) const noexcept {}
};

/// Calls `found(n, begin, end)` for each placeholder $n of a statement, in their order, with where
/// it begins and ends, `word(text)` for each key word, name that is not quoted or number, and
/// `other(i)` for each character that is no part of anything larger, to hear where to go on.
/// Strings, quoted names, dollar quotes and comments are understood; a text that ends within one of
/// them is the server's to complain about.
/// https://www.postgresql.org/docs/current/sql-syntax-lexical.html
template <class Found, class Other, class Word = no_words>
constexpr void scan_statement(std::string_view sql, Found found, Other other, Word word = {})
{
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    auto const is_name = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c) ||
               static_cast<unsigned char>(c) >= 0x80;
    };
    auto const is_space = [](char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
    };
    auto const find = [&](std::string_view what, std::size_t from) {
        std::size_t const at = sql.find(what, from);
        return at == std::string_view::npos ? sql.size() : at + what.size();
    };

    std::size_t i = 0;
    while (i < sql.size()) {
        char const c = sql[i];
        if (c == '\'' || c == '"') {
            // E'…' takes backslashes; a doubled quote ends one string and begins the next.
            bool const escapes = c == '\'' && i != 0 && (sql[i - 1] == 'E' || sql[i - 1] == 'e') &&
                                 (i == 1 || !is_name(sql[i - 2]));
            for (bool goes_on = true; goes_on;) {
                for (++i; i < sql.size() && sql[i] != c; ++i)
                    if (escapes && sql[i] == '\\')
                        ++i;
                ++i;
                // 'a' and, on a later line, 'b' are one string, of the first one's kind.
                std::size_t next = i;
                bool new_line = false;
                while (next < sql.size() && is_space(sql[next]))
                    new_line = sql[next++] == '\n' || new_line;
                goes_on = escapes && new_line && next < sql.size() && sql[next] == c;
                i = goes_on ? next : i;
            }
        } else if (sql.substr(i).starts_with("--")) {
            i = find("\n", i);
        } else if (sql.substr(i).starts_with("/*")) {
            std::size_t depth = 0;
            do {
                if (sql.substr(i).starts_with("/*")) {
                    ++depth;
                    i += 2;
                } else if (sql.substr(i).starts_with("*/")) {
                    --depth;
                    i += 2;
                } else {
                    ++i;
                }
            } while (depth != 0 && i < sql.size());
        } else if (c == '$') {
            std::size_t end = i + 1;
            if (end < sql.size() && is_digit(sql[end])) {
                std::size_t number = 0;
                for (; end < sql.size() && is_digit(sql[end]); ++end)
                    if (number <= 100'000)
                        number = number * 10 + static_cast<std::size_t>(sql[end] - '0');
                found(number, i, end);
                i = end;
                continue;
            }
            while (end < sql.size() && is_name(sql[end]))
                ++end;
            if (end < sql.size() && sql[end] == '$')
                i = find(sql.substr(i, end + 1 - i), end + 1); // $tag$ … $tag$
            else
                i = end;
        } else if (is_name(c)) {
            std::size_t const begin = i;
            while (i < sql.size() && (is_name(sql[i]) || sql[i] == '$'))
                if (i + 1 < sql.size() && sql[i + 1] == '\'')
                    break; // the E of E'…'
                else
                    ++i;
            i += i < sql.size() && is_name(sql[i]) ? 1 : 0;
            word(sql.substr(begin, i - begin));
        } else {
            i = other(i);
        }
    }
}

/// Calls `found(n)` for each placeholder $n of a statement, in their order.
template <class Found>
constexpr void find_placeholders(std::string_view sql, Found found) noexcept
{
    scan_statement(
        sql, [&](std::size_t n, std::size_t, std::size_t) { found(n); },
        [](std::size_t i) { return i + 1; });
}

/// The highest n of the placeholders $n in a statement, 0 if there are none.
[[nodiscard]] constexpr std::size_t highest_placeholder(std::string_view sql) noexcept
{
    std::size_t highest = 0;
    find_placeholders(sql, [&](std::size_t n) { highest = n > highest ? n : highest; });
    return highest;
}

/// Whether the placeholders are $1 to $count, each at least once.
[[nodiscard]] constexpr bool placeholders_are(std::string_view sql, std::size_t count) noexcept
{
    if (highest_placeholder(sql) != count)
        return false;
    for (std::size_t wanted = 1; wanted <= count; ++wanted) {
        bool is_there = false;
        find_placeholders(sql, [&](std::size_t n) { is_there = is_there || n == wanted; });
        if (!is_there)
            return false;
    }
    return true;
}

} // namespace pgcoro
