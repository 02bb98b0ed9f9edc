#pragma once

#include "plan.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace pgcoro {

/// Where a run of complete DataRow messages was left: at the end, or at the row that did not fit.
struct decoded_run
{
    std::byte const* at;
    std::size_t count; ///< rows that did fit
};

inline constexpr std::ptrdiff_t data_row_header = 1 + sizeof(std::int32_t); // 'D' and the length

[[nodiscard]] inline std::byte const* next_message(std::byte const* at) noexcept
{
    return at + 1 + load_big<std::int32_t>(at + 1);
}

/// Decodes a run for an exact plan, straight on.
template <class T>
[[nodiscard]] inline decoded_run decode_exact_run(
    std::byte const* at, std::byte const* end, oid const* types, T* out)
{
    T* const first = out;
    while (at != end) {
        std::byte const* const next = next_message(at);
        if (!decode_exact(at + data_row_header, next, types, *out))
            break;
        ++out;
        at = next;
    }
    return {at, static_cast<std::size_t>(out - first)};
}

/// Decodes a run for any other plan, into rows of `row_size` bytes.
[[nodiscard]] inline decoded_run decode_stepwise_run(column_plan const& plan, std::byte const* at,
    std::byte const* end, void* out, std::size_t row_size)
{
    std::size_t count = 0;
    auto* row = static_cast<std::byte*>(out);
    while (at != end) {
        std::byte const* const next = next_message(at);
        if (!plan.decode_stepwise(at + data_row_header, next, row))
            break;
        row += row_size;
        ++count;
        at = next;
    }
    return {at, count};
}

/// Decodes a run of exactly `count` complete DataRow messages, as framing leaves them, onto the end
/// of `out`, by a plan for Ts. Null if all went well, else the message that did not: the rows
/// before it are in `out`, and plan.explain() of its body says why. Throws only what allocations
/// throw. https://www.postgresql.org/docs/current/protocol-message-formats.html, DataRow
template <class T>
[[nodiscard]] inline std::byte const* decode_rows(column_plan const& plan, std::byte const* begin,
    std::byte const* end, std::size_t count, std::vector<T>& out)
{
    std::size_t const before = out.size();
    out.resize(before + count); // at once: emplace_back() in the loop costs half as much again
    decoded_run run{begin, 0};
    if constexpr (std::is_same_v<T, bool>) { // no reference into a std::vector<bool>
        bool value = false;
        while (run.at != end) {
            std::byte const* const next = next_message(run.at);
            if (!plan.decode_stepwise(run.at + data_row_header, next, &value))
                break;
            out[before + run.count++] = value;
            run.at = next;
        }
    } else if (plan.exact()) {
        run = decode_exact_run(begin, end, plan.types(), out.data() + before);
    } else {
        run = decode_stepwise_run(plan, begin, end, out.data() + before, sizeof(T));
    }
    if (run.at == end)
        return nullptr;
    out.resize(before + run.count);
    return run.at;
}

} // namespace pgcoro
