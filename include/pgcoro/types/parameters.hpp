#pragma once

#include "../core/byte_writer.hpp"
#include "../core/error.hpp"
#include "builtin.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// The OID of a built-in type, by the name that types/builtin_types.hpp has for it. Throws
/// encode_error for any other.
[[nodiscard]] inline oid builtin_oid(std::string_view name)
{
    bool const array = name.ends_with("[]");
    std::string_view const element = name.substr(0, name.size() - (array ? 2 : 0));
    for (builtin_type const& entry : builtin_types)
        if (entry.name == element && (!array || entry.array != unspecified_oid))
            return array ? entry.array : entry.type;
    throw encode_error{"no built-in type is called \"" + std::string{name} +
                       "\"; write a cast, $1::" + std::string{name} +
                       ", or give its number to pgcoro::as_oid()"};
}

/// A value that goes as a type of the caller's choice: made by as_oid().
template <class T>
struct typed_parameter
{
    oid type;
    T value;
};

template <class T>
inline constexpr bool is_typed_parameter = false;
template <class T>
inline constexpr bool is_typed_parameter<typed_parameter<T>> = true;

/// Sends `value` as the type `type`, in place of its codec's own or of what the server would infer:
/// `as_oid(oids::jsonb, text)`. In binary only if that is the type its codec is bound to. Keeps a
/// reference to an lvalue.
template <class T>
[[nodiscard]] constexpr typed_parameter<T> as_oid(oid type, T&& value)
{
    return {type, std::forward<T>(value)};
}

/// The same by the type's name, as in `typed("jsonb", text)` and `typed("date[]", days)`: that of a
/// built-in type. Throws encode_error for any other: what number a type of an extension or of your
/// own has differs from database to database. `$1::hstore` in the statement says it everywhere, and
/// `SELECT 'hstore'::regtype::oid` tells the number that as_oid() takes.
template <class T>
[[nodiscard]] inline typed_parameter<T> typed(std::string_view name, T&& value)
{
    return {builtin_oid(name), std::forward<T>(value)};
}

template <class T>
requires encodable<std::remove_cvref_t<T>>
struct codec<typed_parameter<T>>
{
    static constexpr bool is_null(typed_parameter<T> const& parameter)
    {
        return pgcoro::is_null<std::remove_cvref_t<T>>(parameter.value);
    }

    static void encode(typed_parameter<T> const& parameter, format as, byte_writer& to)
    {
        codec<std::remove_cvref_t<T>>::encode(parameter.value, as, to);
    }
};

/// The OID that Parse tells for this argument: its codec's, or 0 where the server is to infer it.
template <class T>
[[nodiscard]] constexpr oid parameter_oid(T const&) noexcept
{
    return type_of<T>();
}

template <class T>
[[nodiscard]] constexpr oid parameter_oid(typed_parameter<T> const& parameter) noexcept
{
    return parameter.type;
}

/// Binary where the type is fixed and the codec's own. All else is a text literal, which the server
/// reads as whatever type belongs there: encoding never waits for the catalog.
template <class T>
[[nodiscard]] constexpr format parameter_format(T const&) noexcept
{
    return type_of<T>() == unspecified_oid ? format::text : format::binary;
}

template <class T>
[[nodiscard]] constexpr format parameter_format(typed_parameter<T> const& parameter) noexcept
{
    return parameter.type != unspecified_oid && parameter.type == type_of<std::remove_cvref_t<T>>()
               ? format::binary
               : format::text;
}

/// The longest value that the server can take in: a gibibyte less one.
inline constexpr std::size_t max_value_size = 0x3fff'ffff;

[[noreturn]] inline void throw_encode_error(std::size_t number, std::string_view reason)
{
    throw encode_error{"parameter $" + std::to_string(number) + ": " + std::string{reason}};
}

/// Appends one value as Bind has it: its length, or -1, and its bytes.
template <class T>
inline void encode_parameter(std::size_t number, T const& value, byte_writer& to)
{
    if (is_null(value)) {
        to.put(std::int32_t{-1});
        return;
    }
    std::size_t const length_at = to.size();
    (void)to.extend(sizeof(std::int32_t));
    try {
        codec<T>::encode(value, parameter_format(value), to);
    } catch (std::bad_alloc const&) {
        throw;
    } catch (std::exception const& reason) {
        throw_encode_error(number, reason.what());
    }
    std::size_t const size = to.size() - length_at - sizeof(std::int32_t);
    if (size > max_value_size)
        throw_encode_error(number, "the value is longer than 1 GiB");
    to.patch(length_at, static_cast<std::int32_t>(size));
}

/// A time or a duration in units of which the server has none, as system_clock::now() gives it.
template <class T>
concept finer_than_microseconds = requires
{
    requires codec<T>::is_finer_than_microseconds;
};

template <class T>
consteval bool check_parameter()
{
    static_assert(
        has_codec<T>, "pgcoro: no codec for T; specialise pgcoro::codec<T>, see docs/types.md");
    if constexpr (finer_than_microseconds<T>)
        static_assert(encodable<T>,
            "pgcoro: the server counts time in microseconds, and nothing is rounded unasked: send "
            "std::chrono::floor<std::chrono::microseconds>(value)");
    else if constexpr (has_codec<T>)
        static_assert(encodable<T>, "pgcoro: codec<T> has no encode(T const&, format, "
                                    "byte_writer&): a T can be read, but not sent");
    return true;
}

/// Writes the last section of Parse: the number of arguments and their types.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html, Parse
template <class... Args>
inline void encode_parameter_types(byte_writer& oids, Args const&... args)
{
    static_assert((check_parameter<Args>() && ...));
    static_assert(sizeof...(Args) <= std::numeric_limits<std::uint16_t>::max(),
        "pgcoro: PostgreSQL takes no more than 65535 parameters");
    constexpr auto count = static_cast<std::uint16_t>(sizeof...(Args));
    std::byte* at = oids.extend(sizeof count + sizeof...(Args) * sizeof(std::uint32_t));
    auto const append = [&at](auto value) {
        store_big(at, value);
        at += sizeof value;
    };
    append(count);
    (append(static_cast<std::uint32_t>(parameter_oid(args))), ...);
}

/// Writes the middle of Bind: the parameters' formats and the parameters. Throws encode_error
/// naming the parameter; a part is written then. Nothing refers to an argument afterwards.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html, Bind
template <class... Args>
inline void encode_parameter_values(byte_writer& values, Args const&... args)
{
    constexpr auto count = static_cast<std::uint16_t>(sizeof...(Args));
    if constexpr (count == 0) {
        values.put(std::uint32_t{0}); // no formats, no parameters
    } else {
        if ((... && (parameter_format(args) == format::text))) {
            values.put(std::uint16_t{0});
        } else if ((... && (parameter_format(args) == format::binary))) {
            values.put(std::uint16_t{1});
            values.put(static_cast<std::int16_t>(format::binary));
        } else {
            values.put(count);
            (values.put(static_cast<std::int16_t>(parameter_format(args))), ...);
        }
        values.put(count);
        std::size_t number = 0;
        (encode_parameter(++number, args, values), ...);
    }
}

/// Both, for one call.
template <class... Args>
inline void encode_parameters(byte_writer& oids, byte_writer& values, Args const&... args)
{
    encode_parameter_types(oids, args...);
    encode_parameter_values(values, args...);
}

} // namespace pgcoro
