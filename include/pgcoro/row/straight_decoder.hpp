#pragma once

#include "../core/byte_order.hpp"
#include "../core/inlined.hpp"
#include "../types/codec.hpp"
#include "shape.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace pgcoro {

/// Decodes rows whose columns are exactly the members' own types, formats and order: all of it is
/// known to the compiler but the lengths. At least so many bytes as the columns to come must take
/// are there at every step, so that a column of fixed size needs no bounds check of its own.
template <class... Members>
class straight_decoder
{
public:
    static constexpr std::size_t count = sizeof...(Members);

    /// False if the row is malformed, or NULL where a member takes none. `types` are the columns'.
    PGCORO_INLINED static bool decode(
        std::byte const* at, std::byte const* end, oid const* types, Members&... members)
    {
        if (end - at < 2 + least_from_[0] || load_big<std::uint16_t>(at) != count)
            return false;
        at += 2;
        return decode_columns(at, end, types, std::index_sequence_for<Members...>{}, members...);
    }

private:
    /// The length of each column's values, if they have but one and can't be NULL.
    static constexpr std::array<std::int32_t, count> sizes_{
        (takes_null<Members>() || result_format_of<Members>() == format::text
                ? -1
                : binary_size_of<Members>())...};

    /// The least that the columns from each on take up, their length words included.
    static constexpr auto least_from_ = [] {
        std::array<std::ptrdiff_t, count + 1> least{};
        for (std::size_t i = count; i-- > 0;)
            least[i] = least[i + 1] + 4 + (sizes_[i] > 0 ? sizes_[i] : 0);
        return least;
    }();

    template <std::size_t... I>
    PGCORO_INLINED static bool decode_columns(std::byte const* at, std::byte const* end,
        oid const* types, std::index_sequence<I...>, Members&... members)
    {
        return (... && decode_column<I>(at, end, types[I], members)) && at == end;
    }

    template <std::size_t I, class Member>
    PGCORO_INLINED static bool decode_column(
        std::byte const*& at, std::byte const* end, oid type, Member& to)
    {
        constexpr oid own_type = type_of<Member>();
        auto const size = load_big<std::int32_t>(at);
        at += 4;
        field const from{
            at, size, own_type == unspecified_oid ? type : own_type, result_format_of<Member>()};
        if constexpr (sizes_[I] >= 0) {
            if (size != sizes_[I])
                return false;
            at += sizes_[I];
            return codec<Member>::decode(field{from.data, sizes_[I], from.type, from.format}, to);
        } else {
            if (size > end - at - least_from_[I + 1] || size < -1)
                return false;
            if constexpr (!takes_null<Member>()) {
                if (size < 0)
                    return false;
                at += size;
            } else {
                at += size < 0 ? 0 : size;
            }
            return codec<Member>::decode(from, to);
        }
    }
};

/// Decodes a whole row into the members that it is called with. Not a lambda: clang inlines those
/// only if asked to.
template <class List>
struct straight_visit;

template <class... Members>
struct straight_visit<type_list<Members...>>
{
    std::byte const* body;
    std::byte const* end;
    oid const* types;

    PGCORO_INLINED bool operator()(Members&... members) const
    {
        return straight_decoder<Members...>::decode(body, end, types, members...);
    }
};

} // namespace pgcoro
