#pragma once

#include "numeric_digits.hpp"
#include "text_scanner.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

/// \file
/// A numeric as the server writes it, and back.
/// https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL

namespace pgcoro {

/// The most decimal digits behind the point, and the most before it.
inline constexpr std::int64_t max_numeric_scale = 16'383;
inline constexpr std::int64_t max_numeric_integer_digits = 131'072;

/// Takes leading and trailing zeros away, so that equal numbers have equal digits; zero has none.
/// False if there was so much in front that the weight is out of range.
inline bool normalize(numeric_digits& number)
{
    std::uint16_t begin = 0;
    std::uint16_t end = number.size();
    while (begin != end && number.data()[begin] == 0)
        ++begin;
    while (begin != end && number.data()[end - 1] == 0)
        --end;
    std::int32_t const weight = begin == end ? 0 : number.weight - begin;
    if (begin == end)
        number.kind = numeric_kind::positive;
    number.weight = static_cast<std::int16_t>(weight);
    number.trim(begin, end);
    return std::in_range<std::int16_t>(weight);
}

inline void append_numeric(numeric_digits const& number, std::string& to)
{
    switch (number.kind) {
    case numeric_kind::nan:
        to += "NaN";
        return;
    case numeric_kind::infinity:
        to += "Infinity";
        return;
    case numeric_kind::negative_infinity:
        to += "-Infinity";
        return;
    case numeric_kind::negative:
        to += '-';
        break;
    case numeric_kind::positive:
        break;
    }
    auto const digit = [&](std::int32_t index) -> std::int64_t {
        return index >= 0 && index < number.size() ? number.data()[index] : 0;
    };
    char four[8];
    to.append(four, put_number(four, number.weight < 0 ? 0 : digit(0), 1));
    for (std::int32_t i = 1; i <= number.weight; ++i)
        to.append(four, put_number(four, digit(i), 4));
    if (number.scale == 0)
        return;
    to += '.';
    std::int32_t left = number.scale;
    for (std::int32_t i = number.weight + 1; left > 0; ++i, left -= 4) {
        (void)put_number(four, digit(i), 4);
        to.append(four, static_cast<std::size_t>(std::min(left, 4)));
    }
}

/// Decimal digits, those before the point and those behind it, shifted by `exponent` places to the
/// left. False if there are more than the server has room for.
[[nodiscard]] inline bool assign_decimal(numeric_digits& number, bool negative,
    std::string_view integer, std::string_view fraction, std::int64_t exponent)
{
    auto const integer_size = static_cast<std::int64_t>(integer.size());
    auto const count = integer_size + static_cast<std::int64_t>(fraction.size());
    auto const at = [&](std::int64_t i) -> unsigned {
        if (i < 0 || i >= count)
            return 0;
        return static_cast<unsigned>(
            (i < integer_size ? integer[static_cast<std::size_t>(i)]
                              : fraction[static_cast<std::size_t>(i - integer_size)]) -
            '0');
    };
    std::int64_t first = 0; // what is not zero: the value might be far smaller than its text
    while (first < count && at(first) == 0)
        ++first;
    std::int64_t const before_point = integer_size + exponent - first; // digits, or less than none
    std::int64_t const scale =
        std::max<std::int64_t>(0, static_cast<std::int64_t>(fraction.size()) - exponent);
    if (scale > max_numeric_scale || (first != count && before_point > max_numeric_integer_digits))
        return false;
    number.kind = negative ? numeric_kind::negative : numeric_kind::positive;
    number.scale = static_cast<std::uint16_t>(scale);
    if (first == count) {
        number.weight = 0;
        number.resize(0);
        return normalize(number);
    }
    // Groups of four are aligned at the point: the first may begin with zeros.
    std::int64_t const groups_before = before_point > 0 ? (before_point + 3) / 4 : before_point / 4;
    std::int64_t const leading = groups_before * 4 - before_point;
    std::int64_t const groups = (leading + count - first + 3) / 4;
    number.weight = static_cast<std::int16_t>(groups_before - 1);
    std::uint16_t* const digits = number.resize(static_cast<std::uint16_t>(groups));
    std::int64_t next = first - leading;
    for (std::int64_t i = 0; i < groups; ++i) {
        unsigned group = 0;
        for (int place = 0; place < 4; ++place, ++next)
            group = group * 10 + (next < first ? 0 : at(next));
        digits[i] = static_cast<std::uint16_t>(group);
    }
    return normalize(number);
}

/// Reads `-12.50`, `1e-5`, `NaN`, `Infinity`.
[[nodiscard]] inline bool parse_numeric(std::string_view text, numeric_digits& to)
{
    to = {};
    if (text == "NaN" || text == "Infinity" || text == "-Infinity") {
        to.kind = text == "NaN"        ? numeric_kind::nan
                  : text == "Infinity" ? numeric_kind::infinity
                                       : numeric_kind::negative_infinity;
        return true;
    }
    text_scanner scanner{text};
    bool const negative = scanner.take('-');
    if (!negative)
        (void)scanner.take('+');
    auto const take_digits = [&] {
        std::string_view const digits = scanner.rest().substr(0, scanner.count_digits());
        (void)scanner.take(digits);
        return digits;
    };
    std::string_view const integer = take_digits();
    std::string_view const fraction = scanner.take('.') ? take_digits() : std::string_view{};
    if (integer.empty() && fraction.empty())
        return false;
    std::int64_t exponent = 0;
    if (scanner.take('e') || scanner.take('E')) {
        bool const down = scanner.take('-');
        if (!down)
            (void)scanner.take('+');
        if (!scanner.take_number(1, 9, exponent))
            return false;
        exponent = down ? -exponent : exponent;
    }
    return scanner.at_end() && assign_decimal(to, negative, integer, fraction, exponent);
}

} // namespace pgcoro
