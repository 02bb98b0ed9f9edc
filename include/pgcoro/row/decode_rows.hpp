#pragma once

#include "plan.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace pgcoro {

template <class T, class Decode>
[[nodiscard]] inline std::byte const* decode_each(
    std::byte const* at, std::byte const* end, std::vector<T>& out, Decode decode)
{
    constexpr std::ptrdiff_t header = 1 + sizeof(std::int32_t); // 'D' and the length
    while (at != end) {
        std::byte const* const next = at + 1 + load_big<std::int32_t>(at + 1);
        if constexpr (std::is_same_v<T, bool>) { // no reference into a std::vector<bool>
            bool value = false;
            if (!decode(at + header, next, value))
                return at;
            out.push_back(value);
        } else if (!decode(at + header, next, out.emplace_back())) {
            out.pop_back();
            return at;
        }
        at = next;
    }
    return nullptr;
}

/// Decodes a run of `count` complete DataRow messages, as framing leaves them, onto the end of
/// `out`. Null if all went well, else the message that did not: the rows before it are in `out`,
/// and plan.explain() of its body says why. Throws only what allocations throw.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html, DataRow
template <class T>
[[nodiscard]] inline std::byte const* decode_rows(row_plan<T> const& plan, std::byte const* begin,
    std::byte const* end, std::size_t count, std::vector<T>& out)
{
    if (std::size_t const needed = out.size() + count; needed > out.capacity())
        out.reserve(std::max(needed, out.capacity() * 2));
    if (plan.exact())
        return decode_each(
            begin, end, out, [&](std::byte const* body, std::byte const* stop, T& row) {
                return plan.decode_exact(body, stop, row);
            });
    return decode_each(begin, end, out, [&](std::byte const* body, std::byte const* stop, T& row) {
        return plan.decode_steps(body, stop, row);
    });
}

} // namespace pgcoro
