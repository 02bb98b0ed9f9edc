#pragma once

#include "../types/member_count.hpp"

#include <array>
#include <cstddef>
#include <string_view>

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

/// All of an aggregate's members, as one template argument.
template <std::size_t N>
struct address_list
{
    void const* addresses[N];
};

/// Not a lambda, which would be another one for each T.
struct list_addresses
{
    template <class... Members>
    constexpr address_list<sizeof...(Members)> operator()(Members const&... members) const noexcept
    {
        return {{__builtin_addressof(members)...}};
    }
};

template <auto Addresses>
[[nodiscard]] consteval std::string_view spelled_out_members() noexcept
{
    return __PRETTY_FUNCTION__;
}

template <class T>
[[nodiscard]] consteval std::string_view spelled_out_members_of() noexcept
{
    return spelled_out_members<visit_members<member_count<T>>(unborn<T>.value, list_addresses{})>();
}

#ifdef __clang__
    #pragma clang diagnostic pop
#endif

/// Where the name of a member begins that ends at `end`.
[[nodiscard]] constexpr char const* start_of_member(char const* end) noexcept
{
    while (end[-1] != '.' && end[-1] != ':')
        --end;
    return end;
}

/// Cuts the names out of the text of all addresses: with gcc
/// `…{((const void*)(& unborn<T>…T::x)), ((const void*)(& unborn<T>…T::y))}}…`, with clang
/// `…{&unborn.value.x, &unborn.value.y}}…`. From the end on: what is in front of a name may have
/// whatever a type can be made of, but it is the same in front of each.
constexpr void cut_out_names(std::string_view text, std::string_view* names, std::size_t count)
{
    // By hand: what std::string_view does step by step takes the compiler several times as long.
    char const* end = text.data() + text.size();
    while (end[-1] != '}')
        --end;
    while (end[-1] == '}')
        --end;
    std::ptrdiff_t brackets = 0;
    for (; end[-1] == ')'; --end)
        ++brackets;
    char const* begin = start_of_member(end);
    names[--count] = {begin, static_cast<std::size_t>(end - begin)};
    std::ptrdiff_t before = 0;
    for (char const* at = begin; count != 0 && before == 0; --at) {
        if (at[-1] != ' ' || at[-2] != ',')
            continue;
        char const* const other = start_of_member(at - 2 - brackets);
        if (other - text.data() >= begin - at &&
            __builtin_memcmp(other - (begin - at), at, static_cast<std::size_t>(begin - at)) == 0)
            before = begin - at; // else it was a comma in the type's own name
    }
    while (count != 0) {
        end = begin - before - 2 - brackets;
        begin = start_of_member(end);
        names[--count] = {begin, static_cast<std::size_t>(end - begin)};
    }
}

template <std::size_t N>
[[nodiscard]] consteval std::array<std::string_view, N> cut_out_names(std::string_view text)
{
    std::array<std::string_view, N> names;
    cut_out_names(text, names.data(), N);
    return names;
}

/// The names of an aggregate's members, in their order.
template <class T>
inline constexpr auto member_names = cut_out_names<member_count<T>>(spelled_out_members_of<T>());

} // namespace pgcoro
