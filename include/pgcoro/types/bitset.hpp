#pragma once

#include "bits.hpp"

#include <bitset>

namespace pgcoro {

/// bit(N) and bit varying with exactly N bits. Both sides write the highest place at the left, so
/// that `'0110'::bit(4)` is std::bitset<4>{6}.
/// https://www.postgresql.org/docs/current/datatype-bit.html
template <std::size_t N>
struct codec<std::bitset<N>>
{
    static constexpr oid type = oids::varbit;

    static constexpr bool accepts(oid from, format as) noexcept
    {
        return codec<bits>::accepts(from, as);
    }

    static bool decode(field const& from, std::bitset<N>& to)
    {
        bits read;
        if (!codec<bits>::decode(from, read) || read.size() != N)
            return false;
        for (std::size_t i = 0; i < N; ++i)
            to.set(N - 1 - i, read[i]);
        return true;
    }

    static void encode(std::bitset<N> const& value, format as, byte_writer& to)
    {
        bits copy{N};
        for (std::size_t i = 0; i < N; ++i)
            copy.set(i, value.test(N - 1 - i));
        codec<bits>::encode(copy, as, to);
    }
};

} // namespace pgcoro
