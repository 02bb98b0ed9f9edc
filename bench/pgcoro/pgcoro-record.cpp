// pgcoro with rows whose columns are known at run time only; every value is read from each.

#include "run.hpp"

#include <array>

namespace {

using text = std::string_view;

[[nodiscard]] auto values(pg_type<text>& r)
{
    return std::tie(r.typname, r.typnamespace, r.typowner, r.typlen, r.typbyval, r.typcategory,
        r.typispreferred, r.typisdefined, r.typdelim, r.typrelid, r.typelem, r.typarray);
}
[[nodiscard]] auto values(user<text>& r)
{
    return std::tie(r.id, r.name, r.email, r.balance);
}
[[nodiscard]] auto values(order<text>& r)
{
    return std::tie(r.id, r.price, r.name, r.created, r.amount, r.active, r.token, r.note);
}
[[nodiscard]] auto values(event<text>& r)
{
    return std::tie(r.id, r.name, r.email, r.score);
}
template <class T>
[[nodiscard]] auto values(single_row<T>& r)
{
    return std::tie(r.value);
}

template <class T>
void take(pg::record const& row, std::size_t& place, T& value)
{
    value = row.get<T>(place++);
}

/// Reads a whole row as a user would who knows what to expect.
template <class Row>
void read_row(pg::record const& row, Row& to)
{
    std::size_t place = 0;
    std::apply([&](auto&... each) { (take(row, place, each), ...); }, values(to));
}

template <class Row, case_id Which>
struct all_records
{
    static auto fetch(pg::connection& connection, [[maybe_unused]] id_sequence& ids)
    {
        if constexpr (Which == case_id::pg_type)
            return connection.fetch(sql_of(Which), -1, true);
        else if constexpr (Which == case_id::integers)
            return connection.fetch(sql_of(Which), series_length);
        else if constexpr (Which == case_id::one_plus)
            return connection.fetch(sql_of(Which), one_plus_argument);
        else if constexpr (Which == case_id::lookup)
            return connection.fetch(sql_of(Which), ids.next());
        else
            return connection.fetch(sql_of(Which));
    }
    static awaitable<checked> check(pg::connection& connection, id_sequence& ids)
    {
        auto const rows = co_await fetch(connection, ids);
        checked sum{rows.size(), 0};
        for (pg::record const row : rows) {
            Row read{};
            read_row(row, read);
            *sum.checksum += weigh_row(read);
        }
        co_return sum;
    }
    static awaitable<std::uint64_t> once(pg::connection& connection, id_sequence& ids)
    {
        auto const rows = co_await fetch(connection, ids);
        Row read{};
        for (pg::record const row : rows) {
            read_row(row, read);
            keep(read);
        }
        co_return rows.size();
    }
};

struct twenty_records
{
    static awaitable<checked> check(pg::connection& connection, id_sequence& ids)
    {
        auto const all = next_ids(ids);
        auto const found = co_await connection.fetch_many(sql_of(case_id::lookup), all);
        checked sum{found.size(), 0};
        for (pg::record const row : found) {
            user<text> read{};
            read_row(row, read);
            *sum.checksum += weigh_row(read);
        }
        co_return sum;
    }
    static awaitable<std::uint64_t> once(pg::connection& connection, id_sequence& ids)
    {
        auto const all = next_ids(ids);
        auto const found = co_await connection.fetch_many(sql_of(case_id::lookup), all);
        user<text> read{};
        for (pg::record const row : found) {
            read_row(row, read);
            keep(read);
        }
        co_return found.size();
    }

private:
    static std::array<int, lookups_at_once> next_ids(id_sequence& ids)
    {
        std::array<int, lookups_at_once> all;
        for (int& id : all)
            id = ids.next();
        return all;
    }
};

int run_case(arguments const& how)
{
    switch (how.which) {
    case case_id::pg_type:
        return measure_case<all_records<pg_type<text>, case_id::pg_type>>(how);
    case case_id::integers:
        return measure_case<all_records<single_row<int>, case_id::integers>>(how);
    case case_id::bytes:
        return measure_case<all_records<single_row<std::span<std::byte const>>, case_id::bytes>>(
            how);
    case case_id::arrays:
        return measure_case<all_records<single_row<std::vector<int>>, case_id::arrays>>(how);
    case case_id::one_plus:
        return measure_case<all_records<single_row<int>, case_id::one_plus>>(how);
    case case_id::lookup:
        return measure_case<all_records<user<text>, case_id::lookup>>(how);
    case case_id::twenty_lookups:
        return measure_case<twenty_records>(how);
    case case_id::typed_columns:
        return measure_case<all_records<order<text>, case_id::typed_columns>>(how);
    case case_id::many_rows:
        return measure_case<all_records<event<text>, case_id::many_rows>>(how);
    default:
        return print_skip(how, "the same as pgcoro-view");
    }
}

} // namespace

int main(int argc, char** argv)
{
    return report(argc, argv, run_case);
}
