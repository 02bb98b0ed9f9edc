#pragma once

#include "nfkc_table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

/// \file
/// Unicode normalization form KC, for the characters of Unicode 3.2: all that SASLprep lets pass.
/// https://www.unicode.org/reports/tr15/

namespace pgcoro {

/// Korean syllables are composed by arithmetic.
struct hangul
{
    static constexpr char32_t syllables = 0xac00;
    static constexpr char32_t leads = 0x1100;
    static constexpr char32_t vowels = 0x1161;
    static constexpr char32_t tails = 0x11a7; ///< one before the first: no tail is number 0
    static constexpr char32_t lead_count = 19;
    static constexpr char32_t vowel_count = 21;
    static constexpr char32_t tail_count = 28;
    static constexpr char32_t syllable_count = lead_count * vowel_count * tail_count;
};

/// How far right of its base a mark stands in canonical order; 0 for all that is no mark.
[[nodiscard]] inline std::uint8_t combining_class(char32_t point) noexcept
{
    auto const* const last = std::end(combining_runs);
    auto const* const run = std::lower_bound(std::begin(combining_runs), last, point,
        [](combining_run const& each, char32_t value) { return each.last < value; });
    return run != last && run->first <= point ? run->combining_class : std::uint8_t{0};
}

/// Appends the compatibility decomposition of one character: at most 18 characters.
inline void append_decomposed(std::u32string& to, char32_t point)
{
    if (point - hangul::syllables < hangul::syllable_count) {
        char32_t const number = point - hangul::syllables;
        to += hangul::leads + number / (hangul::vowel_count * hangul::tail_count);
        to += hangul::vowels + number / hangul::tail_count % hangul::vowel_count;
        if (number % hangul::tail_count != 0)
            to += hangul::tails + number % hangul::tail_count;
        return;
    }
    auto const* const run = std::upper_bound(std::begin(nfkd_runs), std::end(nfkd_runs), point,
        [](char32_t value, nfkd_run const& each) { return value < each.first; });
    if (run == std::begin(nfkd_runs) || point - std::prev(run)->first >= std::prev(run)->count) {
        to += point;
        return;
    }
    nfkd_run const& found = *std::prev(run);
    if (found.length == 0) {
        to += found.at + (point - found.first);
        return;
    }
    char16_t const* const units = nfkd_pool + found.at + (point - found.first) * found.length;
    for (std::size_t i = 0; i < found.length; ++i) {
        char32_t unit = units[i];
        if (unit - 0xd800 < 0x400) // the first half of a pair; the table has no broken ones
            unit = 0x10000 + ((unit - 0xd800) << 10) + (units[++i] - char32_t{0xdc00});
        to += unit;
    }
}

/// The one character that two stand for together, or 0.
[[nodiscard]] inline char32_t compose(char32_t first, char32_t second) noexcept
{
    if (first - hangul::leads < hangul::lead_count && second - hangul::vowels < hangul::vowel_count)
        return hangul::syllables +
               ((first - hangul::leads) * hangul::vowel_count + (second - hangul::vowels)) *
                   hangul::tail_count;
    if (first - hangul::syllables < hangul::syllable_count &&
        (first - hangul::syllables) % hangul::tail_count == 0 &&
        second - hangul::tails - 1 < hangul::tail_count - 1)
        return first + (second - hangul::tails);

    std::pair const wanted{first, second};
    std::size_t from = 0;
    std::size_t to = (std::size(compositions) - 1) / 3;
    while (from < to) {
        std::size_t const middle = (from + to) / 2;
        char16_t const* const triple = compositions + middle * 3;
        std::pair const here{char32_t{triple[0]}, char32_t{triple[1]}};
        if (here == wanted)
            return triple[2];
        if (here < wanted)
            from = middle + 1;
        else
            to = middle;
    }
    return 0;
}

/// Brings text into form KC. `text` must hold characters of Unicode 3.2 only. It is overwritten
/// where it was too small, which matters for a password: reserve 18 times its length.
inline void normalize_nfkc(std::u32string_view text, std::u32string& out)
{
    out.clear();
    for (char32_t const point : text)
        append_decomposed(out, point);

    // Marks behind the same base go in the order of their classes, equal ones as they stood.
    for (std::size_t i = 1; i < out.size(); ++i) {
        auto const mark = combining_class(out[i]);
        for (auto at = i; mark != 0 && at > 0 && combining_class(out[at - 1]) > mark; --at)
            std::swap(out[at - 1], out[at]);
    }

    // Each character joins the last base, unless one between them is in its way.
    std::size_t base = std::u32string::npos;
    std::size_t size = 0;
    std::uint8_t last = 0; // the class of what was kept last
    for (char32_t const point : out) {
        auto const mark = combining_class(point);
        if (base != std::u32string::npos && (size == base + 1 || (last != 0 && last < mark))) {
            if (char32_t const joined = compose(out[base], point); joined != 0) {
                out[base] = joined;
                continue;
            }
        }
        if (mark == 0)
            base = size;
        last = mark;
        out[size++] = point;
    }
    out.resize(size);
}

} // namespace pgcoro
