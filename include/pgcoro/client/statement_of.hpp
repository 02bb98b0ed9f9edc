#pragma once

#include "../core/named_parameters.hpp"
#include "../core/placeholders.hpp"

#include <cstddef>
#include <string_view>
#include <type_traits>

namespace pgcoro {

/// Not constexpr: so the compiler stops where it would be called, and shows the name.
inline void the_placeholders_of_the_sql_are_not_one_for_each_argument() noexcept {}

/// A literal whose placeholders are $1 to $Count, which is checked when it is compiled.
template <std::size_t Count>
class sql_with_a_placeholder_for_each_argument
{
public:
    consteval sql_with_a_placeholder_for_each_argument(char const* sql)
        : sql_with_a_placeholder_for_each_argument{std::string_view{sql}}
    {}
    consteval sql_with_a_placeholder_for_each_argument(std::string_view sql) : sql_{sql}
    {
        if (!placeholders_are(sql_, Count))
            the_placeholders_of_the_sql_are_not_one_for_each_argument();
    }
    [[nodiscard]] constexpr std::string_view text() const noexcept { return sql_; }

private:
    std::string_view sql_;
};

/// A statement with the types of its arguments and of its rows, as a function's:
///
///     constexpr pg::statement_of<user(int)> find_user{"SELECT * FROM users WHERE user_id = $1"};
///     auto const found = co_await conn.fetch_row(find_user, 1);        // std::optional<user>
///
/// The SQL must be a literal, or pg::named<"…">. That its placeholders are $1 to $n, one or more
/// for each argument, is checked when it is compiled; whether a database agrees with the types, by
/// verify(). A void row is for statements that are executed only.
template <class Signature>
class statement_of;

template <class Row, class... Arguments>
class statement_of<Row(Arguments...)>
{
    static_assert((std::is_same_v<Arguments, std::remove_cvref_t<Arguments>> && ...),
        "pgcoro: the arguments of a statement_of are values: write int, not int const&");

public:
    consteval statement_of(sql_with_a_placeholder_for_each_argument<sizeof...(Arguments)> sql)
        : sql_{sql.text()}
    {}

    [[nodiscard]] constexpr std::string_view sql() const noexcept { return sql_; }

private:
    std::string_view sql_;
};

} // namespace pgcoro
