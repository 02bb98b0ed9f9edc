#pragma once

#include "../common/checks.hpp"
#include "read_rows.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bench {

// One run of a case on a connection, from the call to the last row: each gives the rows it read.

template <class Row>
[[nodiscard]] std::uint64_t run_query(PGconn* connection, query& what)
{
    return pass_rows<Row>(what.run(connection).get());
}

inline void enter_pipeline(PGconn* connection)
{
    if (::PQenterPipelineMode(connection) != 1)
        fail(connection);
}

inline void sync_pipeline(PGconn* connection)
{
    if (::PQpipelineSync(connection) != 1)
        fail(connection);
}

/// `count` queries with one Sync. `take` gets the result of each.
template <class Take>
void run_pipeline(PGconn* connection, query& what, int count, ExecStatusType wanted, Take&& take)
{
    enter_pipeline(connection);
    for (int i = 0; i < count; ++i)
        what.send(connection);
    sync_pipeline(connection);
    for (int i = 0; i < count; ++i) {
        take(expect(connection, ::PQgetResult(connection), wanted).get());
        if (::PQgetResult(connection) != nullptr)
            fail(connection);
    }
    auto const end = expect(connection, ::PQgetResult(connection), PGRES_PIPELINE_SYNC);
    ::PQexitPipelineMode(connection);
}

[[nodiscard]] inline std::uint64_t run_lookups(PGconn* connection, query& what)
{
    std::uint64_t rows = 0;
    run_pipeline(connection, what, lookups_at_once, PGRES_TUPLES_OK,
        [&](PGresult* got) { rows += pass_rows<user_row<std::string_view>>(got); });
    return rows;
}

[[nodiscard]] inline std::uint64_t run_inserts(PGconn* connection, query& what)
{
    run_pipeline(connection, what, inserted_rows, PGRES_COMMAND_OK, [](PGresult*) {});
    return 0;
}

/// Ten thousand rows.
[[nodiscard]] inline std::uint64_t run_copy(PGconn* connection)
{
    auto const begun =
        expect(connection, ::PQexec(connection, sql_of(case_id::copy_in).data()), PGRES_COPY_IN);
    constexpr std::string_view header{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
    std::array<char, std::size_t{16} * 1024> data;
    char* at = std::copy(header.begin(), header.end(), data.begin());
    auto const put = [&] {
        if (::PQputCopyData(connection, data.data(), static_cast<int>(at - data.data())) != 1)
            fail(connection);
        at = data.data();
    };
    auto const word = [&](auto value) {
        store(at, value);
        at += sizeof value;
    };
    auto const number = [&](auto value) {
        word(static_cast<std::int32_t>(sizeof value));
        word(value);
    };
    auto const text = [&](std::string_view value) {
        word(static_cast<std::int32_t>(value.size()));
        at = std::copy(value.begin(), value.end(), at);
    };
    for (batch_row const& row : batch_rows(case_id::copy_in)) {
        constexpr std::size_t fixed = 2 + 7 * 4 + 4 * 4 + 8; // what all rows have
        if (static_cast<std::size_t>(data.end() - at) < fixed + row.d.size() + row.g.size())
            put();
        word(std::int16_t{7});
        number(row.a);
        number(row.b);
        number(row.c);
        text(row.d);
        number(std::bit_cast<std::int64_t>(row.e));
        number(row.f);
        text(row.g);
    }
    if (data.end() - at < 2)
        put();
    word(std::int16_t{-1});
    put();
    if (::PQputCopyEnd(connection, nullptr) != 1)
        fail(connection);
    auto const done = expect(connection, ::PQgetResult(connection), PGRES_COMMAND_OK);
    if (::PQgetResult(connection) != nullptr)
        fail(connection);
    return 0;
}

[[nodiscard]] inline std::uint64_t run_connect(query& what)
{
    auto const opened = connect();
    return pass_rows<single_row<std::int32_t>>(what.run_once(opened.get()).get());
}

/// What one run gives.
[[nodiscard]] inline checked check_case(case_id which)
{
    auto const opened = connect();
    query what{which};
    if (fills_batch(which)) {
        clear_batch();
        if (which == case_id::batch_insert) {
            what.prepare(opened.get());
            (void)run_inserts(opened.get(), what);
        } else {
            (void)run_copy(opened.get());
        }
        return check_batch();
    }
    checked sum{0, 0};
    with_row_of(which, [&]<class Row>(Row) {
        what.prepare(opened.get());
        if (which == case_id::twenty_lookups)
            run_pipeline(opened.get(), what, lookups_at_once, PGRES_TUPLES_OK,
                [&](PGresult* got) { weigh_rows<Row>(got, sum); });
        else
            weigh_rows<Row>(what.run(opened.get()).get(), sum);
    });
    return sum;
}

} // namespace bench
