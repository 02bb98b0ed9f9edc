#include "round_trips.hpp"

#include <limits>

using round_trips::check_type;
using round_trips::with_random;

namespace {

using engine = std::mt19937_64;
using int64 = std::numeric_limits<std::int64_t>;

} // namespace

TEST_CASE("money comes back as it was sent")
{
    check_type("money", with_random<pg::money>(
                            {{0}, {1}, {-1}, {99'999}, {100'000}, {int64::max()}, {int64::min()}},
                            [](engine& random) {
                                return pg::money{
                                    static_cast<std::int64_t>(random()) >> (random() % 64)};
                            }));
}

TEST_CASE("pg_lsn comes back as it was sent")
{
    check_type("pg_lsn", with_random<pg::lsn>({{0}, {1}, {~std::uint64_t{0}}, {0x16'b374'd848}},
                             [](engine& random) { return pg::lsn{random() >> (random() % 64)}; }));
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const sql = "SELECT pg_current_wal_insert_lsn()";
        auto const before = co_await conn.fetch_value<pg::lsn>(sql);
        co_await conn.execute("SELECT pg_logical_emit_message(false, '', 'more')");
        check(co_await conn.fetch_value<pg::lsn>(sql) > before);
    });
}

TEST_CASE("tid comes back as it was sent")
{
    check_type("tid", with_random<
                          pg::tid>({{0, 0}, {0, 1}, {4'294'967'295, 65'535}}, [](engine& random) {
        return pg::tid{static_cast<std::uint32_t>(random()), static_cast<std::uint16_t>(random())};
    }));
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE placed AS SELECT generate_series(1, 3) AS n");
        auto const place =
            co_await conn.fetch_value<pg::tid>("SELECT ctid FROM placed WHERE n = 2");
        CHECK(place == pg::tid{0, 2});
        check_equal(
            co_await conn.fetch_value<int>("SELECT n FROM placed WHERE ctid = $1", place), 2);
        auto const row = co_await conn.fetch_one<std::tuple<pg::xid, pg::cid, pg::oid>>(
            "SELECT xmin, cmin, tableoid FROM placed LIMIT 1");
        auto const same = co_await conn.fetch_value<bool>(
            "SELECT xmin = $1 AND cmin = $2 AND tableoid = $3 FROM placed LIMIT 1",
            std::get<0>(row), std::get<1>(row), std::get<2>(row));
        CHECK(same);
    });
}

TEST_CASE("snapshots come back as they were sent")
{
    bool const old = shared_server().version_number() < 130'000;
    if (old)
        return skip("pg_snapshot came with version 13");
    check_type("pg_snapshot",
        with_random<pg::snapshot>(
            {{pg::xid8{1}, pg::xid8{1}, {}}, {pg::xid8{1}, pg::xid8{int64::max()}, {}},
                {pg::xid8{10}, pg::xid8{20}, {pg::xid8{10}, pg::xid8{14}}}},
            [](engine& random) {
                std::uint64_t const first = 1 + (random() >> 2);
                pg::snapshot value{pg::xid8{first}, pg::xid8{first + 100}, {}};
                for (std::uint64_t i = 0; i < 100; ++i)
                    if (random() % 8 == 0)
                        value.in_progress.push_back(pg::xid8{first + i});
                return value;
            }),
        false);
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const sql = "SELECT pg_current_snapshot(), txid_current_snapshot(), "
                         "pg_current_snapshot()::text";
        auto const row =
            co_await conn.fetch_one<std::tuple<pg::snapshot, pg::snapshot, std::string>>(sql);
        CHECK(std::get<0>(row) == std::get<1>(row));
        CHECK(to_string(std::get<0>(row)) == std::get<2>(row));
        auto const printed = co_await conn.fetch_one(sql);
        CHECK(to_string(printed) ==
              std::get<2>(row) + " " + std::get<2>(row) + " " + std::get<2>(row));
        auto const sent = co_await conn.fetch_value<std::string>(
            "SELECT $1::text", pg::as_oid(pg::oids::txid_snapshot, std::get<0>(row)));
        CHECK(sent == std::get<2>(row));
    });
}
