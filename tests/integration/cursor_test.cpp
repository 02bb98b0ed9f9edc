#include "run.hpp"

#include <string>
#include <vector>

namespace {

struct numbered
{
    int n;
    std::string text;
};

awaitable<std::int64_t> cursors(pg::connection& conn)
{
    return conn.fetch_value<std::int64_t>("SELECT count(*) FROM pg_cursors WHERE name <> ''");
}

} // namespace

TEST_CASE("a cursor gives its rows piece by piece, and leaves the transaction free")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto tx = co_await conn.begin();
        auto rows = co_await tx.cursor<int>("SELECT generate_series($1::int, $2)", 1, 10);
        for (int round = 0; round < 2; ++round) {
            auto const some = co_await rows.fetch(3);
            CHECK(some.rows() == std::vector{round * 3 + 1, round * 3 + 2, round * 3 + 3});
            check_equal(co_await tx.fetch_value<int>("SELECT 42"), 42);
        }
        check_equal(co_await rows.forward(1), 1);
        auto const one = co_await rows.fetch_row();
        CHECK(one == 8);
        auto const rest = co_await rows.fetch_all();
        CHECK(rest.rows() == std::vector{9, 10});
        check_equal((co_await rows.fetch(3)).size(), 0);
        auto const none = co_await rows.fetch_row();
        CHECK_FALSE(none);
        co_await tx.commit();
        co_await error_of<pg::transaction_lost>(rows.fetch(1));
        check_equal(co_await cursors(conn), 0);
    });
}

TEST_CASE("a scrolling cursor goes both ways")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto tx = co_await conn.begin();
        auto rows = co_await tx.cursor<numbered>(pg::cursor_options{}.scroll(),
            "SELECT g AS n, 'row ' || g AS text FROM generate_series(1, 5) g");
        auto const two = co_await rows.fetch(2);
        CHECK(two[1].text == "row 2");
        check_equal(co_await rows.forward(100), 3);
        auto const back = co_await rows.fetch_backward(2);
        REQUIRE(back.size() == 2);
        CHECK(back[0].n == 5);
        CHECK(back[1].n == 4);
        check_equal(co_await rows.move_to(2), 1);
        check_equal((co_await rows.fetch(1))[0].n, 3);
        check_equal(co_await rows.backward(2), 2);
        check_equal((co_await rows.fetch_row())->n, 2);
        co_await rows.close();
        co_await error_of<pg::connection_lost>(rows.fetch(1));
        check_equal(co_await tx.fetch_value<std::int64_t>(
                        "SELECT count(*) FROM pg_cursors WHERE name <> ''"),
            0);

        auto forward_only = co_await tx.cursor("SELECT 1 AS one");
        check_equal((co_await forward_only.fetch(1))[0]["one"].as<int>(), 1);
        co_await error_of<pg::server_error>(forward_only.fetch_backward(1));
    });
}

TEST_CASE("a held cursor outlives its transaction, and ends with its object")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto rows = co_await conn.cursor<int>("SELECT generate_series(1, $1)", 4);
        check_equal(co_await cursors(conn), 1);
        auto const some = co_await rows.fetch(2);
        CHECK(some.rows() == std::vector{1, 2});
        rows = {};
        check_equal(co_await cursors(conn), 0);

        auto tx = co_await conn.begin();
        auto held =
            co_await tx.cursor<int>(pg::cursor_options{}.hold(), "SELECT generate_series(1, 4)");
        check_equal((co_await held.fetch(1))[0], 1);
        co_await tx.commit();
        held.on(conn);
        check_equal((co_await held.fetch(1))[0], 2);

        tx = co_await conn.begin();
        co_await error_of<pg::division_by_zero>(tx.execute("SELECT 1 / 0"));
        held = {}; // a CLOSE within the transaction would fail
        co_await tx.rollback();
        check_equal(co_await cursors(conn), 0);
    });
}

TEST_CASE("errors of a cursor's query come where it is declared or fetched")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await error_of<pg::undefined_table>(conn.cursor("SELECT * FROM not_there"));
        co_await error_of<pg::syntax_error>(conn.cursor("INSERT INTO x VALUES ($1)", 1));
        auto tx = co_await conn.begin();
        auto rows = co_await tx.cursor<int>("SELECT 1 / (3 - g) FROM generate_series(1, 5) g");
        check_equal((co_await rows.fetch(2)).size(), 2);
        auto nested = co_await tx.begin();
        co_await error_of<pg::operation_in_progress>(rows.fetch(1));
        co_await nested.rollback();
        co_await error_of<pg::division_by_zero>(rows.fetch(1));
        co_await tx.rollback();
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("a cursor's statements take no place in the cache of statements")
{
    run([]() -> awaitable<void> {
        auto conn = co_await pg::connect(shared_options().statement_cache_size(4));
        auto const prepared = "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''";
        auto tx = co_await conn.begin();
        auto const before = co_await tx.fetch_value<std::int64_t>(prepared);
        for (int i = 0; i < 5; ++i) {
            auto rows = co_await tx.cursor<numbered>("SELECT $1::int AS n, 'x' AS text", i);
            check_equal((co_await rows.fetch(1))[0].n, i);
            check_equal((co_await rows.fetch(1)).size(), 0);
        }
        check_equal(co_await tx.fetch_value<std::int64_t>(prepared), before);
    });
}

TEST_CASE("cursors of typed and of prepared statements")
{
    static constexpr pg::statement_of<numbered(int)> up_to{
        "SELECT g AS n, g::text AS text FROM generate_series(1, $1) g"};
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto tx = co_await conn.begin();
        auto typed = co_await tx.cursor(up_to, 5);
        check_equal((co_await typed.fetch(2)).back().n, 2);
        auto scrolling = co_await tx.cursor(pg::cursor_options{}.scroll(), up_to, 5);
        check_equal(co_await scrolling.forward(5), 5);
        check_equal((co_await scrolling.fetch_backward(1))[0].n, 4);

        auto const prepared = co_await tx.prepare("SELECT generate_series($1::bigint, 9)");
        auto numbers = co_await prepared.cursor<std::int64_t>(7); // as the bigint that it is
        check_equal((co_await numbers.fetch_all()).size(), 3);
        auto back = co_await prepared.cursor(pg::cursor_options{}.scroll(), 7);
        check_equal(co_await back.move_to(-1), 1);
        check_equal((co_await back.fetch_backward(1))[0][0].as<std::int64_t>(), 8);
        auto const plain = co_await tx.prepare("SELECT 1");
        auto single = co_await plain.cursor<int>();
        check_equal((co_await single.fetch(2)).size(), 1);
        co_await tx.commit();
        auto held = co_await prepared.on(conn).cursor<std::int64_t>(8);
        check_equal((co_await held.fetch_all()).size(), 2);
    });
}

TEST_CASE("a held cursor whose close came to nothing is closed all the same")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const sql = "SELECT generate_series(1, 4)";
        auto refused = co_await conn.cursor<int>(sql);
        auto tx = co_await conn.begin();
        co_await error_of<pg::operation_in_progress>(refused.close());
        co_await tx.rollback();
        check_equal(co_await cursors(conn), 0);

        auto forgotten = co_await conn.cursor<int>(sql);
        check_equal(co_await cursors(conn), 1);
        {
            auto const never_awaited = forgotten.close();
        }
        check_equal(co_await cursors(conn), 0);

        auto closed = co_await conn.cursor<int>(sql);
        co_await closed.close();
        check_equal(co_await cursors(conn), 0);
    });
}
