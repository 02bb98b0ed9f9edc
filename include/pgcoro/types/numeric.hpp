#pragma once

#include "codec.hpp"
#include "float_text.hpp"
#include "floating.hpp"
#include "integer.hpp"
#include "numeric_number.hpp"
#include "numeric_text.hpp"
#include "numeric_wire.hpp"
#include "printing.hpp"

#include <algorithm>
#include <charconv>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// numeric: a decimal number of up to 131072 digits before the point and 16383 behind it, NaN or
/// (from version 14 on) an infinite one. Every digit is kept, and how many there are behind the
/// point: 1.0 prints as `1.0` and 1.00 as `1.00`, though they are equal.
///
/// There is no arithmetic: the server does that, or a library to whose numbers scaled() leads.
/// https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL
class numeric
{
public:
    /// Zero.
    numeric() noexcept = default;

    template <numeric_integer T>
    numeric(T value) // NOLINT: every integer is a numeric
    {
        char text[24];
        auto const end = std::to_chars(text, text + sizeof text, value).ptr;
        (void)parse_numeric({text, static_cast<std::size_t>(end - text)}, number_);
    }

    /// With as many digits as it takes to get the same float or double back.
    template <numeric_float T>
    explicit numeric(T value)
    {
        char text[float_text_size];
        (void)parse_numeric(print_float(value, text), number_);
    }

    /// `-12.50`, `1e-5`, `NaN`, `Infinity`; throws std::invalid_argument for anything else.
    explicit numeric(std::string_view text)
    {
        if (!parse_numeric(text, number_))
            throw std::invalid_argument{"\"" + std::string{text} + "\" is no numeric"};
    }

    /// The same, or nothing.
    [[nodiscard]] static std::optional<numeric> parse(std::string_view text)
    {
        numeric value;
        return parse_numeric(text, value.number_) ? std::optional{std::move(value)} : std::nullopt;
    }

    /// `units` divided by 10 to the power of `scale`, which is at most 16383: scaled(1250, 2) is
    /// 12.50.
    [[nodiscard]] static numeric scaled(std::int64_t units, unsigned scale)
    {
        char text[24];
        auto const end = std::to_chars(text, text + sizeof text, units).ptr;
        std::string_view digits{text, static_cast<std::size_t>(end - text)};
        digits.remove_prefix(units < 0 ? 1 : 0);
        numeric value;
        if (!assign_decimal(value.number_, units < 0, digits, {}, -std::int64_t{scale}))
            throw std::invalid_argument{"a numeric has no more than 16383 digits behind its point"};
        return value;
    }

    [[nodiscard]] static numeric nan() noexcept { return numeric{numeric_kind::nan}; }
    [[nodiscard]] static numeric infinity() noexcept { return numeric{numeric_kind::infinity}; }
    [[nodiscard]] static numeric negative_infinity() noexcept
    {
        return numeric{numeric_kind::negative_infinity};
    }

    [[nodiscard]] numeric_kind kind() const noexcept { return number_.kind; }
    [[nodiscard]] bool is_nan() const noexcept { return kind() == numeric_kind::nan; }
    [[nodiscard]] bool is_finite() const noexcept { return pgcoro::is_finite(number_); }
    /// Less than zero.
    [[nodiscard]] bool is_negative() const noexcept
    {
        return kind() == numeric_kind::negative || kind() == numeric_kind::negative_infinity;
    }

    /// How many digits are printed behind the point.
    [[nodiscard]] unsigned scale() const noexcept { return number_.scale; }
    /// The digits to the base of 10000, without zeros in front or behind; the first of them counts
    /// 10000 to the power of weight().
    [[nodiscard]] std::span<std::uint16_t const> digits() const noexcept { return number_.span(); }
    [[nodiscard]] int weight() const noexcept { return number_.weight; }

    /// The value times 10 to the power of `scale`, where that is a whole number and fits: of 12.5,
    /// scaled<int>(2) is 1250, scaled<int>(0) nothing.
    template <numeric_integer T>
    [[nodiscard]] std::optional<T> scaled(unsigned scale) const noexcept
    {
        return scaled_integer<T>(number_, scale);
    }

    /// The value, where it is a whole number that fits.
    template <numeric_integer T>
    [[nodiscard]] std::optional<T> to_integer() const noexcept
    {
        return scaled<T>(0);
    }

    /// The double next to the value; infinite where it is larger than any.
    [[nodiscard]] double to_double() const { return nearest_double(number_); }

    /// Appends the value as the server prints it.
    void append_to(std::string& text) const { append_numeric(number_, text); }

    friend bool operator==(numeric const& a, numeric const& b) noexcept { return (a <=> b) == 0; }
    /// By value, whatever the scale; as the server has it, NaN is equal to itself and greater than
    /// all else.
    friend std::weak_ordering operator<=>(numeric const& a, numeric const& b) noexcept
    {
        if (a.rank() != b.rank())
            return a.rank() <=> b.rank();
        if (!a.is_finite())
            return std::weak_ordering::equivalent;
        return a.is_negative() ? compare_size(b, a) : compare_size(a, b);
    }

private:
    friend struct codec<numeric>;

    explicit numeric(numeric_kind kind) noexcept { number_.kind = kind; }

    /// Where each kind stands among the others.
    [[nodiscard]] int rank() const noexcept
    {
        switch (kind()) {
        case numeric_kind::negative_infinity:
            return -2;
        case numeric_kind::negative:
            return -1;
        case numeric_kind::positive:
            return number_.size() == 0 ? 0 : 1;
        case numeric_kind::infinity:
            return 2;
        case numeric_kind::nan:
            break;
        }
        return 3;
    }

    [[nodiscard]] static std::weak_ordering compare_size(
        numeric const& a, numeric const& b) noexcept
    {
        if (a.number_.weight != b.number_.weight)
            return a.number_.weight <=> b.number_.weight;
        auto const x = a.digits();
        auto const y = b.digits();
        for (std::size_t i = 0; i < x.size() && i < y.size(); ++i)
            if (x[i] != y[i])
                return x[i] <=> y[i];
        return x.size() <=> y.size();
    }

    numeric_digits number_;
};

[[nodiscard]] inline std::string to_string(numeric const& value)
{
    std::string text;
    value.append_to(text);
    return text;
}

template <>
inline constexpr bool prints_like_server<numeric> = true;

/// Read also from integers, all of which it holds. (And 64-bit integers and doubles from it.)
template <>
struct codec<numeric>
{
    static constexpr oid type = oids::numeric;

    static constexpr bool accepts(oid from, format) noexcept
    {
        return from == oids::numeric || from == oids::int2 || from == oids::int4 ||
               from == oids::int8;
    }

    static bool decode(field const& from, numeric& to)
    {
        if (from.type == oids::numeric && from.is_binary())
            return read_numeric(from, to.number_);
        if (!from.is_binary())
            return parse_numeric(from.text(), to.number_);
        std::int64_t value = 0;
        if (!codec<std::int64_t>::decode(from, value))
            return false;
        to = value;
        return true;
    }

    static void encode(numeric const& value, format as, byte_writer& to)
    {
        if (as == format::binary)
            write_numeric(value.number_, to);
        else
            to.put(std::string_view{to_string(value)});
    }
};

} // namespace pgcoro

template <>
struct std::hash<pgcoro::numeric>
{
    /// Of the value: 1.0 and 1.00 have the same.
    [[nodiscard]] std::size_t operator()(pgcoro::numeric const& value) const noexcept
    {
        auto mixed = static_cast<std::uint64_t>(value.kind()) << 16 ^
                     static_cast<std::uint64_t>(value.weight());
        for (std::uint16_t const digit : value.digits())
            mixed = (mixed ^ digit) * std::uint64_t{0x9e3779b97f4a7c15};
        return static_cast<std::size_t>(mixed ^ (mixed >> 32));
    }
};
