#pragma once

#include "../types/codec.hpp"
#include "cpp_name.hpp"
#include "member_names.hpp"

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace pgcoro {

class record;

template <class... T>
struct type_list
{
    static constexpr std::size_t size = sizeof...(T);
};

template <class T>
inline constexpr bool is_tuple = false;
template <class... T>
inline constexpr bool is_tuple<std::tuple<T...>> = true;
template <class First, class Second>
inline constexpr bool is_tuple<std::pair<First, Second>> = true;

/// Any columns, known at run time only.
template <class T>
concept record_shaped = std::is_same_v<T, record>;

/// One column: whatever has a codec.
template <class T>
concept scalar_shaped = has_codec<T>;

/// A column for each element, in their order.
template <class T>
concept tuple_shaped = !has_codec<T> && is_tuple<T>;

/// A column for each member, found by its name.
template <class T>
concept aggregate_shaped = !record_shaped<T> && !has_codec<T> && !is_tuple<T> &&
                           std::is_aggregate_v<T> && std::is_class_v<T>;

/// How a row type finds its columns.
enum class row_kind
{
    scalar, ///< the only one
    by_position,
    by_name,
};

/// Which columns a T takes, and where in it they go: `members` are the types, in order, and visit()
/// calls back with a reference to each.
template <class T>
struct row_shape;

template <scalar_shaped T>
struct row_shape<T>
{
    using members = type_list<T>;

    template <class Visit>
    [[gnu::always_inline]] static constexpr decltype(auto) visit(T& value, Visit&& visit)
    {
        return visit(value);
    }

    static constexpr row_kind kind = row_kind::scalar;
    static constexpr std::string_view name(std::size_t) { return {}; }
};

template <tuple_shaped T>
struct row_shape<T>
{
    template <class... Members>
    static type_list<Members...> list(std::tuple<Members...> const&);
    template <class First, class Second>
    static type_list<First, Second> list(std::pair<First, Second> const&);

    using members = decltype(list(std::declval<T const&>()));

    template <class Visit>
    [[gnu::always_inline]] static constexpr decltype(auto) visit(T& value, Visit&& visit)
    {
        return std::apply(visit, value);
    }

    static constexpr row_kind kind = row_kind::by_position;
    static constexpr std::string_view name(std::size_t) { return {}; }
};

template <aggregate_shaped T>
struct row_shape<T>
{
    static constexpr auto list(T& value)
    {
        return visit(value, [](auto&... members) {
            return type_list<std::remove_reference_t<decltype(members)>...>{};
        });
    }

    template <class Visit>
    [[gnu::always_inline]] static constexpr decltype(auto) visit(T& value, Visit&& visit)
    {
        return visit_members<member_count<T>>(value, visit);
    }

    using members = decltype(list(std::declval<T&>()));

    static constexpr row_kind kind = row_kind::by_name;
    static constexpr std::string_view name(std::size_t index) { return member_names<T>[index]; }
};

template <class... T>
[[nodiscard]] constexpr bool any_borrows(type_list<T...>) noexcept
{
    return (... || borrows<T>());
}

/// The columns must be known before they can be asked for: a statement's first run takes two round
/// trips, and later ones one.
template <class T>
inline constexpr bool needs_columns = aggregate_shaped<T> || record_shaped<T>;

/// Rows of this type point into the bytes that they were decoded from.
template <class T>
inline constexpr bool borrows_bytes = [] {
    if constexpr (record_shaped<T>)
        return true;
    else
        return any_borrows(typename row_shape<T>::members{});
}();

} // namespace pgcoro
