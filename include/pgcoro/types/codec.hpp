#pragma once

#include "../core/byte_writer.hpp"
#include "builtin_types.hpp"
#include "field.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace pgcoro {

/// How a C++ type becomes a value on the wire and back: the customisation point. The least that a
/// type of your own needs (examples/custom_type.cpp):
///
///     template <>
///     struct pgcoro::codec<mood>
///     {
///         static bool decode(pgcoro::field const& from, mood& to);
///         static void encode(mood value, pgcoro::format as, pgcoro::byte_writer& to);
///     };
///
/// `decode` reads a value that is not NULL, in the format and of the type that `from` tells, into
/// an object that was value-initialised. Whatever the bytes are it must not read outside of them:
/// it returns false for what it doesn't understand. `encode` appends the value; for one that can't
/// be sent it throws encode_error saying why, and the caller puts the parameter's name in front.
/// Either may be left out: the type can then only be sent, or only be read. Unless more is said, a
/// type is exchanged as text and the server finds out what it is from where it stands.
///
/// What a codec may say besides:
///
///     static constexpr oid type                    its OID, if that is the same on every server:
///                                                  it is then sent and asked for in binary
///     static constexpr std::string_view type_name  what it is called where the OID is not
///     static constexpr format result_format        the format to ask for, if not as above
///     static constexpr bool accepts(oid, format)   which columns it can read, if not just `type`
///     static constexpr bool takes_null             decode gets NULL too (from.size is -1)
///     static bool is_null(T const&)                this value is sent as NULL
///     static constexpr bool borrows                the decoded value points into the field's bytes
///     static std::string explain(field const&)     what is wrong with a value that decode refused,
///                                                  for the error text
///     static constexpr std::int32_t binary_size    all binary values of `type` have this length
///
/// https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-FORMAT-CODES
template <class T>
struct codec;

/// Specialise it to true for the types that a codec of yours takes by a constraint, if they are
/// aggregates or ranges: those are composites and arrays otherwise, and that would be two codecs. A
/// codec for the very type, or for a template's instances, needs it not.
template <class T>
inline constexpr bool has_own_codec = false;

/// Has a codec at all.
template <class T>
concept has_codec = requires
{
    sizeof(codec<T>);
};

/// Can be read from a field.
template <class T>
concept decodable = has_codec<T> && std::default_initializable<T> &&
    requires(field const& from, T& to)
{
    {
        codec<T>::decode(from, to)
        } -> std::same_as<bool>;
};

/// Can be sent.
template <class T>
concept encodable = has_codec<T> && requires(T const& value, byte_writer& to)
{
    codec<T>::encode(value, format::text, to);
};

/// The OID that codec<T> is bound to; unspecified_oid if it is known at run time only.
template <class T>
[[nodiscard]] constexpr oid type_of() noexcept
{
    if constexpr (requires { codec<T>::type; })
        return codec<T>::type;
    else
        return unspecified_oid;
}

/// What codec<T> says that its type is called on the server; empty if it doesn't say.
template <class T>
[[nodiscard]] constexpr std::string_view type_name_of() noexcept
{
    if constexpr (requires { codec<T>::type_name; })
        return codec<T>::type_name;
    else
        return {};
}

/// The format in which to ask the server for values that become a T.
template <class T>
[[nodiscard]] constexpr format result_format_of() noexcept
{
    if constexpr (requires { codec<T>::result_format; })
        return codec<T>::result_format;
    else
        return type_of<T>() == unspecified_oid ? format::text : format::binary;
}

template <class T>
[[nodiscard]] constexpr bool takes_null() noexcept
{
    if constexpr (requires { codec<T>::takes_null; })
        return codec<T>::takes_null;
    else
        return false;
}

/// A decoded T points into the bytes it was decoded from.
template <class T>
[[nodiscard]] constexpr bool borrows() noexcept
{
    if constexpr (requires { codec<T>::borrows; })
        return codec<T>::borrows;
    else
        return false;
}

/// The length of every binary value of type_of<T>() that is not NULL; -1 if they differ.
template <class T>
[[nodiscard]] constexpr std::int32_t binary_size_of() noexcept
{
    if constexpr (requires { codec<T>::binary_size; })
        return codec<T>::binary_size;
    else
        return -1;
}

/// Whether values of this type in this format can be read as a T. Where the codec doesn't say: its
/// own type; or, if that is known at run time only, any type that is not built in, and text.
template <class T>
[[nodiscard]] constexpr bool accepts(oid type, format as) noexcept
{
    if constexpr (requires { codec<T>::accepts(type, as); })
        return codec<T>::accepts(type, as);
    else if constexpr (requires { codec<T>::type; })
        return type == codec<T>::type;
    else
        return type >= first_user_oid || (as == format::text && is_text_like(type));
}

/// Decodes, NULL included: false if the value is NULL and T takes none, or is malformed.
template <decodable T>
[[nodiscard]] inline bool decode_field(field const& from, T& to)
{
    if constexpr (!takes_null<T>())
        if (from.size < 0)
            return false;
    return codec<T>::decode(from, to);
}

/// What codec<T> says is wrong with a value; empty if it doesn't say.
template <class T>
[[nodiscard]] inline std::string explain_value(field const& from)
{
    if constexpr (requires { codec<T>::explain(from); })
        return codec<T>::explain(from);
    else
        return {};
}

/// This value goes as NULL.
template <class T>
[[nodiscard]] constexpr bool is_null(T const& value)
{
    if constexpr (requires { codec<T>::is_null(value); })
        return codec<T>::is_null(value);
    else
        return false;
}

} // namespace pgcoro
