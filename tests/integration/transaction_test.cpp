#include "run.hpp"

#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace {

awaitable<void> make_table(pg::connection& conn)
{
    co_await conn.execute("CREATE TEMP TABLE t (n int PRIMARY KEY)");
}

struct by_name
{
    int n;
};

awaitable<std::int64_t> count(pg::connection& conn)
{
    return conn.fetch_value<std::int64_t>("SELECT count(*) FROM t");
}

} // namespace

TEST_CASE("a transaction commits, rolls back, and rolls back when it is dropped")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_table(conn);
        auto tx = co_await conn.begin();
        co_await tx.execute("INSERT INTO t VALUES (1)");
        co_await tx.commit();
        check_equal(co_await count(conn), 1);

        tx = co_await conn.begin();
        co_await tx.execute("INSERT INTO t VALUES (2)");
        co_await tx.rollback();
        check_equal(co_await count(conn), 1);
        {
            auto dropped = co_await conn.begin();
            co_await dropped.execute("INSERT INTO t VALUES (3)");
        }
        check_equal(co_await count(conn), 1);
        co_await error_of<pg::transaction_lost>(tx.execute("SELECT 1"));
        co_await error_of<pg::transaction_lost>(tx.commit());
    });
}

TEST_CASE("a lazy transaction begins with its first statement, and is as any other")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_table(conn);
        auto const lazy = pg::transaction_options{}.lazy();
        auto const insert = "INSERT INTO t VALUES ($1)";
        std::vector<int> const three_four{3, 4};
        std::vector<int> const five_six{5, 6};
        auto tx = co_await conn.begin(lazy);
        co_await error_of<pg::operation_in_progress>(conn.execute("SELECT 1"));
        CHECK_FALSE(conn.is_in_transaction());
        auto const [first, second] =
            co_await pg::gather(tx.execute(insert, 1), tx.execute(insert, 2));
        CHECK(conn.is_in_transaction());
        CHECK(second == "INSERT 0 1");
        co_await tx.rollback();
        check_equal(co_await count(conn), 0);

        // Whatever the first is.
        co_await conn.transaction(lazy, [](pg::transaction& in) -> awaitable<void> {
            co_await in.execute("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)");
        });
        tx = co_await conn.begin(lazy);
        co_await tx.execute_many(insert, three_four);
        co_await tx.commit();
        tx = co_await conn.begin(lazy);
        co_await tx.copy_in("t", five_six);
        co_await tx.commit();
        tx = co_await conn.begin(lazy);
        auto nested = co_await tx.begin();
        co_await nested.execute(insert, 7);
        co_await nested.commit();
        co_await tx.commit();
        tx = co_await conn.begin(lazy);
        {
            auto rows = co_await tx.stream<int>("SELECT n FROM t WHERE n > $1", 0);
            while (auto const batch = co_await rows.next())
                CHECK(batch->size() == 7);
        }
        auto cursor = co_await tx.cursor<int>("SELECT n FROM t ORDER BY n");
        check_equal((co_await cursor.fetch(10)).size(), 7U);
        co_await tx.commit();
        tx = co_await conn.begin(lazy);
        auto const prepared = co_await tx.prepare(insert);
        co_await prepared.execute(8);
        co_await tx.commit();
        check_equal(co_await count(conn), 8);

        // None at all, dropped, isolated, failed, cancelled before it was sent.
        tx = co_await conn.begin(lazy);
        co_await tx.commit();
        {
            auto const dropped = co_await conn.begin(lazy);
        }
        {
            auto dropped = co_await conn.begin(lazy);
            co_await dropped.execute(insert, 9);
        }
        check_equal(co_await count(conn), 8);
        tx = co_await conn.begin(pg::transaction_options{pg::isolation::serializable}.lazy());
        check_equal(
            co_await tx.fetch_value<std::string>("SHOW transaction_isolation"), "serializable");
        co_await error_of<pg::unique_violation>(tx.execute(insert, 1));
        co_await error_of<pg::transaction_lost>(tx.commit());
        tx = co_await conn.begin(lazy);
        co_await error_of<pg::timeout_error>(
            tx.with(pg::timeout(20ms)).execute("SELECT pg_sleep($1)", 100.0));
        co_await tx.rollback();
        // The first can't be parsed: that fails the transaction, as it does any other.
        tx = co_await conn.begin(lazy);
        co_await error_of<pg::syntax_error>(tx.fetch<by_name>("SELEC"));
        co_await error_of<pg::in_failed_sql_transaction>(tx.execute(insert, 9));
        co_await error_of<pg::transaction_lost>(tx.commit());
        tx = co_await conn.begin(lazy);
        co_await error_of<pg::syntax_error>(tx.prepare("SELEC"));
        co_await error_of<pg::transaction_lost>(tx.commit());
        co_await conn.execute("BEGIN");
        co_await error_of<pg::transaction_lost>(conn.begin(lazy));
        co_await conn.execute("ROLLBACK");
        check_equal(co_await count(conn), 8);
        check(!conn.is_in_transaction());
    });
}

TEST_CASE(
    "why BEGIN and the first statement have one Sync: behind a BEGIN that fails it is skipped")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_table(conn);
        auto const statements = [] {
            return pg::pipeline{}
                .execute("BEGIN ISOLATION LEVEL NONE SUCH")
                .execute("INSERT INTO t VALUES (1)")
                .execute("COMMIT");
        };
        co_await error_of<pg::syntax_error>(conn.run(statements()));
        check_equal(co_await count(conn), 0);
        // With a Sync each it is made permanent by itself, and COMMIT says COMMIT.
        auto const [began, inserted, committed] = co_await conn.run_each(statements());
        CHECK(began.error());
        CHECK(inserted.value() == "INSERT 0 1");
        CHECK(committed.value() == "COMMIT");
        check_equal(co_await count(conn), 1);
    });
}

TEST_CASE("the body form commits, gives the body's result, and rolls back on an exception")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_table(conn);
        auto const inserted = co_await conn.transaction([](pg::transaction& tx) -> awaitable<int> {
            co_await tx.execute("INSERT INTO t VALUES (1)");
            co_return 42;
        });
        CHECK(inserted == 42);
        check_equal(co_await count(conn), 1);
        co_await error_of<pg::unique_violation>(
            conn.transaction([](pg::transaction& tx) -> awaitable<void> {
                co_await tx.execute("INSERT INTO t VALUES (2)");
                co_await tx.execute("INSERT INTO t VALUES (1)");
            }));
        check_equal(co_await count(conn), 1);
        struct mine : std::exception
        {};
        co_await error_of<mine>(conn.transaction([](pg::transaction& tx) -> awaitable<void> {
            co_await tx.execute("INSERT INTO t VALUES (3)");
            throw mine{};
        }));
        check_equal(co_await count(conn), 1);
    });
}

TEST_CASE("isolation, read only and deferrable reach the server")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto shown = [](pg::transaction& tx, char const* what) {
            return tx.fetch_value<std::string>(std::string{"SHOW "} + what);
        };
        auto tx = co_await conn.begin(pg::isolation::serializable);
        check_equal(co_await shown(tx, "transaction_isolation"), "serializable");
        check_equal(co_await shown(tx, "transaction_read_only"), "off");
        co_await tx.rollback();
        tx = co_await conn.begin(
            pg::transaction_options{pg::isolation::serializable}.read_only().deferrable());
        check_equal(co_await shown(tx, "transaction_read_only"), "on");
        check_equal(co_await shown(tx, "transaction_deferrable"), "on");
        co_await tx.rollback();
        tx = co_await conn.begin(pg::isolation::repeatable_read);
        check_equal(co_await shown(tx, "transaction_isolation"), "repeatable read");
        co_await tx.rollback();
    });
}

TEST_CASE("while a transaction is open the connection refuses strangers at once")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_table(conn);
        auto tx = co_await conn.begin();
        check_equal(
            co_await error_of<pg::operation_in_progress>(conn.execute("INSERT INTO t VALUES (9)")),
            "cannot perform operation: another operation is in progress (a transaction)");
        co_await error_of<pg::operation_in_progress>(conn.begin());
        {
            auto nested = co_await tx.begin();
            check_that(co_await error_of<pg::operation_in_progress>(tx.execute("SELECT 1")),
                Catch::Matchers::ContainsSubstring("nested transaction"));
            co_await nested.execute("INSERT INTO t VALUES (1)");
            co_await nested.commit();
        }
        co_await tx.commit();
        check_equal(co_await count(conn), 1);
    });
}

TEST_CASE("nested transactions are released or rolled back, and their parent goes on")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_table(conn);
        auto tx = co_await conn.begin();
        co_await tx.execute("INSERT INTO t VALUES (1)");
        co_await error_of<pg::unique_violation>(
            tx.transaction([](pg::transaction& nested) -> awaitable<void> {
                co_await nested.execute("INSERT INTO t VALUES (2)");
                co_await nested.execute("INSERT INTO t VALUES (1)");
            }));
        {
            auto dropped = co_await tx.begin();
            co_await dropped.execute("INSERT INTO t VALUES (3)");
        }
        {
            auto failed = co_await tx.begin();
            co_await error_of<pg::unique_violation>(failed.execute("INSERT INTO t VALUES (1)"));
            co_await error_of<pg::in_failed_sql_transaction>(failed.commit());
        }
        co_await tx.transaction([](pg::transaction& nested) -> awaitable<void> {
            co_await nested.execute("INSERT INTO t VALUES (4)");
            co_await nested.transaction([](pg::transaction& inner) -> awaitable<void> {
                co_await inner.execute("INSERT INTO t VALUES (5)");
            });
        });
        auto rolled_back = co_await tx.begin();
        co_await rolled_back.execute("INSERT INTO t VALUES (6)");
        co_await rolled_back.rollback();
        co_await tx.commit();
        auto const kept = co_await conn.fetch<int>("SELECT n FROM t ORDER BY n");
        CHECK(kept.rows() == std::vector{1, 4, 5});
    });
}

TEST_CASE("COMMIT answered by ROLLBACK is an error")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_table(conn);
        auto tx = co_await conn.begin();
        co_await tx.execute("INSERT INTO t VALUES (1)");
        co_await error_of<pg::unique_violation>(tx.execute("INSERT INTO t VALUES (1)"));
        co_await error_of<pg::in_failed_sql_transaction>(tx.execute("SELECT 1"));
        check_that(co_await error_of<pg::transaction_lost>(tx.commit()),
            Catch::Matchers::ContainsSubstring("ROLLBACK"));
        check_equal(co_await count(conn), 0);
    });
}

TEST_CASE("a transaction that was ended by hand is noticed")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_table(conn);
        auto tx = co_await conn.begin();
        co_await tx.execute("ROLLBACK");
        co_await error_of<pg::transaction_lost>(tx.commit());
        co_await conn.execute("BEGIN");
        co_await error_of<pg::transaction_lost>(conn.begin());
        co_await conn.execute("ROLLBACK");
        check_equal(co_await count(conn), 0);
    });
}

TEST_CASE("a deferred constraint that fails at COMMIT makes the commit fail")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE d (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
        auto tx = co_await conn.begin();
        co_await tx.execute("INSERT INTO d VALUES (1), (1)");
        co_await error_of<pg::unique_violation>(tx.commit());
        // Outside of a transaction it fails at the statement's own Sync.
        co_await error_of<pg::unique_violation>(conn.execute("INSERT INTO d VALUES ($1), ($1)", 1));
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM d"), 0);
    });
}

TEST_CASE("a dropped transaction gives its locks back at once, on an idle connection too")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("DROP TABLE IF EXISTS locked; CREATE TABLE locked (n int)");
        auto other = co_await pg::connect(shared_options());
        {
            auto tx = co_await conn.begin();
            co_await tx.execute("LOCK TABLE locked IN ACCESS EXCLUSIVE MODE");
        }
        // Nothing more is asked of the first connection: this would wait for ever.
        co_await other.execute("SET lock_timeout = '20s'; SELECT * FROM locked");
        co_await other.execute("DROP TABLE locked");
    });
}

TEST_CASE("a transaction may outlive its connection")
{
    run([]() -> awaitable<void> {
        std::optional<pg::connection> conn{co_await pg::connect(shared_options())};
        auto tx = co_await conn->begin();
        conn.reset();
        co_await error_of<pg::connection_lost>(tx.execute("SELECT 1"));
    });
}

TEST_CASE("ending a nested transaction twice, late or under a stream harms nobody else")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_table(conn);
        std::optional<pg::transaction> outlived;
        {
            auto tx = co_await conn.begin();
            auto inner = co_await tx.begin();
            co_await inner.execute("INSERT INTO t VALUES (1)");
            {
                auto rows = co_await inner.stream<int>("SELECT generate_series(1, 100000)");
                co_await error_of<pg::operation_in_progress>(inner.commit());
            }
            co_await inner.commit();
            co_await error_of<pg::transaction_lost>(inner.commit());
            co_await tx.execute("INSERT INTO t VALUES (2)");
            outlived = co_await tx.begin();
            co_await error_of<pg::operation_in_progress>(tx.commit());
        }
        auto other = co_await conn.begin();
        co_await other.execute("INSERT INTO t VALUES (3)");
        co_await error_of<pg::transaction_lost>(outlived->commit());
        co_await other.execute("INSERT INTO t VALUES (4)");
        co_await other.commit();
        auto const kept = co_await conn.fetch<int>("SELECT n FROM t ORDER BY n");
        CHECK(kept.rows() == std::vector{3, 4});
    });
}

TEST_CASE("close() is refused while somebody else's transaction is open")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_table(conn);
        auto tx = co_await conn.begin();
        co_await error_of<pg::operation_in_progress>(conn.close());
        co_await tx.execute("INSERT INTO t VALUES (1)");
        co_await tx.commit();
        check_equal(co_await count(conn), 1);
    });
}
