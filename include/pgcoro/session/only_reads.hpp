#pragma once

#include "../core/placeholders.hpp"
#include "leftovers.hpp"

#include <cstddef>
#include <string_view>

namespace pgcoro {

/// Whether a statement, by its words, only reads: a query, or a COPY of one or of a table, without
/// a word that changes data. What functions in it do can't be known. A statement that locks rows
/// does not count, nor does one that is not understood.
/// https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING
[[nodiscard]] constexpr bool only_reads(std::string_view sql) noexcept
{
    bool first = true;
    bool reads = false;
    scan_statement(
        sql, [](std::size_t, std::size_t, std::size_t) {}, [](std::size_t i) { return i + 1; },
        [&](std::string_view word) {
            auto const is = [word](std::string_view other) {
                return word.size() == other.size() && goes_on(word, other);
            };
            if (first)
                reads = is("select") || is("with") || is("table") || is("values") || is("copy");
            else if (is("insert") || is("update") || is("delete") || is("merge") || is("into"))
                reads = false;
            first = false;
        });
    return reads;
}

} // namespace pgcoro
