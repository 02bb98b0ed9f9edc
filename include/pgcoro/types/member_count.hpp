#pragma once

#include "members.hpp"

#include <cstddef>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// Stands for a member of whatever type in an initialiser that is never evaluated. (Defined all the
/// same: clang complains where the type is in an anonymous namespace.)
struct any_member
{
    constexpr explicit any_member(std::size_t) noexcept {}
    template <class Member>
    operator Member() const noexcept
    {
        __builtin_unreachable();
    }
};

/// Becomes a base class of T, and nothing else.
template <class T>
struct any_base
{
    template <class Base>
    requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>) operator Base() const noexcept;
};

template <class T, std::size_t... I>
[[nodiscard]] consteval bool takes_initialisers(std::index_sequence<I...>) noexcept
{
    return requires
    {
        T{any_member{I}...};
    };
}

template <class T, std::size_t N>
[[nodiscard]] consteval std::size_t count_members() noexcept
{
    if constexpr (N > max_member_count)
        return N;
    else if constexpr (takes_initialisers<T>(std::make_index_sequence<N + 1>{}))
        return count_members<T, N + 1>();
    else
        return N;
}

/// The aggregate inherits: its bases would count as members.
template <class T>
inline constexpr bool has_base = requires
{
    T{any_base<T>{}};
};

/// How many members an aggregate has; max_member_count + 1 if there are more than that. T must be
/// default-constructible: then each number of initialisers up to the count compiles, and no other.
template <class T>
inline constexpr std::size_t member_count = count_members<T, 0>();

} // namespace pgcoro
