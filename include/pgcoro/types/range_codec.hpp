#pragma once

#include "../core/byte_reader.hpp"
#include "../core/error.hpp"
#include "quoted_part.hpp"
#include "range.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pgcoro {

/// A type, the ranges of it and the multiranges.
struct range_types
{
    oid element;
    oid range;
    oid multirange;
};

inline constexpr range_types builtin_ranges[] = {
    {oids::int4, oids::int4range, oids::int4multirange},
    {oids::int8, oids::int8range, oids::int8multirange},
    {oids::numeric, oids::numrange, oids::nummultirange},
    {oids::timestamp, oids::tsrange, oids::tsmultirange},
    {oids::timestamptz, oids::tstzrange, oids::tstzmultirange},
    {oids::date, oids::daterange, oids::datemultirange},
};

/// The built-in ranges of a type, or those of a built-in range or multirange; all zero if there are
/// none.
[[nodiscard]] constexpr range_types ranges_of(oid any) noexcept
{
    if (any != unspecified_oid)
        for (range_types const& each : builtin_ranges)
            if (each.element == any || each.range == any || each.multirange == any)
                return each;
    return {};
}

/// Whether a T can be a bound of the built-in ranges over `element`. Not an integer of a numrange:
/// between two of them lie numbers that its range would not have.
template <class T>
[[nodiscard]] constexpr bool accepts_bound(oid element, format as) noexcept
{
    return pgcoro::accepts<T>(element, as) && !(is_discrete<T> && element == oids::numeric);
}

template <class T>
struct range_codec_type
{};
template <class T>
requires(ranges_of(type_of<T>()).range != unspecified_oid) struct range_codec_type<T>
{
    static constexpr oid type = ranges_of(type_of<T>()).range;
};

template <class T>
struct multirange_codec_type
{};
template <class T>
requires(ranges_of(type_of<T>()).range != unspecified_oid) struct multirange_codec_type<T>
{
    static constexpr oid type = ranges_of(type_of<T>()).multirange;
};

/// Ranges of whatever has a codec. Built-in ones go in binary; those that a user made, in text,
/// whose type the server infers.
/// https://www.postgresql.org/docs/current/rangetypes.html#RANGETYPES-IO
template <class T>
requires(has_codec<T> && !borrows<T>()) struct codec<range<T>> : range_codec_type<T>
{
    static constexpr bool accepts(oid type, format as) noexcept
    {
        range_types const known = ranges_of(type);
        if (known.range == unspecified_oid)
            return as == format::text && type >= first_user_oid;
        return type == known.range && accepts_bound<T>(known.element, as);
    }

    static bool decode(field const& from, range<T>& to) requires decodable<T>
    {
        to = range<T>{};
        bool const read = from.is_binary() ? decode_binary(from, to) : decode_text(from, to);
        if (read && !to.empty_)
            to.normalize_received();
        return read;
    }

    static void encode(range<T> const& value, format as, byte_writer& to) requires encodable<T>
    {
        if (as == format::binary)
            encode_binary(value, to);
        else
            encode_text(value, to);
    }

private:
    enum flags : unsigned
    {
        is_empty = 1,
        has_lower = 2,
        has_upper = 4,
        no_lower = 8,
        no_upper = 16
    };

    static bool decode_binary(field const& from, range<T>& to)
    {
        byte_reader reader{from.bytes()};
        unsigned const seen = reader.get<std::uint8_t>();
        if ((seen & is_empty) != 0)
            return reader.exhausted();
        to.empty_ = false;
        to.lower_inclusive_ = (seen & (has_lower | no_lower)) == has_lower;
        to.upper_inclusive_ = (seen & (has_upper | no_upper)) == has_upper;
        oid const element = ranges_of(from.type).element;
        return ((seen & no_lower) != 0 || read_bound(reader, element, to.lower_)) &&
               ((seen & no_upper) != 0 || read_bound(reader, element, to.upper_)) &&
               reader.exhausted();
    }

    static bool read_bound(byte_reader& reader, oid type, std::optional<T>& to)
    {
        auto const size = reader.get<std::int32_t>();
        auto const bytes = reader.get_bytes(size > 0 ? static_cast<std::size_t>(size) : 0);
        return reader.ok() && size >= 0 &&
               decode_field(field{bytes.data(), size, type, format::binary}, to.emplace());
    }

    static bool decode_text(field const& from, range<T>& to)
    {
        std::string_view rest = from.text();
        if (rest == "empty")
            return true;
        if (rest.size() < 3 || (rest.front() != '[' && rest.front() != '('))
            return false;
        to.empty_ = false;
        bool const lower_closed = rest.front() == '[';
        rest.remove_prefix(1);
        oid const element = ranges_of(from.type).element;
        if (!read_bound(rest, ",", element, to.lower_))
            return false;
        rest.remove_prefix(1);
        if (!read_bound(rest, ")]", element, to.upper_) || rest.size() != 1)
            return false;
        to.lower_inclusive_ = lower_closed && to.lower_;
        to.upper_inclusive_ = rest.front() == ']' && to.upper_;
        return true;
    }

    static bool read_bound(
        std::string_view& rest, std::string_view stops, oid type, std::optional<T>& to)
    {
        std::string_view part;
        std::string scratch;
        bool quoted = false;
        if (!read_quoted_part(rest, stops, part, quoted, scratch))
            return false;
        if (part.empty() && !quoted)
            return true;
        return decode_field(field{reinterpret_cast<std::byte const*>(part.data()),
                                static_cast<std::int32_t>(part.size()), type, format::text},
            to.emplace());
    }

    static void encode_binary(range<T> const& value, byte_writer& to)
    {
        if (type_of<T>() == unspecified_oid)
            throw encode_error{"a range in binary format needs the OID of its bounds"};
        unsigned const seen = value.empty() ? is_empty
                                            : (value.lower_inclusive() ? has_lower : 0U) |
                                                  (value.upper_inclusive() ? has_upper : 0U) |
                                                  (value.lower() ? 0U : no_lower) |
                                                  (value.upper() ? 0U : no_upper);
        to.put(static_cast<std::uint8_t>(seen));
        for (std::optional<T> const* const bound : {&value.lower(), &value.upper()}) {
            if (!*bound)
                continue;
            std::size_t const length_at = to.size();
            to.put(std::int32_t{0});
            codec<T>::encode(**bound, format::binary, to);
            to.patch(length_at, static_cast<std::int32_t>(to.size() - length_at - 4));
        }
    }

    static void encode_text(range<T> const& value, byte_writer& to)
    {
        if (value.empty()) {
            to.put(std::string_view{"empty"});
            return;
        }
        to.put(std::string_view{value.lower_inclusive() ? "[" : "("});
        put_bound(value.lower(), to);
        to.put(std::string_view{","});
        put_bound(value.upper(), to);
        to.put(std::string_view{value.upper_inclusive() ? "]" : ")"});
    }

    static void put_bound(std::optional<T> const& bound, byte_writer& to)
    {
        if (!bound)
            return;
        small_byte_writer<64> plain;
        codec<T>::encode(*bound, format::text, plain);
        put_part({reinterpret_cast<char const*>(plain.data()), plain.size()}, to);
    }
};

/// The same for multiranges.
template <class T>
requires(has_codec<T> && !borrows<T>()) struct codec<multirange<T>> : multirange_codec_type<T>
{
    static constexpr bool accepts(oid type, format as) noexcept
    {
        range_types const known = ranges_of(type);
        if (known.range == unspecified_oid)
            return as == format::text && type >= first_user_oid;
        return type == known.multirange && accepts_bound<T>(known.element, as);
    }

    static bool decode(field const& from, multirange<T>& to) requires decodable<T>
    {
        to.ranges_.clear();
        return from.is_binary() ? decode_binary(from, to) : decode_text(from, to);
    }

    static void encode(multirange<T> const& value, format as, byte_writer& to) requires encodable<T>
    {
        if (as == format::binary) {
            to.put(static_cast<std::int32_t>(value.size()));
            for (range<T> const& each : value) {
                std::size_t const length_at = to.size();
                to.put(std::int32_t{0});
                codec<range<T>>::encode(each, as, to);
                to.patch(length_at, static_cast<std::int32_t>(to.size() - length_at - 4));
            }
            return;
        }
        char const* separator = "{";
        for (range<T> const& each : value) {
            to.put(std::string_view{separator});
            separator = ",";
            codec<range<T>>::encode(each, as, to);
        }
        to.put(std::string_view{value.empty() ? "{}" : "}"});
    }

private:
    static bool decode_binary(field const& from, multirange<T>& to)
    {
        byte_reader reader{from.bytes()};
        auto count = reader.get<std::int32_t>();
        if (!reader.ok() || count < 0)
            return false;
        oid const type = ranges_of(from.type).range;
        for (; count != 0; --count) { // as many as really come, whatever the count says
            auto const size = reader.get<std::int32_t>();
            auto const bytes = reader.get_bytes(size > 0 ? static_cast<std::size_t>(size) : 0);
            if (!reader.ok() || size < 1 ||
                !add_range(field{bytes.data(), size, type, format::binary}, to))
                return false;
        }
        return reader.exhausted();
    }

    static bool decode_text(field const& from, multirange<T>& to)
    {
        std::string_view rest = from.text();
        if (rest.size() < 2 || rest.front() != '{' || rest.back() != '}')
            return false;
        rest = rest.substr(1, rest.size() - 2);
        oid const type = ranges_of(from.type).range;
        while (!rest.empty()) {
            std::size_t const size = length_of_range(rest);
            if (size == 0 || !add_range(field{reinterpret_cast<std::byte const*>(rest.data()),
                                            static_cast<std::int32_t>(size), type, format::text},
                                 to))
                return false;
            rest.remove_prefix(size);
            if (rest.empty())
                return true;
            if (rest.front() != ',' || rest.size() == 1)
                return false;
            rest.remove_prefix(1);
        }
        return true;
    }

    /// Adds a range, but not one without an integer in it, as a user's may be.
    static bool add_range(field const& from, multirange<T>& to)
    {
        if (!codec<range<T>>::decode(from, to.ranges_.emplace_back()))
            return false;
        if (to.ranges_.back().empty())
            to.ranges_.pop_back();
        return true;
    }

    /// Up to the bracket that closes the first range; 0 if there is none.
    [[nodiscard]] static std::size_t length_of_range(std::string_view text) noexcept
    {
        bool inside = false;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\\')
                ++i;
            else if (text[i] == '"')
                inside = !inside; // twice where it is doubled
            else if (!inside && (text[i] == ')' || text[i] == ']'))
                return i + 1;
        }
        return 0;
    }
};

} // namespace pgcoro
