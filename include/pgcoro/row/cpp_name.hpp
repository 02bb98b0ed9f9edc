#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace pgcoro {

template <class T>
[[nodiscard]] constexpr char const* spelled_out() noexcept
{
    return __PRETTY_FUNCTION__;
}

/// A type's name as the compiler writes it in the name of spelled_out(): `shop::user`, `int`.
[[nodiscard]] inline std::string_view raw_cpp_name(std::string_view spelled_out) noexcept
{
    std::size_t const start = spelled_out.find("T = ") + 4; // ... spelled_out() [with T = int]
    return spelled_out.substr(start, spelled_out.size() - 1 - start);
}

/// Where the function begins within which a type was declared, and whose last character is at
/// `end`: in front of it is a list of types or nothing.
[[nodiscard]] inline std::size_t start_of_scope(std::string_view name, std::size_t end) noexcept
{
    int depth = 0;
    for (std::size_t at = end + 1; at-- != 0;) {
        bool const arrow = name[at] == '>' && at != 0 && name[at - 1] == '-';
        if (name[at] == ')' || name[at] == '>' || name[at] == ']' || name[at] == '}')
            depth += arrow ? 0 : 1;
        else if (depth != 0 &&
                 (name[at] == '(' || name[at] == '<' || name[at] == '[' || name[at] == '{'))
            --depth;
        else if (depth == 0 && (name[at] == '<' || name[at] == ',' || name[at] == ' '))
            return at + 1;
    }
    return 0;
}

/// Leaves out of a type's name what its user would not write, functions within which it was
/// declared as well.
[[nodiscard]] inline std::string tidy_name(std::string_view raw)
{
    std::string name{raw};
    for (std::string_view const unnamed :
        {"{anonymous}::", "(anonymous namespace)::", "_V2::"}) // the last is libstdc++'s
        for (auto at = name.find(unnamed); at != name.npos; at = name.find(unnamed, at))
            name.erase(at, unnamed.size());
    for (std::string_view const end : {")::", ")>::"}) // of a function, and of a lambda
        for (auto at = name.find(end); at != name.npos; at = name.find(end)) {
            std::size_t const scope = start_of_scope(name, at + end.size() - 3);
            name.erase(scope, at + end.size() - scope);
        }
    return name;
}

/// A type's name as its user would write it.
template <class T>
struct cpp_name
{
    static std::string get() { return tidy_name(raw_cpp_name(spelled_out<T>())); }
};

template <>
struct cpp_name<std::string>
{
    static std::string get() { return "std::string"; }
};

template <>
struct cpp_name<std::string_view>
{
    static std::string get() { return "std::string_view"; }
};

template <>
struct cpp_name<std::span<std::byte const>>
{
    static std::string get() { return "std::span<std::byte const>"; }
};

template <class T>
struct cpp_name<std::optional<T>>
{
    static std::string get() { return "std::optional<" + cpp_name<T>::get() + ">"; }
};

template <class T>
struct cpp_name<std::vector<T>>
{
    static std::string get() { return "std::vector<" + cpp_name<T>::get() + ">"; }
};

/// Several names with commas between them.
template <class... T>
[[nodiscard]] inline std::string cpp_names()
{
    std::string names;
    ((names += names.empty() ? "" : ", ", names += cpp_name<T>::get()), ...);
    return names;
}

template <class... T>
struct cpp_name<std::tuple<T...>>
{
    static std::string get() { return "std::tuple<" + cpp_names<T...>() + ">"; }
};

template <class First, class Second>
struct cpp_name<std::pair<First, Second>>
{
    static std::string get() { return "std::pair<" + cpp_names<First, Second>() + ">"; }
};

} // namespace pgcoro
