#include "run.hpp"

#include <asio/bind_cancellation_slot.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using Catch::Matchers::ContainsSubstring;

namespace {

pgcoro::temporary_server& server_of_prepared_transactions()
{
    static pgcoro::temporary_server server{
        pgcoro::temporary_server_options{}.setting("max_prepared_transactions", "4")};
    return server;
}

awaitable<std::int64_t> count(pg::connection& conn, std::string const& table)
{
    return conn.fetch_value<std::int64_t>("SELECT count(*) FROM " + table);
}

} // namespace

TEST_CASE("a body that collides with another is run again, up to the limit")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        int runs = 0;
        auto fail_with = [&](std::string const& state, int times) {
            return [&runs, state, times](pg::transaction& tx) -> awaitable<int> {
                if (++runs <= times)
                    co_await tx.execute("DO $$ BEGIN RAISE SQLSTATE '" + state + "'; END $$");
                co_return runs;
            };
        };
        auto const quick = pg::retry(3).backoff(1ms, 2ms);
        auto const collides = fail_with("40001", 2);
        check_equal(co_await conn.transaction(quick, collides), 3);
        runs = 0;
        auto const deadlocks = fail_with("40P01", 1);
        check_equal(co_await conn.transaction(quick, deadlocks), 2);
        runs = 0;
        auto const always = fail_with("40001", 99);
        co_await error_of<pg::serialization_failure>(conn.transaction(quick, always));
        CHECK(runs == 3);
        runs = 0;
        auto const other = fail_with("22012", 99);
        co_await error_of<pg::division_by_zero>(conn.transaction(quick, other));
        CHECK(runs == 1);
        runs = 0;
        co_await error_of<pg::serialization_failure>(conn.transaction(pg::retry(0), always));
        CHECK(runs == 1);
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1); // behind the last ROLLBACK
        CHECK_FALSE(conn.is_in_transaction());
    });
}

TEST_CASE("of transactions that really collide all come through, one after the other")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TABLE retried (n int)");
        co_await conn.execute("INSERT INTO retried VALUES (0)");
        int runs = 0;
        auto add = [&](pg::connection& on) -> awaitable<void> {
            for (int i = 0; i < 10; ++i) {
                auto body = [&](pg::transaction& tx) -> awaitable<void> {
                    ++runs;
                    auto const n = co_await tx.fetch_value<int>("SELECT n FROM retried");
                    co_await tx.execute("SELECT pg_sleep(0.002)");
                    co_await tx.execute("UPDATE retried SET n = $1", n + 1);
                };
                co_await on.transaction(
                    pg::retry(200, pg::isolation::serializable).backoff(1ms, 20ms), body);
            }
        };
        auto other = co_await pg::connect(shared_options());
        co_await pg::gather(add(conn), add(other));
        check_equal(co_await conn.fetch_value<int>("SELECT n FROM retried"), 20);
        CHECK(runs > 20);
        co_await conn.execute("DROP TABLE retried");
    });
}

TEST_CASE("a cancelled transaction is not tried again")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        int runs = 0;
        auto body = [&](pg::transaction& tx) -> awaitable<void> {
            ++runs;
            co_await tx.execute("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$");
        };
        co_await error_of<pg::timeout_error>(
            pg::within(50ms, conn.transaction(pg::retry(100).backoff(100s, 100s), body)));
        CHECK(runs == 1);
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("the waits between tries grow, stay below their limit, and differ")
{
    auto const how = pg::retry(9).backoff(8ms, 30ms);
    CHECK(how.wait_after(1, 0) == 8ms);
    CHECK(how.wait_after(1, 4000) == 4ms);
    CHECK(how.wait_after(2, 0) == 16ms);
    CHECK(how.wait_after(3, 0) == 30ms);
    CHECK(how.wait_after(1000, 0) == 30ms);
    for (std::uint64_t noise = 0; noise < 100'000; noise += 777) {
        CHECK(how.wait_after(2, noise) >= 8ms);
        CHECK(how.wait_after(2, noise) <= 16ms);
    }
    CHECK(pg::retry(2).backoff(0ms, 0ms).wait_after(1, 12345) == 0ms);
}

TEST_CASE("a prepared transaction is committed or rolled back on another connection")
{
    run([]() -> awaitable<void> {
        auto const where = server_of_prepared_transactions().connection_string();
        auto conn = co_await pg::connect(where);
        auto other = co_await pg::connect(where);
        co_await conn.execute("CREATE TABLE prepared (n int PRIMARY KEY)");
        auto tx = co_await conn.begin();
        co_await tx.execute("INSERT INTO prepared VALUES (1)");
        co_await tx.prepare_transaction("it's \\ the first");
        check_equal(co_await count(conn, "prepared"), 0); // the connection is free again
        co_await other.commit_prepared("it's \\ the first");
        check_equal(co_await count(conn, "prepared"), 1);

        tx = co_await conn.begin();
        co_await tx.execute("INSERT INTO prepared VALUES (2)");
        co_await tx.prepare_transaction("second");
        co_await error_of<pg::transaction_lost>(tx.execute("SELECT 1"));
        co_await other.rollback_prepared("second");
        check_equal(co_await count(conn, "prepared"), 1);
        co_await error_of<pg::undefined_object>(other.commit_prepared("second"));

        tx = co_await conn.begin();
        auto nested = co_await tx.begin();
        check_that(
            co_await error_of<pg::operation_in_progress>(nested.prepare_transaction("nested")),
            ContainsSubstring("nested in"));
        co_await nested.commit();
        co_await error_of<pg::unique_violation>(tx.execute("INSERT INTO prepared VALUES (1)"));
        check_that(co_await error_of<pg::transaction_lost>(tx.prepare_transaction("failed")),
            ContainsSubstring("PREPARE TRANSACTION was answered by ROLLBACK"));
        check_equal(co_await count(conn, "prepared"), 1);
    });
}

TEST_CASE("where the server prepares nothing the transaction is rolled back")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE unprepared (n int)");
        auto tx = co_await conn.begin();
        co_await tx.execute("CREATE TABLE not_there (n int)");
        co_await error_of<pg::server_error>(tx.prepare_transaction("x"));
        CHECK(conn.is_open());
        check_equal(
            co_await conn.fetch_value<bool>("SELECT to_regclass('not_there') IS NULL"), true);
    });
}

TEST_CASE("a transaction may see another's snapshot")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TABLE seen (n int)");
        auto other = co_await pg::connect(shared_options());
        auto first = co_await conn.begin(pg::isolation::repeatable_read);
        auto const id = co_await first.fetch_value<std::string>("SELECT pg_export_snapshot()");
        co_await other.execute("INSERT INTO seen VALUES (1)");
        auto how = pg::transaction_options{pg::isolation::repeatable_read}.snapshot(id);
        auto second = co_await other.begin(how);
        check_equal(co_await second.fetch_value<std::int64_t>("SELECT count(*) FROM seen"), 0);
        co_await second.commit();
        check_equal(co_await count(other, "seen"), 1);
        how.snapshot("no'such");
        co_await error_of<pg::server_error>(other.begin(how));
        check_equal(co_await count(other, "seen"), 1); // the connection is free
        co_await first.rollback();
        co_await conn.execute("DROP TABLE seen");
    });
}

TEST_CASE("an advisory lock keeps others out until its object ends")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto other = co_await pg::connect(shared_options());
        {
            auto const held = co_await conn.advisory_lock(-77);
            CHECK(held);
            CHECK(held.key() == -77);
            check(!co_await other.try_advisory_lock(-77));
        }
        auto mine = co_await other.advisory_lock(-77); // waits for the unlock, if it must
        check(!co_await conn.try_advisory_lock(-77));
        co_await mine.unlock();
        CHECK_FALSE(mine);
        auto shared = co_await conn.try_advisory_lock(-77, pg::lock_mode::shared);
        auto too = co_await other.try_advisory_lock(-77, pg::lock_mode::shared);
        CHECK(shared);
        CHECK(too);
        check(!co_await other.try_advisory_lock(-77));
        too = {};
        shared = co_await conn.advisory_lock(-78);
        auto last = co_await other.advisory_lock(-77);
        CHECK(last);
    });
}

TEST_CASE("a lock that ends in a transaction that fails is free afterwards")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto other = co_await pg::connect(shared_options());
        auto lock = co_await conn.advisory_lock(79);
        auto tx = co_await conn.begin();
        co_await error_of<pg::operation_in_progress>(lock.unlock());
        CHECK(lock);
        co_await error_of<pg::division_by_zero>(tx.execute("SELECT 1 / 0"));
        lock = {};
        check(!co_await other.try_advisory_lock(79));
        co_await tx.rollback();
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
        check(bool{co_await other.try_advisory_lock(79)});
    });
}

TEST_CASE("who gives up waiting for a lock does not get it")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto other = co_await pg::connect(shared_options());
        for (int i = 0; i < 30; ++i) {
            auto held = std::make_unique<pg::advisory_lock>(co_await conn.advisory_lock(80));
            auto wait = [&]() -> awaitable<void> {
                try {
                    (void)co_await pg::within(
                        std::chrono::microseconds{i * 100}, other.advisory_lock(80));
                } catch (pg::timeout_error const&) {
                }
            };
            auto release = [&]() -> awaitable<void> {
                co_await conn.execute("SELECT pg_sleep(0.0015)");
                held.reset();
            };
            co_await pg::gather(wait(), release());
            co_await other.execute("SELECT 1");
            auto again = co_await pg::within(20s, conn.advisory_lock(80));
            CHECK(again);
        }
    });
}
