#pragma once

#include "member_count.hpp"

#include <tuple>
#include <type_traits>
#include <utility>

namespace pgcoro {

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

/// What an aggregate or a tuple is made of: `members` are the types, in order, and visit() calls
/// back with a reference to each.
template <class T>
struct parts_of
{
    template <class Visit, class Value>
    [[gnu::always_inline]] static constexpr decltype(auto) visit(Value& value, Visit&& visit)
    {
        return visit_members<member_count<T>>(value, visit);
    }

    static constexpr auto list(T& value)
    {
        return visit(value, [](auto&... members) {
            return type_list<std::remove_reference_t<decltype(members)>...>{};
        });
    }

    using members = decltype(list(std::declval<T&>()));
};

template <class T>
requires is_tuple<T>
struct parts_of<T>
{
    template <class Visit, class Value>
    [[gnu::always_inline]] static constexpr decltype(auto) visit(Value& value, Visit&& visit)
    {
        return std::apply(visit, value);
    }

    template <class... Members>
    static type_list<Members...> list(std::tuple<Members...> const&);
    template <class First, class Second>
    static type_list<First, Second> list(std::pair<First, Second> const&);

    using members = decltype(list(std::declval<T const&>()));
};

} // namespace pgcoro
