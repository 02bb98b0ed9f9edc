#pragma once

#include "../core/byte_reader.hpp"
#include "../core/error.hpp"
#include "array_concepts.hpp"
#include "parts.hpp"
#include "quoted_part.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace pgcoro {

/// An aggregate that is a composite where it is one value: an argument, a member of a row, an
/// array's element.
template <class T>
concept composite_aggregate = std::is_aggregate_v<T> && std::is_class_v<T> && !std::is_empty_v<T> &&
                              !has_own_codec<T> && !element_range<T>;

/// How many columns a composite's literal has. False if it is none.
[[nodiscard]] inline bool count_parts(std::string_view rest, std::size_t& count)
{
    count = 0;
    if (rest.empty() || rest.front() != '(')
        return false;
    std::string_view part;
    std::string scratch;
    bool quoted = false;
    while (rest != ")" || count == 0) {
        if (count != 0 && rest.front() != ',')
            return false;
        rest.remove_prefix(1);
        if (!read_quoted_part(rest, ",)", part, quoted, scratch))
            return false;
        ++count;
    }
    return true;
}

/// What may be wrong with a column that does not fit: the server's text of some types depends on
/// the session's settings, and what is read is what it writes with its own defaults.
[[nodiscard]] constexpr std::string_view note_on_setting(oid type) noexcept
{
    if (type == oids::date || type == oids::timestamp || type == oids::timestamptz)
        return "; within a composite it needs DateStyle = ISO";
    if (type == oids::interval)
        return "; within a composite it needs IntervalStyle = postgres";
    return {};
}

template <class T>
consteval bool check_composite_member()
{
    static_assert(has_codec<T>, "pgcoro: no codec for T, a member of a composite; specialise "
                                "pgcoro::codec<T>, see docs/types.md");
    return true;
}

/// A composite: tuples by position, aggregates by the order of their members, whatever the names.
/// Sent as a literal whose type the server infers (a comparison with a composite needs a cast: to
/// the server its operand may be any record). Asked for as text, which tells everything of any
/// composite and of anonymous records; in binary only if members point into the result's bytes:
/// their types then have to be built in. There must be as many members as columns.
/// https://www.postgresql.org/docs/current/rowtypes.html
template <class T>
struct composite_codec
{
    using composite = T;

    /// Some member points into the field's bytes.
    static constexpr bool borrows = []<class... Members>(type_list<Members...>) {
        return (... || pgcoro::borrows<Members>());
    }(typename parts_of<T>::members{});
    static constexpr format result_format = borrows ? format::binary : format::text;

    static constexpr bool accepts(oid type, format as) noexcept
    {
        if (borrows && as == format::text) // what is escaped is nowhere as it is meant
            return false;
        return type == oids::record || !is_builtin(type);
    }

    static bool decode(field const& from, T& to)
    {
        return parts_of<T>::visit(to, [&from](auto&... members) {
            static_assert(
                (check_composite_member<std::remove_reference_t<decltype(members)>>() && ...));
            if (!from.is_binary())
                return decode_text(from.text(), members...);
            byte_reader reader{from.bytes()};
            return reader.get<std::int32_t>() == static_cast<std::int32_t>(sizeof...(members)) &&
                   (... && read_member(reader, members)) && reader.exhausted();
        });
    }

    /// How many columns the value has, or the first that does not fit.
    static std::string explain(field const& from)
    {
        std::size_t columns = 0;
        if (from.is_binary())
            columns = load_count(from);
        else if (!count_parts(from.text(), columns))
            return "that is no composite";
        constexpr std::size_t wanted = parts_of<T>::members::size;
        if (columns != wanted)
            return "it has " + std::to_string(columns) + (columns == 1 ? " column" : " columns") +
                   ", not " + std::to_string(wanted);
        if (from.is_binary())
            return {};
        T scratch{};
        std::string_view rest = from.text();
        std::string unescaped;
        std::size_t number = 0;
        oid type = unspecified_oid;
        parts_of<T>::visit(scratch, [&]<class... Members>(Members&... members) {
            (void)(... &&
                   (++number, type = type_of<Members>(), read_member(rest, unescaped, members)));
        });
        return "its column " + std::to_string(number) + " does not fit" +
               std::string{note_on_setting(type)};
    }

    static void encode(T const& value, format as, byte_writer& to)
    {
        if (as == format::binary)
            throw encode_error{"a composite goes as text"};
        parts_of<T>::visit(value, [&to](auto const&... members) {
            static_assert(
                (check_composite_member<std::remove_cvref_t<decltype(members)>>() && ...));
            char const* separator = "(";
            ((to.put(std::string_view{separator}), separator = ",", put_member(members, to)), ...);
            to.put(std::string_view{")"});
        });
    }

private:
    template <class Member>
    static bool read_member(byte_reader& reader, Member& to)
    {
        oid const type{reader.get<std::uint32_t>()};
        auto const size = reader.get<std::int32_t>();
        auto const bytes = reader.get_bytes(size > 0 ? static_cast<std::size_t>(size) : 0);
        return reader.ok() && size >= -1 && pgcoro::accepts<Member>(type, format::binary) &&
               decode_field(field{bytes.data(), size, type, format::binary}, to);
    }

    template <class... Members>
    static bool decode_text(std::string_view rest, Members&... members)
    {
        if (rest.size() < 2 || rest.front() != '(')
            return false;
        std::string scratch;
        return (... && read_member(rest, scratch, members)) && rest == ")";
    }

    /// Takes what stands before the part, a parenthesis or a comma, and the part.
    template <class Member>
    static bool read_member(std::string_view& rest, std::string& scratch, Member& to)
    {
        if (rest.front() == ')')
            return false; // there are more members than parts
        rest.remove_prefix(1);
        std::string_view part;
        bool quoted = false;
        if (!read_quoted_part(rest, ",)", part, quoted, scratch))
            return false;
        bool const null = part.empty() && !quoted;
        return decode_field(field{reinterpret_cast<std::byte const*>(part.data()),
                                null ? -1 : static_cast<std::int32_t>(part.size()),
                                type_of<Member>(), format::text},
            to);
    }

    [[nodiscard]] static std::size_t load_count(field const& from) noexcept
    {
        byte_reader reader{from.bytes()};
        return reader.get<std::uint32_t>();
    }

    template <class Member>
    static void put_member(Member const& member, byte_writer& to)
    {
        if (is_null(member))
            return;
        small_byte_writer<64> plain;
        codec<Member>::encode(member, format::text, plain);
        put_part({reinterpret_cast<char const*>(plain.data()), plain.size()}, to);
    }
};

template <composite_aggregate T>
struct codec<T> : composite_codec<T>
{};

template <class... T>
struct codec<std::tuple<T...>> : composite_codec<std::tuple<T...>>
{};

template <class First, class Second>
struct codec<std::pair<First, Second>> : composite_codec<std::pair<First, Second>>
{};

/// Has a codec because it is a composite: as a row of its own it takes a column for each member.
template <class T>
concept composite_value = has_codec<T> && requires
{
    requires std::is_same_v<typename codec<T>::composite, T>;
};

} // namespace pgcoro
