#pragma once

#include "plan.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace pgcoro {

template <class T, class Decode>
[[nodiscard]] inline std::byte const* decode_each(std::byte const* at, std::byte const* end,
    std::size_t count, std::vector<T>& out, Decode const& decode)
{
    constexpr std::ptrdiff_t header = 1 + sizeof(std::int32_t); // 'D' and the length
    std::size_t done = out.size();
    out.resize(done + count); // at once: emplace_back() in the loop costs half as much again
    std::byte const* failed = nullptr;
    while (at != end) {
        std::byte const* const next = at + 1 + load_big<std::int32_t>(at + 1);
        bool fits = false;
        if constexpr (std::is_same_v<T, bool>) { // no reference into a std::vector<bool>
            bool value = false;
            fits = decode(at + header, next, value);
            out[done] = value;
        } else {
            fits = decode(at + header, next, out[done]);
        }
        if (!fits) {
            failed = at;
            break;
        }
        ++done;
        at = next;
    }
    out.resize(done);
    return failed;
}

template <class T>
struct exact_decode
{
    row_plan<T> const& plan;

    [[gnu::always_inline]] bool operator()(
        std::byte const* body, std::byte const* end, T& row) const
    {
        return plan.decode_exact(body, end, row);
    }
};

template <class T>
struct stepwise_decode
{
    row_plan<T> const& plan;

    bool operator()(std::byte const* body, std::byte const* end, T& row) const
    {
        return plan.decode_stepwise(body, end, row);
    }
};

/// Decodes a run of exactly `count` complete DataRow messages, as framing leaves them, onto the end
/// of `out`. Null if all went well, else the message that did not: the rows before it are in `out`,
/// and plan.explain() of its body says why. Throws only what allocations throw.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html, DataRow
template <class T>
[[nodiscard]] inline std::byte const* decode_rows(row_plan<T> const& plan, std::byte const* begin,
    std::byte const* end, std::size_t count, std::vector<T>& out)
{
    if (plan.exact())
        return decode_each(begin, end, count, out, exact_decode<T>{plan});
    return decode_each(begin, end, count, out, stepwise_decode<T>{plan});
}

} // namespace pgcoro
