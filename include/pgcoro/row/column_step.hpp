#pragma once

#include "../core/byte_order.hpp"
#include "../types/codec.hpp"
#include "shape.hpp"

#include <cstddef>
#include <cstdint>
#include <tuple>

namespace pgcoro {

/// What to do with one column of a row that can't be decoded straight on: a link of a chain that
/// hands on the place in the row.
template <class T>
struct column_step
{
    /// Decodes the value whose length word is at `at` into its member. Returns the place behind the
    /// value; null if the value doesn't fit.
    using function = std::byte const* (*)(std::byte const* at, std::byte const* end, T& row,
        column_step const& self);

    function run;
    oid type;
    pgcoro::format format;
};

template <class T>
inline std::byte const* skip_column(
    std::byte const* at, std::byte const* end, T&, column_step<T> const&)
{
    if (end - at < 4)
        return nullptr;
    auto const size = load_big<std::int32_t>(at);
    at += 4;
    if (size < -1 || size > end - at)
        return nullptr;
    return size < 0 ? at : at + size;
}

/// Calls back with the I-th member.
template <std::size_t I, class Visit>
struct pick_member
{
    Visit const& visit;

    template <class... Members>
    [[gnu::always_inline]] decltype(auto) operator()(Members&... members) const
    {
        return visit(std::get<I>(std::tie(members...)));
    }
};

/// Own: the column has the type and format that the member's codec is bound to. The compiler then
/// leaves out what the codec has for others.
template <class T, std::size_t I, bool Own>
inline std::byte const* decode_column(
    std::byte const* at, std::byte const* end, T& row, column_step<T> const& self)
{
    if (end - at < 4)
        return nullptr;
    auto const size = load_big<std::int32_t>(at);
    at += 4;
    if (size < -1 || size > end - at)
        return nullptr;
    auto const decode_into = [&]<class Member>(Member& to) {
        if constexpr (Own)
            return decode_field(
                field{at, size,
                    type_of<Member>() == unspecified_oid ? self.type : type_of<Member>(),
                    result_format_of<Member>()},
                to);
        else
            return decode_field(field{at, size, self.type, self.format}, to);
    };
    using visit = pick_member<I, decltype(decode_into)>;
    if (!row_shape<T>::visit(row, visit{decode_into}))
        return nullptr;
    return size < 0 ? at : at + size;
}

} // namespace pgcoro
