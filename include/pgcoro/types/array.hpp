#pragma once

#include "array_decoding.hpp"
#include "array_encoding.hpp"
#include "array_explaining.hpp"

#include <string>

namespace pgcoro {

/// Arrays of whatever has a codec; NULL among the elements needs a type that takes it. Sent from
/// any range that can be iterated over twice (strings, maps and bytes are none), read into
/// std::vector, and into std::array if there are just as many elements. Nested ones are the
/// dimensions of one array: sent, they must be rectangular; read, there must be as many as the
/// array has. One without elements has no dimensions on the server, and comes back as an empty
/// outermost vector. For subscripts that don't start at 1, or dimensions not known before, see
/// pgcoro::array.
///
/// Arrays of types without an OID of their own (strings, enums) are sent as a literal, whose
/// element type the server infers. https://www.postgresql.org/docs/current/arrays.html
template <array_range R>
struct codec<R> : array_codec_type<innermost_of<element_of_range<R>>>
{
    using element = innermost_of<element_of_range<R>>;

    static constexpr int array_rank = 1 + array_rank_of<element_of_range<R>>();
    static constexpr bool borrows = pgcoro::borrows<element>();
    static constexpr format result_format = borrows ? format::binary : result_format_of<element>();

    static constexpr bool accepts(oid type, format as) noexcept
    {
        return accepts_array_of<element>(type, as);
    }

    static bool decode(field const& from, R& to) requires is_fillable<R> && decodable<element>
    {
        return decode_array(from, to);
    }

    /// Of a value that decode() refused.
    static std::string explain(field const& from) requires decodable<element>
    {
        return explain_array(from, array_rank, &explain_element<element>);
    }

    static void encode(R const& value, format as, byte_writer& to) requires encodable<element>
    {
        array_shape const shape = shape_of(value);
        if (as == format::binary)
            encode_binary_array<array_rank, element>(value, shape, to);
        else
            encode_text_array<array_rank, element>(value, shape, to);
    }
};

} // namespace pgcoro
