#include "counting.hpp"
#include "run.hpp"

#include <array>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

struct point_row
{
    int id;
    std::string name;
    std::optional<double> size;
};

awaitable<std::int64_t> count(pg::connection& conn)
{
    co_return co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM t");
}

} // namespace

TEST_CASE("execute_many runs a statement for each element of a range")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (id int, name text, size float8)");
        std::vector<point_row> const rows{{1, "one", 1.5}, {2, "two", std::nullopt}, {3, "", 0.0}};
        auto const sql = "INSERT INTO t VALUES ($1, $2, $3)";
        check_equal(co_await conn.execute_many(sql, rows), 3);
        std::list<std::tuple<int, char const*, double>> tuples{{4, "four", 4.5}, {5, "five", 5.5}};
        check_equal(co_await conn.execute_many(sql, std::move(tuples)), 2);
        auto const back = co_await conn.fetch<point_row>("SELECT * FROM t ORDER BY id");
        REQUIRE(back.size() == 5);
        CHECK(back[0].name == "one");
        CHECK(back[1].size == std::nullopt);
        CHECK(back[2].name.empty());
        CHECK(back[4].size == 5.5);
        // What is not a tuple is the one parameter.
        std::array<int, 3> const ids{1, 3, 77};
        check_equal(co_await conn.execute_many("DELETE FROM t WHERE id = $1", ids), 2);
        check_equal(co_await conn.execute_many("DELETE FROM nowhere", std::vector<int>{}), 0);
        check_equal(co_await count(conn), 3);
    });
}

TEST_CASE("fetch_many gives the rows of all executions in order")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::vector<int> const counts{2, 0, 3};
        auto const sql = "SELECT $1::int4 AS id, 'x' || n AS name, 0.5::float8 AS size FROM "
                         "generate_series(1, $1) AS n";
        for (int run = 0; run < 2; ++run) {
            auto const rows = co_await conn.fetch_many<point_row>(sql, counts);
            REQUIRE(rows.size() == 5);
            CHECK(rows[1].id == 2);
            CHECK(rows[4].name == "x3");
            auto const views =
                co_await conn.fetch_many<std::tuple<int, std::string_view, double>>(sql, counts);
            REQUIRE(views.size() == 5);
            CHECK(std::get<1>(views[3]) == "x2");
            auto const records = co_await conn.fetch_many(sql, counts);
            REQUIRE(records.size() == 5);
            CHECK(records[4].get<std::string>("name") == "x3");
        }
        check_equal((co_await conn.fetch_many<int>("nonsense", std::vector<int>{})).size(), 0);
    });
}

TEST_CASE("execute_many is atomic and tells which element failed")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (id int PRIMARY KEY, name numeric)");
        for (int const size : {5, 100'000}) {
            std::vector<std::tuple<int, std::uint64_t>> rows;
            for (int i = 0; i < size; ++i)
                rows.emplace_back(i, 7);
            auto const twice = static_cast<std::size_t>(size) * 3 / 4;
            std::get<0>(rows[twice]) = 1;
            auto const message = co_await error_of<pg::unique_violation>(
                conn.execute_many("INSERT INTO t VALUES ($1, $2)", rows));
            check_that(message, Catch::Matchers::ContainsSubstring(
                                    "(for element " + std::to_string(twice) + " of the range"));
            check_equal(co_await count(conn), 0);
            // An element that can't be encoded, the server having run others already or not.
            std::get<0>(rows[twice]) = size;
            std::get<1>(rows.back()) = ~std::uint64_t{0};
            check_that(co_await error_of<pg::encode_error>(
                           conn.execute_many("INSERT INTO t VALUES ($1, $2)", rows)),
                Catch::Matchers::ContainsSubstring("element " + std::to_string(size - 1) +
                                                   " of the range: "
                                                   "parameter $2"));
            check_equal(co_await count(conn), 0);
            std::get<1>(rows.back()) = 0;
            check_equal(co_await conn.execute_many("INSERT INTO t VALUES ($1, $2)", rows), size);
            co_await conn.execute("TRUNCATE t");
        }
        check_that(co_await error_of<pg::undefined_table>(
                       conn.execute_many("INSERT INTO nowhere VALUES ($1, $2)", counting{100'000})),
            Catch::Matchers::ContainsSubstring("nowhere"));
        check_that(co_await error_of<pg::encode_error>(
                       conn.execute_many("INSERT INTO t VALUES ($1)", counting{100'000})),
            Catch::Matchers::ContainsSubstring("1 parameter but 2 arguments"));
        check_equal(co_await count(conn), 0);
    });
}

TEST_CASE("a long execute_many owns the connection, and runs within transactions")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (id int, name text)");
        auto stranger = [&]() -> awaitable<std::string> {
            return error_of<pg::operation_in_progress>(conn.execute("SELECT 1"));
        };
        auto const [rows, refused] = co_await pg::gather(
            conn.execute_many("INSERT INTO t VALUES ($1, $2)", counting{200'000}), stranger());
        CHECK(rows == 200'000);
        check_equal(co_await count(conn), 200'000);
        co_await conn.execute("TRUNCATE t");
        auto tx = co_await conn.begin();
        co_await tx.execute_many("INSERT INTO t VALUES ($1, $2)", counting{50'000});
        co_await tx.commit();
        check_equal(co_await count(conn), 50'000);
        {
            auto dropped = co_await conn.begin();
            co_await dropped.execute_many("INSERT INTO t VALUES ($1, $2)", counting{50'000});
        }
        check_equal(co_await count(conn), 50'000);
    });
}

TEST_CASE("a cancelled execute_many leaves nothing behind")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (id int, name text)");
        auto const executor = co_await asio::this_coro::executor;
        for (int const turns : {0, 1, 3, 10, 50}) {
            asio::cancellation_signal stop;
            bool ended = false;
            std::exception_ptr thrown;
            asio::co_spawn(executor,
                conn.execute_many("INSERT INTO t VALUES ($1, $2)", counting{5'000'000}),
                asio::bind_cancellation_slot(
                    stop.slot(), [&](std::exception_ptr error, std::uint64_t) {
                        thrown = error;
                        ended = true;
                    }));
            for (int i = 0; i < turns; ++i)
                co_await yield();
            stop.emit(asio::cancellation_type::terminal);
            while (!ended)
                co_await yield();
            CHECK(thrown);
            check_equal(co_await count(conn), 0);
        }
    });
}

TEST_CASE("a pool runs a statement over a range too")
{
    run([]() -> awaitable<void> {
        pg::pool pool{co_await asio::this_coro::executor, shared_options(), {.max_size = 2}};
        std::vector<std::pair<int, int>> const pairs{{1, 2}, {3, 4}};
        auto const sum = co_await pool.fetch_many<int>("SELECT $1 + $2", pairs);
        REQUIRE(sum.size() == 2);
        CHECK(sum[1] == 7);
        co_await pool.close();
    });
}
