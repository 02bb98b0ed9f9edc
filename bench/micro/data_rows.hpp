#pragma once

#include "../common/big_endian.hpp"

#include <pgcoro/protocol/row_description.hpp>

#include <bit>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bench {

/// The columns of a result.
[[nodiscard]] inline pgcoro::row_description describe(
    std::vector<std::pair<char const*, pgcoro::oid>> const& columns)
{
    pgcoro::row_description made;
    for (auto const& [name, type] : columns) {
        pgcoro::column_description column;
        column.name = name;
        column.type = type;
        made.columns.push_back(std::move(column));
    }
    return made;
}

/// The RowDescription message of that.
[[nodiscard]] inline std::string description_message(pgcoro::row_description const& from)
{
    std::string body;
    append(body, static_cast<std::int16_t>(from.columns.size()));
    for (auto const& column : from.columns) {
        body += column.name;
        body += '\0';
        append(body, std::int32_t{0}); // table
        append(body, std::int16_t{0}); // its column
        append(body, static_cast<std::int32_t>(column.type));
        append(body, std::int16_t{-1}); // size
        append(body, std::int32_t{-1}); // modifier
        append(body, std::int16_t{0});  // format
    }
    std::string message{"T"};
    append(message, static_cast<std::int32_t>(body.size() + 4));
    return message + body;
}

template <class T>
void append_value(std::string& to, T const& value)
{
    if constexpr (std::is_same_v<T, std::nullptr_t>) {
        append(to, std::int32_t{-1});
    } else if constexpr (std::integral<T>) {
        append(to, static_cast<std::int32_t>(sizeof value));
        if constexpr (sizeof value == 1)
            to += static_cast<char>(value);
        else
            append(to, value);
    } else if constexpr (std::floating_point<T>) {
        append_value(to, std::bit_cast<std::int64_t>(value));
    } else {
        std::string_view const text{value};
        append(to, static_cast<std::int32_t>(text.size()));
        to += text;
    }
}

/// A DataRow message.
template <class... T>
[[nodiscard]] std::string data_row(T const&... values)
{
    std::string body;
    append(body, static_cast<std::int16_t>(sizeof...(T)));
    (append_value(body, values), ...);
    std::string message{"D"};
    append(message, static_cast<std::int32_t>(body.size() + 4));
    return message + body;
}

} // namespace bench
