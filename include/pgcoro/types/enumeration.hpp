#pragma once

#include "../core/error.hpp"
#include "codec.hpp"
#include "enumerator_names.hpp"

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace pgcoro {

/// Makes an enum class stand for an enum of the server's, by the names of its enumerators, as far
/// as their values are from 0 to 127:
///
///     enum class mood { sad, ok, happy };
///     template <> inline constexpr bool pgcoro::is_sql_enum<mood> = true;
///
/// Not all of them, because an enum may as well stand for a number.
template <class E>
inline constexpr bool is_sql_enum = false;

/// One row of enum_labels: a value, and what it is called on the server.
template <class E>
struct enum_label
{
    E value;
    std::string_view label;
};

/// The same for enums whose labels are no C++ names, or other ones:
///
///     template <> inline constexpr pgcoro::enum_label<mood> pgcoro::enum_labels<mood>[] = {
///         {mood::sad, "sad"}, {mood::happy, "very happy"}};
template <class E>
inline constexpr std::nullptr_t enum_labels{};

template <class E>
concept has_enum_labels = !std::same_as<decltype(enum_labels<E>), std::nullptr_t const>;

template <class E>
concept sql_enum = std::is_enum_v<E> &&(is_sql_enum<E> || has_enum_labels<E>);

/// The names of an enum's enumerators, by value, where it has any.
template <class E>
struct enumerator_table
{
    static_assert(std::is_enum_v<E> && !std::convertible_to<E, long long>,
        "pgcoro: only an enum class is known by its enumerators' names; specialise "
        "pgcoro::enum_labels<E>");

    static constexpr auto names = enumerator_names<E>;

    static_assert(
        [] {
            for (std::string_view const name : names)
                if (!name.empty())
                    return true;
            return false;
        }(),
        "pgcoro: the enum has no enumerator from 0 to 127; specialise pgcoro::enum_labels<E>");
};

/// An enum of the server's: its label in both formats, sent as text, whose type the server infers.
/// A label that the C++ type does not have is a decode_error naming the column.
/// https://www.postgresql.org/docs/current/datatype-enum.html
template <sql_enum E>
struct codec<E>
{
    static bool decode(field const& from, E& to) noexcept
    {
        std::string_view const text = from.text();
        if constexpr (has_enum_labels<E>) {
            for (enum_label<E> const& each : enum_labels<E>)
                if (each.label == text) {
                    to = each.value;
                    return true;
                }
        } else {
            constexpr auto& names = enumerator_table<E>::names;
            for (std::size_t i = 0; i < names.size(); ++i)
                if (names[i] == text) {
                    to = static_cast<E>(i);
                    return !text.empty();
                }
        }
        return false;
    }

    static void encode(E value, format, byte_writer& to)
    {
        std::string_view const label = label_of(value);
        if (label.empty())
            throw encode_error{"the enum's value " +
                               std::to_string(static_cast<std::underlying_type_t<E>>(value)) +
                               " has no label; pgcoro::enum_labels can give it one"};
        to.put(label);
    }

    /// Empty if it has none.
    [[nodiscard]] static constexpr std::string_view label_of(E value) noexcept
    {
        if constexpr (has_enum_labels<E>) {
            for (enum_label<E> const& each : enum_labels<E>)
                if (each.value == value)
                    return each.label;
            return {};
        } else {
            constexpr auto& names = enumerator_table<E>::names;
            auto const index = static_cast<std::size_t>(value); // negative: too large
            return index < names.size() ? names[index] : std::string_view{};
        }
    }
};

/// What an enum's value is called on the server; empty if it has no label.
template <sql_enum E>
[[nodiscard]] constexpr std::string_view label_of(E value) noexcept
{
    return codec<E>::label_of(value);
}

} // namespace pgcoro
