#pragma once

#include <iosfwd>
#include <string>

namespace pgcoro {

/// True for the value types that to_string() prints as the server would: such a type goes to
/// streams the same way.
template <class T>
inline constexpr bool prints_like_server = false;

template <class Traits, class T>
requires prints_like_server<T>
inline std::basic_ostream<char, Traits>& operator<<(
    std::basic_ostream<char, Traits>& out, T const& value)
{
    return out << to_string(value);
}

} // namespace pgcoro
