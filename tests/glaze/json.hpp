#pragma once

#include <charconv>
#include <string>

/// \file
/// What types/json_glaze.hpp uses of glaze, which needs C++23 and is in no distribution, with
/// glaze's signatures: so that our side of it is compiled and tested. It knows one type of
/// document, a struct with a `number`.

namespace glz {

struct opts
{
    bool error_on_unknown_keys = true;
};

/// True if it was an error.
struct error_ctx
{
    bool failed = false;
    explicit operator bool() const { return failed; }
};

template <opts Options, class T>
[[nodiscard]] error_ctx read(T& to, std::string const& text)
{
    constexpr char const start[] = "{\"number\":";
    constexpr std::size_t length = sizeof start - 1;
    if (text.compare(0, length, start) != 0 || *(text.data() + text.size()) != '\0')
        return {true};
    char const* const end = text.data() + text.size();
    auto const [stop, code] = std::from_chars(text.data() + length, end, to.number);
    if (code != std::errc{} || stop == end || *stop != '}')
        return {!(code == std::errc{} && stop != end && *stop == ',' &&
                  !Options.error_on_unknown_keys && text.back() == '}')};
    return {stop + 1 != end};
}

template <class T>
[[nodiscard]] error_ctx write_json(T const& value, std::string& to)
{
    to = "{\"number\":" + std::to_string(value.number) + '}';
    return {};
}

} // namespace glz
