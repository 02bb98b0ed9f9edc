#pragma once

#include "plan.hpp"
#include "row_array.hpp"

#include <cstddef>
#include <cstdint>
#include <new>

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

/// Counts rows where an exception leaves the right number too, and nowhere in between.
class row_counter
{
public:
    explicit row_counter(std::size_t& total) noexcept : total_{total} {}
    row_counter(row_counter const&) = delete;
    row_counter& operator=(row_counter const&) = delete;
    ~row_counter() { total_ += count; }
    std::size_t count = 0;

private:
    std::size_t& total_;
};

/// Decodes a run for an exact plan, straight on, into raw memory for Ts: each is made as its turn
/// comes, the one that did not fit too, and counted in `made`.
template <class T>
[[nodiscard]] inline decoded_run decode_exact_run(
    std::byte const* at, std::byte const* end, oid const* types, void* rows, std::size_t& made)
{
    T* out = static_cast<T*>(rows);
    row_counter counter{made};
    for (; at != end; ++out) {
        std::byte const* const next = next_message(at);
        ::new (static_cast<void*>(out)) T();
        ++counter.count;
        if (!decode_exact(at + data_row_header, next, types, *out))
            return {at, counter.count - 1};
        at = next;
    }
    return {at, counter.count};
}

using exact_run = decoded_run (*)(
    std::byte const*, std::byte const*, oid const*, void*, std::size_t&);

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

/// decode_rows() with decode_exact_run() of the type of the rows, whatever that is.
[[nodiscard]] inline std::byte const* decode_rows(column_plan const& plan, std::byte const* begin,
    std::byte const* end, std::size_t count, row_storage& out, exact_run exactly)
{
    std::size_t const before = out.size();
    decoded_run run;
    if (plan.exact()) {
        std::size_t* made = nullptr;
        void* const first = out.make_room(count, made, plan.rows_last_time());
        run = exactly(begin, end, plan.types(), first, *made);
    } else {
        run = decode_stepwise_run(plan, begin, end, out.grow(count), out.row_size());
    }
    if (run.at == end)
        return nullptr;
    out.shrink(before + run.count);
    return run.at;
}

/// Decodes a run of exactly `count` complete DataRow messages, as framing leaves them, onto the end
/// of `out`, by a plan for Ts. Null if all went well, else the message that did not: the rows
/// before it are in `out`, and plan.explain() of its body says why. Throws only what allocations
/// throw. https://www.postgresql.org/docs/current/protocol-message-formats.html, DataRow
template <class T>
[[nodiscard]] inline std::byte const* decode_rows(column_plan const& plan, std::byte const* begin,
    std::byte const* end, std::size_t count, row_array<T>& out)
{
    return decode_rows(plan, begin, end, count, out, &decode_exact_run<T>);
}

} // namespace pgcoro
