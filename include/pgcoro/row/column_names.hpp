#pragma once

#include "../types/codec.hpp"
#include "cpp_name.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace pgcoro {

/// One row of column_names: a member of a struct, and what its column is called.
struct column_name
{
    std::string_view member;
    std::string_view column;
};

/// Which columns a struct's members take, where they are called otherwise:
///
///     struct user { int id; std::string email; };
///     template <> inline constexpr pgcoro::column_name pgcoro::column_names<user>[] = {
///         {"id", "user_id"}};
///
/// Members that it doesn't name take the columns of their own names.
template <class T>
inline constexpr std::nullptr_t column_names{};

[[nodiscard]] constexpr std::string_view column_of(std::string_view member, std::nullptr_t) noexcept
{
    return member;
}

[[nodiscard]] constexpr std::string_view column_of(
    std::string_view member, std::span<column_name const> names) noexcept
{
    for (column_name const& each : names)
        if (each.member == member)
            return each.column;
    return member;
}

/// A T whose members take the columns by position, whatever their names: one round trip from the
/// first run. Everything else is T's: `for (user const& u : co_await
/// conn.fetch<pgcoro::by_position<user>>(sql))`.
template <class T>
struct by_position : T
{};

template <class T>
inline constexpr bool is_by_position = false;
template <class T>
inline constexpr bool is_by_position<by_position<T>> = true;

template <class T>
inline constexpr bool has_own_codec<by_position<T>> = true; // it is a row, and never a value

template <class T>
struct cpp_name<by_position<T>> : cpp_name<T>
{};

} // namespace pgcoro
