#pragma once

#include "../types/member_count.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace pgcoro {

template <class T>
struct unborn_holder
{
    T value;
};

#ifdef __clang__
    #pragma clang diagnostic push
    #pragma clang diagnostic ignored "-Wundefined-var-template"
    #pragma clang diagnostic ignored "-Wundefined-internal"
#endif

/// A T that is nowhere: only its members' addresses are taken, for the compiler to spell out.
template <class T>
extern unborn_holder<T> const unborn;

/// A pointer that may be a template argument whatever it points to (clang before 18 takes no bare
/// pointer to a part of an object).
template <class Pointer>
struct spelled_pointer
{
    Pointer pointer;
};

template <class Pointer>
spelled_pointer(Pointer) -> spelled_pointer<Pointer>;

/// Not a lambda, which would be another one for each T.
template <std::size_t I>
struct nth_pointer
{
    template <class First, class... Rest>
    constexpr auto operator()(First const& first, Rest const&... rest) const noexcept
    {
        if constexpr (I == 0)
            return spelled_pointer{std::addressof(first)};
        else
            return nth_pointer<I - 1>{}(rest...);
    }
};

template <class T, std::size_t I>
[[nodiscard]] consteval auto pointer_to_member() noexcept
{
    return visit_members<member_count<T>>(unborn<T>.value, nth_pointer<I>{});
}

template <class T, spelled_pointer Member>
[[nodiscard]] consteval std::string_view spelled_out_member() noexcept
{
    return __PRETTY_FUNCTION__; // gcc: ...{(& unborn<T>...T::x)}; ...]  clang:
                                // ...{&unborn.value.x}]
}

template <class T, std::size_t I>
[[nodiscard]] consteval std::string_view find_member_name() noexcept
{
    // By hand: what std::string_view does step by step takes the compiler several times as long.
    std::string_view const text = spelled_out_member<T, pointer_to_member<T, I>()>();
    char const* end = text.data() + text.size();
    while (*--end != '}') {
    }
    if (end[-1] == ')')
        --end;
    char const* begin = end;
    while (begin[-1] != '.' && begin[-1] != ':')
        --begin;
    return {begin, static_cast<std::size_t>(end - begin)};
}

#ifdef __clang__
    #pragma clang diagnostic pop
#endif

/// The names of an aggregate's members, in their order.
template <class T>
inline constexpr auto member_names = []<std::size_t... I>(std::index_sequence<I...>)
{
    return std::array<std::string_view, sizeof...(I)>{find_member_name<T, I>()...};
}
(std::make_index_sequence<member_count<T>>{});

} // namespace pgcoro
