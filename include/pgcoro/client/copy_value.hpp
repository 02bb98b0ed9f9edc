#pragma once

#include "../types/builtin.hpp"
#include "../types/parameters.hpp"

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// A whole number that fits into any column of whole numbers that it fits into.
template <class T>
concept copied_as_integer =
    std::integral<T> && !std::same_as<T, bool> &&
    (type_of<T>() == oids::int2 || type_of<T>() == oids::int4 || type_of<T>() == oids::int8);

/// Text, whose bytes are the same in both formats.
template <class T>
concept copied_as_text = std::is_base_of_v<text_codec, codec<T>>;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Whether a T can be given to a column of this type in binary.
template <class T>
[[nodiscard]] constexpr bool copies_in_binary(oid column) noexcept
{
    if constexpr (is_optional<T>)
        return copies_in_binary<typename T::value_type>(column);
    else if constexpr (copied_as_integer<T>)
        return column == oids::int2 || column == oids::int4 || column == oids::int8;
    else if constexpr (copied_as_text<T>)
        return column == oids::text || column == oids::varchar || column == oids::bpchar ||
               column == oids::name || column == oids::json || column == oids::xml;
    else
        return type_of<T>() != unspecified_oid && type_of<T>() == column;
}

/// Appends a number as a COPY in binary has it, if a Wire can hold it.
template <std::integral Wire, std::integral T>
inline void put_copy_integer(T value, byte_writer& out)
{
    if (!std::in_range<Wire>(value))
        throw encode_error{std::to_string(value) + " does not fit"};
    std::byte* const at = out.extend(sizeof(std::int32_t) + sizeof(Wire));
    store_big(at, static_cast<std::int32_t>(sizeof(Wire)));
    store_big(at + sizeof(std::int32_t), static_cast<Wire>(value));
}

/// Appends a value as a COPY in binary has it: its length, or -1, and its bytes.
template <class T>
inline void put_copy_binary(T const& value, oid column, byte_writer& out)
{
    if (is_null(value)) {
        out.put(std::int32_t{-1});
    } else if constexpr (is_optional<T>) {
        put_copy_binary(*value, column, out);
    } else if constexpr (copied_as_integer<T>) {
        if (column == oids::int4)
            put_copy_integer<std::int32_t>(value, out);
        else if (column == oids::int8)
            put_copy_integer<std::int64_t>(value, out);
        else
            put_copy_integer<std::int16_t>(value, out);
    } else {
        std::size_t const length_at = out.size();
        (void)out.extend(sizeof(std::int32_t));
        codec<T>::encode(value, format::binary, out);
        std::size_t const size = out.size() - length_at - sizeof(std::int32_t);
        if (size > max_value_size)
            throw encode_error{"the value is longer than 1 GiB"};
        out.patch(length_at, static_cast<std::int32_t>(size));
    }
}

/// A value whose size is known before it is written, and which is never NULL.
template <class T>
concept copied_flat = (copied_as_integer<T> && sizeof(T) > 1) || std::floating_point<T> ||
                      (copied_as_text<T> && std::is_convertible_v<T const&, std::string_view>);

/// Whether a column takes such a value as it is.
template <copied_flat T>
[[nodiscard]] constexpr bool copies_flat(oid column) noexcept
{
    if constexpr (copied_as_text<T>)
        return copies_in_binary<T>(column);
    else
        return std::is_signed_v<T> && column == type_of<T>();
}
template <copied_flat T>
[[nodiscard]] inline std::size_t flat_size(T const& value) noexcept
{
    if constexpr (copied_as_text<T>)
        return sizeof(std::int32_t) + std::string_view{value}.size();
    else
        return sizeof(std::int32_t) + sizeof value;
}
/// Writes it at `at`, where there is room for flat_size(); gives the place behind.
template <copied_flat T>
[[nodiscard]] inline std::byte* put_flat(std::byte* at, T const& value) noexcept
{
    std::size_t const size = flat_size(value) - sizeof(std::int32_t);
    store_big(at, static_cast<std::int32_t>(size));
    at += sizeof(std::int32_t);
    if constexpr (copied_as_text<T>) {
        if (size != 0)
            std::memcpy(at, std::string_view{value}.data(), size);
    } else if constexpr (std::floating_point<T>) {
        using image = std::conditional_t<sizeof value == 4, std::uint32_t, std::uint64_t>;
        store_big(at, std::bit_cast<image>(value));
    } else {
        store_big(at, value);
    }
    return at + size;
}

/// Appends a value as a COPY in text has it. `scratch` is overwritten.
template <class T>
inline void put_copy_text(T const& value, byte_writer& scratch, byte_writer& out)
{
    if (is_null(value)) {
        out.put(std::string_view{"\\N"});
        return;
    }
    scratch.clear();
    codec<T>::encode(value, format::text, scratch);
    std::string_view text{reinterpret_cast<char const*>(scratch.data()), scratch.size()};
    constexpr std::string_view special{"\\\b\f\n\r\t\v", 7};
    constexpr std::string_view letters{"\\bfnrtv", 7};
    while (!text.empty()) {
        std::string_view const plain = text.substr(0, text.find_first_of(special));
        out.put(plain);
        text.remove_prefix(plain.size());
        if (text.empty())
            return;
        char const escaped[] = {'\\', letters[special.find(text.front())]};
        out.put(std::string_view{escaped, 2});
        text.remove_prefix(1);
    }
}

} // namespace pgcoro
