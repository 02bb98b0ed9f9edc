#pragma once

#include "shape.hpp"

#include <type_traits>

namespace pgcoro {

template <class T>
consteval bool check_composite();

template <class T>
consteval bool check_member_type()
{
    static_assert(has_codec<T>,
        "pgcoro: no codec for T, which a column is to become; specialise pgcoro::codec<T>, see "
        "docs/types.md");
    if constexpr (has_codec<T>) {
        static_assert(
            std::default_initializable<T>, "pgcoro: a column's type must be default-constructible");
        static_assert(decodable<T>,
            "pgcoro: codec<T> has no bool decode(field const&, T&): a T can be sent, but not read");
        if constexpr (composite_value<T>)
            return check_composite<T>();
    }
    return true;
}

template <class... T>
consteval bool check_member_types(type_list<T...>)
{
    return (check_member_type<T>() && ...);
}

/// Says in one line why an aggregate can't be taken apart.
template <class T>
consteval bool check_aggregate()
{
    static_assert(
        !has_base<T>, "pgcoro: a row type must not inherit: its bases' members can't be named");
    static_assert(std::is_default_constructible_v<T>,
        "pgcoro: every member of a row type must be default-constructible");
    if constexpr (!has_base<T> && std::is_default_constructible_v<T>) {
        static_assert(member_count<T> != 0, "pgcoro: a row type must have members");
        static_assert(
            member_count<T> <= max_member_count, "pgcoro: a row type can have 64 members at most");
        if constexpr (member_count<T> != 0 && member_count<T> <= max_member_count)
            return check_member_types(typename parts_of<T>::members{});
    }
    return true;
}

template <class T>
consteval bool check_composite()
{
    if constexpr (is_tuple<T>)
        return check_member_types(typename parts_of<T>::members{});
    else
        return check_aggregate<T>();
}

/// Every member that is given a column's name is there.
template <class T>
consteval bool check_column_names()
{
    if constexpr (!std::is_same_v<decltype(column_names<T>), std::nullptr_t const>) {
        constexpr bool known = [] {
            for (column_name const& each : column_names<T>) {
                bool found = false;
                for (std::string_view const member : member_names<T>)
                    found = found || member == each.member;
                if (!found)
                    return false;
            }
            return true;
        }();
        static_assert(known, "pgcoro: column_names<T> names a member that T does not have");
    }
    return true;
}

template <class T>
consteval bool check_positional(by_position<T>*)
{
    static_assert(std::is_aggregate_v<T> && std::is_class_v<T>,
        "pgcoro: by_position is for aggregates; tuples and scalars are by position as they are");
    return check_aggregate<T>();
}

/// Says in one line why T can't be the only column of a row.
template <class T>
consteval bool check_value_type()
{
    static_assert(aggregate_shaped<T> || tuple_shaped<T> || record_shaped<T> || has_codec<T>,
        "pgcoro: no codec for T; specialise pgcoro::codec<T>, see docs/types.md");
    static_assert(!aggregate_shaped<T> && !tuple_shaped<T> && !record_shaped<T>,
        "pgcoro: fetch_value() gives one column, and T takes a row; use fetch_one(), of "
        "std::tuple<T> if the column is a composite");
    return true;
}

/// Says in one line why T can't be a row. Nothing that depends on T's members is looked at before,
/// so that this line is the compiler's first.
template <class T>
consteval bool check_row_type()
{
    static_assert(std::is_same_v<T, std::remove_cvref_t<T>>,
        "pgcoro: a row type is neither a reference nor const");
    if constexpr (aggregate_shaped<T>) {
        return check_aggregate<T>() && check_column_names<T>();
    } else if constexpr (is_by_position<T>) {
        return check_positional(static_cast<T*>(nullptr));
    } else if constexpr (tuple_shaped<T>) {
        return check_member_types(typename row_shape<T>::members{});
    } else if constexpr (!record_shaped<T>) {
        static_assert(has_codec<T>, "pgcoro: no codec for T, which is no aggregate either; "
                                    "specialise pgcoro::codec<T>, see "
                                    "docs/types.md");
        if constexpr (has_codec<T>)
            return check_member_type<T>();
    }
    return true;
}

} // namespace pgcoro
