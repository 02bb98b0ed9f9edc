#pragma once

#include "codec.hpp"

#include <string>

namespace pgcoro {

/// A value as its codec writes it in text, which for the built-in types is how the server prints
/// it; `NULL` for what is sent as NULL. It serves the standard library's types (a date as
/// std::chrono::sys_days); those of this library have a to_string() of their own.
template <encodable T>
[[nodiscard]] inline std::string to_text(T const& value)
{
    if (is_null(value))
        return "NULL";
    small_byte_writer<64> to;
    codec<T>::encode(value, format::text, to);
    return {reinterpret_cast<char const*>(to.data()), to.size()};
}

} // namespace pgcoro
