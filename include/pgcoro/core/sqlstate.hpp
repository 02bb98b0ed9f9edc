#pragma once

#include "condition_names.hpp"

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace pgcoro {

/// Five characters, each a digit or a capital letter, that say what happened: a class in the first
/// two and a condition in the rest. A default-made one is "00000", success. What is not a SQLSTATE
/// becomes "XX000", internal_error, so that an error whose code is garbage never reads as success.
/// https://www.postgresql.org/docs/current/errcodes-appendix.html
class sqlstate
{
public:
    constexpr sqlstate() noexcept = default;

    /// Of five characters; see above for what is not a SQLSTATE.
    explicit constexpr sqlstate(std::string_view text) noexcept
    {
        if (valid(text)) {
            for (std::size_t i = 0; i < 5; ++i)
                text_[i] = text[i];
        } else {
            text_[0] = text_[1] = 'X';
        }
    }

    [[nodiscard]] static constexpr bool valid(std::string_view text) noexcept
    {
        if (text.size() != 5)
            return false;
        for (char const c : text)
            if (digit(c) < 0)
                return false;
        return true;
    }

    /// The inverse of packed(). A number that packed() doesn't give becomes "XX000".
    [[nodiscard]] static constexpr sqlstate unpack(int number) noexcept
    {
        if (number < 0 || number >= 36 * 36 * 36 * 36 * 36)
            return sqlstate{std::string_view{"XX000"}};
        sqlstate state;
        for (int i = 4; i >= 0; --i, number /= 36)
            state.text_[i] = static_cast<char>(number % 36 + (number % 36 < 10 ? '0' : 'A' - 10));
        return state;
    }

    /// Lives as long as this object.
    [[nodiscard]] constexpr std::string_view str() const noexcept { return {text_, 5}; }
    [[nodiscard]] constexpr std::string_view class_code() const noexcept { return {text_, 2}; }

    /// The standard condition of the class: 23505 gives 23000.
    [[nodiscard]] constexpr sqlstate class_condition() const noexcept
    {
        sqlstate state = *this;
        state.text_[2] = state.text_[3] = state.text_[4] = '0';
        return state;
    }

    /// A number in base 36, for std::error_code: zero for success only.
    [[nodiscard]] constexpr int packed() const noexcept
    {
        int number = 0;
        for (int i = 0; i < 5; ++i)
            number = number * 36 + digit(text_[i]);
        return number;
    }

    friend constexpr bool operator==(sqlstate const&, sqlstate const&) noexcept = default;
    friend constexpr std::strong_ordering operator<=>(
        sqlstate const&, sqlstate const&) noexcept = default;

private:
    [[nodiscard]] static constexpr int digit(char c) noexcept
    {
        if (c >= '0' && c <= '9')
            return c - '0';
        return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : -1;
    }

    char text_[5]{'0', '0', '0', '0', '0'};
};

/// The condition's name, "unique_violation"; empty if PostgreSQL has none for it. Where two classes
/// share a name this gives PostgreSQL's, not that of our exception type.
[[nodiscard]] inline std::string_view condition_name(sqlstate state) noexcept
{
    std::string_view const names = condition_names;
    // Searched from end to end: only messages need it, and a literal costs no compile time.
    char const key[] = {
        '\n', state.str()[0], state.str()[1], state.str()[2], state.str()[3], state.str()[4], ' '};
    auto const at = names.find(std::string_view{key, sizeof key});
    if (at == std::string_view::npos)
        return {};
    auto const from = at + sizeof key;
    return names.substr(from, names.find('\n', from) - from);
}

/// The category of errors that the server reports; its name is "postgresql", a value is
/// sqlstate::packed(), a message is the condition's name, or the code where it has none.
[[nodiscard]] inline std::error_category const& server_category() noexcept
{
    class category final : public std::error_category
    {
    public:
        [[nodiscard]] char const* name() const noexcept override { return "postgresql"; }
        [[nodiscard]] std::string message(int value) const override
        {
            sqlstate const state = sqlstate::unpack(value);
            auto const name = condition_name(state);
            return std::string{name.empty() ? state.str() : name};
        }
    };
    static category const instance;
    return instance;
}

[[nodiscard]] inline std::error_code make_error_code(sqlstate state) noexcept
{
    return {state.packed(), server_category()};
}

} // namespace pgcoro

/// So that `error.code() == pgcoro::sqlstate{"23505"}` compiles.
template <>
struct std::is_error_code_enum<pgcoro::sqlstate> : std::true_type
{};

template <>
struct std::hash<pgcoro::sqlstate>
{
    [[nodiscard]] std::size_t operator()(pgcoro::sqlstate state) const noexcept
    {
        return static_cast<std::size_t>(state.packed());
    }
};
