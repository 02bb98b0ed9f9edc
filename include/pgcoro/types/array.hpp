#pragma once

#include "../core/byte_reader.hpp"
#include "../core/error.hpp"
#include "array_text.hpp"
#include "codec.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// Gives codec<std::vector<T>> its OID if T has one.
template <class T>
struct array_codec_type
{};

template <class T>
requires(array_of(type_of<T>()) != unspecified_oid) struct array_codec_type<T>
{
    static constexpr oid type = array_of(type_of<T>());
};

/// An array, which can't be an array's element: those of bytea are bytes.
template <class T>
inline constexpr bool is_array = false;
template <class T>
inline constexpr bool is_array<std::vector<T>> = !std::is_same_v<T, std::byte>;

/// One-dimensional arrays of whatever has a codec; those of more dimensions are refused. NULL among
/// the elements needs a T that takes it. Arrays of types without an OID of their own (strings,
/// enums) are sent as a literal, whose element type the server infers.
/// https://www.postgresql.org/docs/current/arrays.html
template <has_codec T>
requires(!is_array<T>) struct codec<std::vector<T>> : array_codec_type<T>
{
    static constexpr bool borrows = pgcoro::borrows<T>();
    static constexpr format result_format = borrows ? format::binary : result_format_of<T>();

    static constexpr bool accepts(oid type, format as) noexcept
    {
        if (borrows && as == format::text) // an escaped element is nowhere as it is meant
            return false;
        oid const element = element_of(type);
        if (element == unspecified_oid)
            return type >= first_user_oid && pgcoro::accepts<T>(first_user_oid, as);
        return pgcoro::accepts<T>(element, as);
    }

    static bool decode(field const& from, std::vector<T>& to) requires decodable<T>
    {
        to.clear();
        return from.is_binary() ? decode_binary(from, to) : decode_text(from, to);
    }

    static void encode(
        std::vector<T> const& value, format as, byte_writer& to) requires encodable<T>
    {
        if (as == format::binary)
            encode_binary(value, to);
        else
            encode_text(value, to);
    }

private:
    static bool append(field const& from, std::vector<T>& to)
    {
        T element{};
        if (!decode_field(from, element))
            return false;
        to.push_back(std::move(element));
        return true;
    }

    static bool decode_binary(field const& from, std::vector<T>& to)
    {
        byte_reader reader{from.bytes()};
        auto const dimensions = reader.get<std::int32_t>();
        (void)reader.get<std::int32_t>(); // whether there are NULLs
        oid const type{reader.get<std::uint32_t>()};
        if (dimensions == 0)
            return reader.exhausted();
        auto const count = reader.get<std::int32_t>();
        (void)reader.get<std::int32_t>(); // the first index
        if (dimensions != 1 || count < 0 || !pgcoro::accepts<T>(type, format::binary) ||
            reader.remaining() / 4 < static_cast<std::size_t>(count))
            return false;
        to.reserve(static_cast<std::size_t>(count));
        for (std::int32_t i = 0; i < count; ++i) {
            auto const size = reader.get<std::int32_t>();
            auto const bytes = reader.get_bytes(size > 0 ? static_cast<std::size_t>(size) : 0);
            if (!reader.ok() || size < -1 ||
                !append({bytes.data(), size, type, format::binary}, to))
                return false;
        }
        return reader.exhausted();
    }

    static bool decode_text(field const& from, std::vector<T>& to)
    {
        oid const type = element_of(from.type);
        array_text_reader reader{from.text()};
        std::string_view element;
        std::string scratch;
        bool null = false;
        while (reader.next(element, null, scratch)) {
            auto const size = null ? -1 : static_cast<std::int32_t>(element.size());
            auto const* const data = reinterpret_cast<std::byte const*>(element.data());
            if (!append({data, size, type, format::text}, to))
                return false;
        }
        return reader.ok();
    }

    static void encode_binary(std::vector<T> const& value, byte_writer& to)
    {
        if (type_of<T>() == unspecified_oid)
            throw encode_error{"an array in binary format needs the OID of its elements"};
        to.put(std::int32_t{value.empty() ? 0 : 1}); // dimensions
        std::size_t const nulls_at = to.size();
        to.put(std::int32_t{0});
        to.put(static_cast<std::uint32_t>(type_of<T>()));
        if (value.empty())
            return;
        to.put(static_cast<std::int32_t>(value.size()));
        to.put(std::int32_t{1}); // the first index
        for (T const& element : value) {
            if (is_null(element)) {
                to.put(std::int32_t{-1});
                to.patch(nulls_at, std::int32_t{1});
                continue;
            }
            std::size_t const length_at = to.size();
            to.put(std::int32_t{0});
            codec<T>::encode(element, format::binary, to);
            to.patch(length_at, static_cast<std::int32_t>(to.size() - length_at - 4));
        }
    }

    static void encode_text(std::vector<T> const& value, byte_writer& to)
    {
        small_byte_writer<64> plain;
        to.put(std::string_view{"{"});
        char const* separator = "";
        for (T const& element : value) {
            to.put(std::string_view{std::exchange(separator, ",")});
            if (is_null(element)) {
                to.put(std::string_view{"NULL"});
                continue;
            }
            plain.clear();
            codec<T>::encode(element, format::text, plain);
            put_array_element({reinterpret_cast<char const*>(plain.data()), plain.size()}, to);
        }
        to.put(std::string_view{"}"});
    }
};

} // namespace pgcoro
