#pragma once

#include "../types/codec.hpp"
#include "../types/composite.hpp"
#include "column_names.hpp"
#include "cpp_name.hpp"
#include "member_names.hpp"

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace pgcoro {

class record;

/// Any columns, known at run time only.
template <class T>
concept record_shaped = std::is_same_v<T, record>;

/// One column: whatever has a codec. Tuples and aggregates have one too, as composites within a
/// row, but are rows themselves.
template <class T>
concept scalar_shaped = has_codec<T> && !composite_value<T>;

/// A column for each element, in their order.
template <class T>
concept tuple_shaped = !scalar_shaped<T> && is_tuple<T>;

/// A column for each member, found by its name.
template <class T>
concept aggregate_shaped = !record_shaped<T> && !scalar_shaped<T> && !is_tuple<T> &&
                           !is_by_position<T> && std::is_aggregate_v<T> && std::is_class_v<T>;

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
    static constexpr std::string_view member(std::size_t) { return {}; }
};

template <tuple_shaped T>
struct row_shape<T> : parts_of<T>
{
    static constexpr row_kind kind = row_kind::by_position;
    static constexpr std::string_view name(std::size_t) { return {}; }
    static constexpr std::string_view member(std::size_t) { return {}; }
};

template <aggregate_shaped T>
struct row_shape<T> : parts_of<T>
{
    static constexpr row_kind kind = row_kind::by_name;
    static constexpr std::string_view name(std::size_t index)
    {
        return column_of(member_names<T>[index], column_names<T>);
    }
    static constexpr std::string_view member(std::size_t index) { return member_names<T>[index]; }
};

template <class T>
struct row_shape<by_position<T>>
{
    using members = typename parts_of<T>::members;

    template <class Visit>
    [[gnu::always_inline]] static constexpr decltype(auto) visit(
        by_position<T>& value, Visit&& visit)
    {
        return parts_of<T>::visit(static_cast<T&>(value), visit);
    }

    static constexpr row_kind kind = row_kind::by_position;
    static constexpr std::string_view name(std::size_t) { return {}; }
    static constexpr std::string_view member(std::size_t index) { return member_names<T>[index]; }
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
