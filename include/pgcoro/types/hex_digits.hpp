#pragma once

namespace pgcoro {

inline constexpr char hex_digits[] = "0123456789abcdef";

/// The value of a hexadecimal digit of either case; 256 for what is none, so that of two digits
/// the number is more than a byte if one of them was wrong.
[[nodiscard]] constexpr unsigned hex_value(char digit) noexcept
{
    if (digit >= '0' && digit <= '9')
        return static_cast<unsigned>(digit - '0');
    if (digit >= 'a' && digit <= 'f')
        return static_cast<unsigned>(digit - 'a') + 10;
    if (digit >= 'A' && digit <= 'F')
        return static_cast<unsigned>(digit - 'A') + 10;
    return 256;
}

} // namespace pgcoro
