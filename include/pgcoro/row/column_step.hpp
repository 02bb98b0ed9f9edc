#pragma once

#include "../types/codec.hpp"

#include <cstddef>
#include <memory>

namespace pgcoro {

/// What to do with one column of a row that can't be decoded straight on. It knows the type of the
/// member that it decodes into, not that of the row: members of one type share the code.
struct column_step
{
    /// Decodes a value into the member at `to`. False if it doesn't fit.
    using function = bool (*)(field const& from, void* to);

    function run;
    std::ptrdiff_t offset; ///< of the member within the row
    oid type;
    pgcoro::format format;
};

/// For a column that no member takes.
[[nodiscard]] inline bool skip_value(field const&, void*)
{
    return true;
}

template <class Member>
[[nodiscard]] inline bool decode_value(field const& from, void* to)
{
    return decode_field(from, *static_cast<Member*>(to));
}

/// The same for a column of just this type and format. The compiler then leaves out what the codec
/// has for others.
template <class Member, oid Type, pgcoro::format Format>
[[nodiscard]] inline bool decode_value_of(field const& from, void* to)
{
    return decode_field(
        field{from.data, from.size, Type == unspecified_oid ? from.type : Type, Format},
        *static_cast<Member*>(to));
}

/// Chooses how a column of this type and format is decoded into a Member that accepts it. Apart
/// from what its codec is bound to, integers that are narrower have a way of their own.
template <class Member>
[[nodiscard]] inline column_step::function choose_step(oid type, pgcoro::format as) noexcept
{
    constexpr oid own_type = type_of<Member>();
    constexpr pgcoro::format own_format = result_format_of<Member>();
    if (as == own_format && (own_type == unspecified_oid || own_type == type))
        return &decode_value_of<Member, own_type, own_format>;
    if constexpr (own_format == pgcoro::format::binary) {
        if constexpr (own_type != oids::int2 && accepts<Member>(oids::int2, own_format))
            if (as == own_format && type == oids::int2)
                return &decode_value_of<Member, oids::int2, own_format>;
        if constexpr (own_type != oids::int4 && accepts<Member>(oids::int4, own_format))
            if (as == own_format && type == oids::int4)
                return &decode_value_of<Member, oids::int4, own_format>;
        if constexpr (own_type != oids::oid_ && accepts<Member>(oids::oid_, own_format))
            if (as == own_format && type == oids::oid_)
                return &decode_value_of<Member, oids::oid_, own_format>;
    }
    return &decode_value<Member>;
}

/// Notes where in the row at `row` the members lie that it is called with.
struct note_offsets
{
    std::byte const* row;
    std::ptrdiff_t* offsets;

    template <class... Members>
    void operator()(Members&... members) const
    {
        std::ptrdiff_t* to = offsets;
        ((*to++ = reinterpret_cast<std::byte const*>(std::addressof(members)) - row), ...);
    }
};

} // namespace pgcoro
