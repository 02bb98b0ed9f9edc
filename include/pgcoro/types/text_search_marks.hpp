#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// \file
/// What the texts of tsvector and tsquery have in common: words in quotes, and weights.

namespace pgcoro {

/// How much a word counts; D unless something else is said.
/// https://www.postgresql.org/docs/current/textsearch-controls.html#TEXTSEARCH-RANKING
enum class search_weight : unsigned char
{
    d,
    c,
    b,
    a
};

/// Appends a word in single quotes; those in it, and backslashes, are doubled.
inline void append_search_word(std::string_view word, std::string& to)
{
    to += '\'';
    for (char const each : word) {
        if (each == '\'' || each == '\\')
            to += each;
        to += each;
    }
    to += '\'';
}

/// Takes a quoted word off the front of `text`. False if there is none.
[[nodiscard]] inline bool take_search_word(std::string_view& text, std::string& to)
{
    to.clear();
    if (text.empty() || text.front() != '\'')
        return false;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\'' || text[i] == '\\') {
            bool const twice = i + 1 < text.size() && text[i + 1] == text[i];
            if (!twice) {
                bool const closed = text[i] == '\'';
                text.remove_prefix(i + 1);
                return closed;
            }
            ++i;
        }
        to += text[i];
    }
    return false;
}

} // namespace pgcoro
