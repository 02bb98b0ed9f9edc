#pragma once

#include "../common/checks.hpp"
#include "../common/checksum.hpp"
#include "../common/epoll_lanes.hpp"
#include "../common/keep.hpp"
#include "decode_row.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

/// Each row is decoded, with views into the read buffer, and gone with the next.
template <class Row>
struct passing_rows
{
    void row(std::byte const* body)
    {
        decode_row(body, decoded);
        keep(decoded);
    }
    void end() noexcept {}

    Row decoded;
};

/// Each result is a vector of rows.
template <class Row>
struct kept_rows
{
    void row(std::byte const* body) { decode_row(body, rows.emplace_back()); }
    void end()
    {
        keep(rows);
        rows = std::vector<Row>{}; // `{}` alone would keep its memory
    }

    std::vector<Row> rows;
};

/// For the check.
template <class Row>
struct weighed_rows
{
    void row(std::byte const* body)
    {
        Row decoded{};
        decode_row(body, decoded);
        sum += weigh_row(decoded);
        ++count;
    }
    void end() noexcept {}

    std::int64_t sum = 0;
    std::uint64_t count = 0;
};

template <class Row, template <class> class Rows>
int run_hand(arguments const& how)
{
    checked check;
    {
        tally once;
        epoll_lanes<weighed_rows<Row>> lanes{how.which, 1};
        lanes.run(steady::now(), once);
        std::uint64_t const runs = has_callers(how.which) ? once.queries : 1;
        check = {lanes.rows().count / runs, lanes.rows().sum / static_cast<std::int64_t>(runs)};
    }
    epoll_lanes<Rows<Row>> lanes{how.which, how.connections};
    return measure(how, check,
        [&](steady::time_point deadline, tally& counted) { lanes.run(deadline, counted); });
}

} // namespace bench
