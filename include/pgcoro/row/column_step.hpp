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

/// The same for a column that has the type and format that the member's codec is bound to. The
/// compiler then leaves out what the codec has for others.
template <class Member>
[[nodiscard]] inline bool decode_own_value(field const& from, void* to)
{
    constexpr oid own_type = type_of<Member>();
    return decode_field(
        field{from.data, from.size, own_type == unspecified_oid ? from.type : own_type,
            result_format_of<Member>()},
        *static_cast<Member*>(to));
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
