#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// Enumerators are found by name from 0 up to here.
inline constexpr std::size_t max_enumerator = 127;

template <auto... Values>
[[nodiscard]] consteval std::string_view spelled_out_values() noexcept
{
    return __PRETTY_FUNCTION__; // gcc: ... [with auto ...Values = {shop::mood::sad, (shop::mood)1};
                                // ...] clang: ... [Values = <shop::mood::sad, (shop::mood)1>]
}

/// `(shop::mood)3`, in place of an enumerator's name; `(anonymous namespace)::mood::sad` is one.
[[nodiscard]] consteval bool is_cast(std::string_view text) noexcept
{
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text.size() && text.front() == '('; ++i) {
        depth += text[i] == '(' ? 1 : 0;
        depth -= text[i] == ')' ? 1 : 0;
        if (depth == 0)
            return i + 1 == text.size() || text[i + 1] != ':';
    }
    return false;
}

/// Splits what the compiler writes for a list of values: the name of each enumerator, or nothing
/// where a value has none.
template <std::size_t N>
[[nodiscard]] consteval std::array<std::string_view, N> split_enumerators(std::string_view text)
{
    std::array<std::string_view, N> names{};
    names.fill(""); // gcc 12 can't read value-initialised ones in a constant expression
    text.remove_prefix(text.find("Values = ") + 10);
    int depth = 0;
    std::size_t start = 0;
    std::size_t index = 0;
    for (std::size_t i = 0; i < text.size() && index < N; ++i) {
        char const c = text[i];
        bool const last = depth == 0 && (c == '}' || c == '>');
        if (last || (depth == 0 && c == ',')) {
            std::string_view name = text.substr(start, i - start);
            bool const nameless = is_cast(name);
            if (std::size_t const colon = name.rfind(':'); colon != name.npos)
                name.remove_prefix(colon + 1);
            if (!nameless)
                names[index] = name;
            ++index;
            start = i + 2; // after the space
        } else if (c == '<' || c == '(' || c == '{') {
            ++depth;
        } else if (c == '>' || c == ')' || c == '}') {
            --depth;
        }
    }
    return names;
}

template <class E, std::size_t... I>
[[nodiscard]] consteval auto find_enumerators(std::index_sequence<I...>)
{
    return split_enumerators<sizeof...(I)>(spelled_out_values<static_cast<E>(I)...>());
}

/// How many values of an enum are looked at.
template <class E>
inline constexpr std::size_t enumerator_span = [] {
    auto const most = std::numeric_limits<std::underlying_type_t<E>>::max();
    return static_cast<std::size_t>(most) < max_enumerator ? static_cast<std::size_t>(most) + 1
                                                           : max_enumerator + 1;
}();

/// The names of an enum's enumerators, by value; empty where there is none.
template <class E>
inline constexpr auto enumerator_names = find_enumerators<E>(
    std::make_index_sequence<enumerator_span<E>>{});

} // namespace pgcoro
