#include "counting.hpp"
#include "run.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace {

struct person
{
    int id;
    std::string name;
    std::optional<double> size;
};

/// Fewer columns than the query has.
struct person_name
{
    std::string name;
};

template <class Opening>
awaitable<std::vector<typename Opening::value_type::batch::value_type::value_type>> all_of(
    Opening opening)
{
    std::vector<typename Opening::value_type::batch::value_type::value_type> all;
    auto rows = co_await std::move(opening);
    while (auto const batch = co_await rows.next())
        all.insert(all.end(), batch->begin(), batch->end());
    co_return all;
}

template <class Stream>
awaitable<void> drain(Stream& from)
{
    bool more = true;
    while (more) {
        auto const batch = co_await from.next();
        more = batch.has_value();
    }
}

/// A struct whose members go into other columns.
struct renamed
{
    int number;
    std::string called;
};

} // namespace

template <>
inline constexpr pg::column_name pg::column_names<renamed>[] = {
    {"number", "id"}, {"called", "name"}};

TEST_CASE("copy_in copies aggregates by name, tuples by position, and values")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute(
            "CREATE TEMP TABLE t (extra int DEFAULT 7, size float8, id int, name text)");
        std::vector<person> const people{{1, "one", 1.5}, {2, "tab\tand \\N", std::nullopt}};
        check_equal(co_await conn.copy_in("t", people), 2);
        std::vector<std::tuple<int, std::string>> const pairs{{3, "three"}, {4, ""}};
        check_equal(co_await conn.copy_in("t", pairs, pg::copy_options{}.columns("id", "name")), 2);
        auto const back = co_await conn.fetch<person>("SELECT * FROM t ORDER BY id");
        REQUIRE(back.size() == 4);
        CHECK(back[0].size == 1.5);
        CHECK(back[1].name == "tab\tand \\N");
        CHECK(back[1].size == std::nullopt);
        CHECK(back[3].name.empty());
        check_equal(co_await conn.fetch_value<int>("SELECT sum(extra)::int FROM t"), 28);
        std::vector<renamed> const other{{5, "five"}};
        check_equal(co_await conn.copy_in("t", other), 1);
        check_equal((co_await all_of(conn.copy_out<renamed>("t"))).back().called, "five");
        co_await conn.execute("CREATE TEMP TABLE \"Odd \"\"name\" (n int8)");
        std::vector<int> const numbers{1, 2, 3};
        check_equal(co_await conn.copy_in("Odd \"name", numbers), 3);
        check_equal(co_await conn.copy_in("Odd \"name", std::vector<int>{}), 0);
        check_equal(
            co_await conn.fetch_value<std::int64_t>("SELECT sum(n)::int8 FROM \"Odd \"\"name\""),
            6);
    });
}

TEST_CASE("copy_in goes in text where a column takes no binary, and says the same")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (n numeric, d date, s text, b bool, j jsonb)");
        using row = std::tuple<int, std::string, std::string, bool, std::optional<std::string>>;
        std::string every;
        for (char c = 1; c != 0; ++c)
            every += c > 0 ? c : '?';
        std::vector<row> const rows{{1, "2020-02-29", every, true, "{\"a\": \"b\\n\"}"},
            {2, "infinity", "\\.", false, std::nullopt}};
        check_equal(co_await conn.copy_in("t", rows), 2);
        using back =
            std::tuple<std::string, std::string, std::string, bool, std::optional<std::string>>;
        auto const got =
            co_await conn.fetch<back>("SELECT n::text, d::text, s, b, j::text FROM t ORDER BY n");
        REQUIRE(got.size() == 2);
        CHECK(std::get<1>(got[0]) == "2020-02-29");
        CHECK(std::get<2>(got[0]) == every);
        CHECK(std::get<4>(got[0]) == "{\"a\": \"b\\n\"}");
        CHECK(std::get<2>(got[1]) == "\\.");
        CHECK(std::get<4>(got[1]) == std::nullopt);
    });
}

TEST_CASE("numbers are copied into columns of other widths if they fit")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (a int2, b int4, c int8)");
        std::vector<std::tuple<std::int64_t, std::int64_t, std::int16_t>> rows{
            {-32768, std::numeric_limits<std::int32_t>::max(), 5}};
        check_equal(co_await conn.copy_in("t", rows), 1);
        check_equal(co_await conn.fetch_value<std::string>("SELECT t::text FROM t"),
            "(-32768,2147483647,5)");
        std::get<0>(rows.emplace_back()) = 32768;
        check_that(co_await error_of<pg::encode_error>(conn.copy_in("t", rows)),
            Catch::Matchers::ContainsSubstring(
                "element 1 of the range: column 1: 32768 does not fit"));
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM t"), 1);
    });
}

TEST_CASE("copy_in asks for the columns without spoiling a transaction")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE ROLE only_writes; CREATE TABLE written (id int, name text); "
                              "GRANT INSERT ON written TO only_writes; SET ROLE only_writes");
        auto tx = co_await conn.begin();
        check_equal(co_await tx.copy_in("written", counting{10}), 10);
        co_await tx.commit();
        co_await conn.execute("RESET ROLE; DROP TABLE written; DROP ROLE only_writes");
        // The columns are other ones than last time.
        auto again = co_await conn.begin();
        for (std::string const type : {"int", "int8", "text", "numeric"}) {
            co_await again.execute("CREATE TEMP TABLE t (id " + type + ", name text)");
            check_equal(co_await again.copy_in("t", counting{10}), 10);
            check_equal(co_await again.fetch_value<int>("SELECT sum(id::int)::int FROM t"), 45);
            co_await again.execute("DROP TABLE t");
        }
    });
}

TEST_CASE("copy_in refuses options that its data would not obey")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (n numeric, s text)");
        std::vector<std::tuple<int, std::optional<std::string>>> const rows{
            {1, std::nullopt}, {2, "b"}};
        std::vector<pg::copy_options> hows(5);
        hows[0].null("");
        hows[1].header();
        hows[2].csv();
        hows[3].force_null("s");
        hows[4].encoding("latin1");
        for (auto const& how : hows)
            co_await error_of<pg::options_error>(conn.copy_in("t", rows, how));
        check_equal(co_await conn.fetch_value<int>("SELECT count(*)::int FROM t"), 0);
        auto tx = co_await conn.begin();
        co_await tx.execute("TRUNCATE t");
        check_equal(co_await tx.copy_in("t", rows, pg::copy_options{}.freeze()), 2);
        co_await tx.commit();
    });
}

TEST_CASE("a copy_in of any size that fails leaves nothing, and the connection goes on")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute(
            "CREATE TEMP TABLE t (id int CHECK (id <> 60000), name text CHECK (name <> ''))");
        check_equal(co_await conn.copy_in("t", counting{50'000}), 50'000);
        check_that(co_await error_of<pg::check_violation>(conn.copy_in("t", counting{500'000})),
            Catch::Matchers::ContainsSubstring("id"));
        co_await error_of<pg::undefined_table>(conn.copy_in("nowhere", counting{500'000}));
        co_await error_of<pg::undefined_column>(
            conn.copy_in("t", counting{5}, pg::copy_options{}.columns("id", "other")));
        co_await error_of<pg::server_error>(
            conn.copy_in("t", counting{5}, pg::copy_options{}.columns("id")));
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM t"), 50'000);
        check_equal(
            co_await conn.copy_in("t", counting{10}, pg::copy_options{}.where("id < 3")), 3);
    });
}

TEST_CASE("a cancelled copy_in ends the COPY")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (id int, name text)");
        auto const executor = co_await asio::this_coro::executor;
        for (int const turns : {0, 1, 2, 4, 8, 40}) {
            asio::cancellation_signal stop;
            bool ended = false;
            std::exception_ptr thrown;
            asio::co_spawn(executor, conn.copy_in("t", counting{20'000'000}),
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
            check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM t"), 0);
        }
    });
}

TEST_CASE("data is copied out as it arrives, in any format, and back in")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (id int, name text)");
        co_await conn.copy_in("t", counting{100'000});
        co_await conn.execute("CREATE TEMP TABLE back (LIKE t)");
        std::vector<pg::copy_options> hows(3);
        hows[1].csv().header().delimiter(';');
        hows[2].binary();
        for (auto const& how : hows) {
            auto from = co_await conn.copy_out("t", how);
            co_await error_of<pg::operation_in_progress>(conn.execute("SELECT 1"));
            std::string all;
            while (auto bytes = co_await from.next())
                all += *bytes;
            auto to = co_await conn.open_copy_in("back", how);
            co_await error_of<pg::operation_in_progress>(conn.execute("SELECT 1"));
            for (std::size_t at = 0; at < all.size(); at += 100'001)
                co_await to.write(std::string_view{all}.substr(at, 100'001));
            check_equal(co_await to.finish(), 100'000);
            check_equal(
                co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM t NATURAL JOIN back"),
                100'000);
            co_await conn.execute("TRUNCATE back");
        }
        pg::copy_query const query{
            "SELECT id, $2 FROM t WHERE id < $1 AND '$3' <> $2 -- $4", 2, "it's"};
        auto some = co_await conn.copy_out(query, pg::copy_options{}.csv());
        check_equal((co_await some.next()).value(), "0,it's\n1,it's\n");
        check(!co_await some.next());
        CHECK_THROWS_AS((pg::copy_query{"SELECT $2", 1}), pg::encode_error);
    });
}

TEST_CASE("rows are copied out by name, by position and alone, of tables, views and queries")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (extra aclitem, size float8, id int, name text, "
                              "twice int GENERATED ALWAYS AS (id * 2) STORED);"
                              "CREATE TEMP VIEW v AS SELECT * FROM t");
        std::vector<person> const people{{1, "one", 1.5}, {2, "tab\tand \\N", std::nullopt}};
        co_await conn.copy_in("t", people);
        for (std::string const table : {"t", "v"}) {
            auto const got = co_await all_of(conn.copy_out<person>(table));
            REQUIRE(got.size() == 2);
            CHECK(got[0].size == 1.5);
            CHECK(got[1].name == "tab\tand \\N");
            CHECK(got[1].size == std::nullopt);
        }
        auto const pairs = co_await all_of(conn.copy_out<std::tuple<int, int>>(
            "t", pg::copy_options{}.schema("pg_temp").columns("id", "twice")));
        CHECK(pairs == std::vector<std::tuple<int, int>>{{1, 2}, {2, 4}});
        pg::copy_query const query{"SELECT id + $1 FROM t WHERE name LIKE $2 -- ?", 10, "o%"};
        check_equal((co_await all_of(conn.copy_out<int>(query))).at(0), 11);
        pg::copy_query const changes{"UPDATE t SET size = 0 RETURNING name, id"};
        check_equal((co_await all_of(conn.copy_out<person_name>(changes))).size(), 2);
        pg::copy_query const nothing{"SELECT 1 WHERE false"};
        check((co_await all_of(conn.copy_out<int>(nothing))).empty());
        pg::copy_query const records{"SELECT 1 AS a, NULL AS b, 'x' AS c, '{1}'::int[] AS d"};
        auto rows = co_await conn.copy_out<pg::record>(records);
        auto const batch = (co_await rows.next()).value();
        CHECK(to_string(batch[0]) == "1 NULL x {1}");
        CHECK(batch[0]["c"].as<std::string>() == "x");
    });
}

TEST_CASE("rows are copied out as text where a column has no binary form of its type")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::string every;
        for (char c = 1; c != 0; ++c)
            every += c > 0 ? c : '?';
        using row = std::tuple<std::string, std::optional<std::string>, int,
            std::vector<std::string>, bool>;
        // In text each, for the sake of the first column; the same in binary behind it.
        for (std::string const first : {"1.50::numeric", "'1.50'"}) {
            pg::copy_query const query{"SELECT " + first +
                                           ", $1::text, 7, ARRAY[$1, '\\N', ''], true UNION ALL "
                                           "SELECT " +
                                           first + ", NULL, -1, '{}', false",
                every};
            auto const got = co_await all_of(conn.copy_out<row>(query));
            std::vector<row> const expected{
                {"1.50", every, 7, {every, "\\N", ""}, true}, {"1.50", {}, -1, {}, false}};
            CHECK(got == expected);
            using view = std::tuple<std::string_view, std::optional<std::string_view>, int,
                std::vector<std::string>, bool>;
            auto views = co_await conn.copy_out<view>(query);
            auto const batch = (co_await views.next()).value();
            CHECK(std::get<1>(batch[0]) == every);
        }
        pg::copy_query const acl{"SELECT 'postgres=r/postgres'::aclitem, 1 AS n"};
        auto rows = co_await conn.copy_out<pg::record>(acl);
        auto const batch = (co_await rows.next()).value();
        CHECK(batch[0]["n"].as<int>() == 1);
    });
}

TEST_CASE("what does not fit is told before any row is copied out")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (id int8, name text)");
        check_that(co_await error_of<pg::row_mismatch>(conn.copy_out<person>("t")),
            Catch::Matchers::ContainsSubstring("column \"size\" is missing") &&
                Catch::Matchers::ContainsSubstring("column \"id\""));
        co_await error_of<pg::row_mismatch>(conn.copy_out<int>("t"));
        pg::copy_query const silent{"INSERT INTO t VALUES (1)"};
        co_await error_of<pg::row_mismatch>(conn.copy_out<int>(silent));
        co_await error_of<pg::undefined_table>(conn.copy_out<int>("nowhere"));
        std::vector<pg::copy_options> hows(3);
        hows[0].csv();
        hows[1].where("id > 1");
        hows[2].null("");
        for (auto const& how : hows)
            co_await error_of<pg::options_error>(
                conn.copy_out<std::tuple<std::int64_t, std::string>>("t", how));
        pg::copy_query const null{"SELECT nullif(n, 3) FROM generate_series(1, 5) AS n"};
        auto rows = co_await conn.copy_out<int>(null);
        check_that(co_await error_of<pg::decode_error>(drain(rows)),
            Catch::Matchers::ContainsSubstring("NULL"));
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("copied rows come in batches, and may be dropped at any of them")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        pg::copy_query const many{
            "SELECT n, 'row ' || n AS name FROM generate_series(1, 200000) AS n"};
        for (int const batches : {0, 1, 2, 1000}) {
            auto rows = co_await conn.copy_out<std::tuple<int, std::string_view>>(many);
            co_await error_of<pg::operation_in_progress>(conn.execute("SELECT 1"));
            int last = 0;
            bool all = false;
            for (int i = 0; i < batches && !all; ++i) {
                auto const batch = co_await rows.next();
                all = !batch;
                if (batch)
                    for (auto const& [n, name] : *batch) {
                        REQUIRE(n == ++last);
                        REQUIRE(name == "row " + std::to_string(n));
                    }
            }
            CHECK(all == (last == 200'000));
            rows = {};
            check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
        }
        pg::copy_query const late{"SELECT 10 / (3 - n) FROM generate_series(1, 3) AS n"};
        auto fails = co_await conn.copy_out<int>(late);
        co_await error_of<pg::division_by_zero>(drain(fails));
        auto tx = co_await conn.begin();
        auto inside = co_await tx.copy_out<std::tuple<int, std::string>>(many);
        check((co_await inside.next()).has_value());
        inside = {};
        co_await tx.commit();
    });
}

TEST_CASE("a copy that is dropped, broken off or refused leaves the connection usable")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (id int)");
        {
            auto dropped = co_await conn.open_copy_in("t");
            co_await dropped.write("1\n2\n");
        }
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM t"), 0);
        auto wrong = co_await conn.open_copy_in("t");
        auto const write_wrongly = [&]() -> awaitable<void> {
            std::string const bad(300'000, 'x');
            for (;;)
                co_await wrong.write(bad + "\n");
        };
        co_await error_of<pg::invalid_text_representation>(write_wrongly());
        co_await error_of<pg::invalid_text_representation>(wrong.finish());
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM t"), 0);
        co_await error_of<pg::undefined_table>(conn.open_copy_in("nowhere"));
        co_await error_of<pg::undefined_table>(conn.copy_out("nowhere"));
        pg::copy_query const many{"SELECT * FROM generate_series(1, 10000000)"};
        {
            auto dropped = co_await conn.copy_out(many);
            check((co_await dropped.next()).has_value());
        }
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
        auto tx = co_await conn.begin();
        auto inside = co_await tx.open_copy_in("t");
        co_await inside.write("5\n");
        check_equal(co_await inside.finish(), 1);
        co_await tx.commit();
        check_equal(co_await conn.fetch_value<int>("SELECT id FROM t"), 5);
        pg::copy_query const late{"SELECT 10 / (3 - n) FROM generate_series(1, 3) AS n"};
        auto fails = co_await conn.copy_out(late);
        auto const read = [&]() -> awaitable<void> {
            while (co_await fails.next())
                ;
        };
        co_await error_of<pg::division_by_zero>(read());
        auto lost = co_await conn.open_copy_in("t");
        conn.terminate();
        co_await error_of<pg::connection_lost>(lost.finish());
    });
}

TEST_CASE("a cancelled write ends the COPY")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (id int)");
        auto to = co_await conn.open_copy_in("t");
        std::string const much(50'000'000, '1');
        asio::cancellation_signal stop;
        bool ended = false;
        asio::co_spawn(co_await asio::this_coro::executor, to.write(much),
            asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr error) {
                CHECK(error);
                ended = true;
            }));
        co_await yield();
        co_await yield();
        stop.emit(asio::cancellation_type::terminal);
        while (!ended)
            co_await yield();
        co_await error_of<pg::copy_refused>(to.finish());
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM t"), 0);
    });
}
