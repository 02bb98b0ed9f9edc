#include "run.hpp"

#include <string>
#include <tuple>
#include <variant>
#include <vector>

TEST_CASE("calls on one connection run in the order in which they start")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE log (n serial, who int)");
        std::vector<awaitable<pg::command_tag>> calls;
        for (int i = 0; i < 100; ++i)
            calls.push_back(conn.execute("INSERT INTO log (who) VALUES ($1)", i));
        check_equal((co_await pg::gather(std::move(calls))).size(), 100);
        auto const order = co_await conn.fetch<int>("SELECT who FROM log ORDER BY n");
        bool sorted = order.size() == 100;
        for (std::size_t i = 0; i < order.size(); ++i)
            sorted = sorted && order[i] == static_cast<int>(i);
        CHECK(sorted);
    });
}

TEST_CASE("gather gives a tuple in the order of its arguments")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const [one, tag, text] = co_await pg::gather(conn.fetch_value<int>("SELECT 1"),
            conn.execute("SELECT 2"), conn.fetch_value<std::string>("SELECT 'three'"));
        CHECK(one == 1);
        CHECK(tag == "SELECT 1");
        CHECK(text == "three");
        auto nothing = []() -> awaitable<void> { co_return; };
        auto const result = co_await pg::gather(nothing(), conn.fetch_value<int>("SELECT 4"));
        CHECK(std::get<1>(result) == 4);
        check((co_await pg::gather(std::vector<awaitable<int>>{})).empty());
    });
}

TEST_CASE("gather waits for all and rethrows the first error")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE seen (n int)");
        co_await error_of<pg::division_by_zero>(pg::gather(
            conn.fetch_value<int>("SELECT 1 / $1", 0), conn.execute("INSERT INTO seen VALUES (1)"),
            conn.fetch("SELECT nonsense"), conn.execute("INSERT INTO seen VALUES (2)")));
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM seen"), 2);
    });
}

TEST_CASE("concurrent first runs of one statement, right or wrong, each get their own answer")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::vector<awaitable<int>> same;
        for (int i = 0; i < 10; ++i)
            same.push_back(conn.fetch_value<int>("SELECT $1 * 2", i));
        auto const doubled = co_await pg::gather(std::move(same));
        for (int i = 0; i < 10; ++i)
            CHECK(doubled[static_cast<std::size_t>(i)] == 2 * i);
        for (int round = 0; round < 2; ++round) {
            auto wrong = [&]() -> awaitable<std::string> {
                co_return co_await error_of<pg::syntax_error>(conn.fetch_value<int>("SELEC $1", 1));
            };
            auto wrong_by_name = [&]() -> awaitable<std::string> {
                co_return co_await error_of<pg::syntax_error>(conn.fetch("SELEC $1", 1));
            };
            co_await pg::gather(wrong(), wrong_by_name(), wrong(), wrong_by_name());
        }
    });
}

TEST_CASE("calls whose columns must be known first keep their place in the order")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE counted (n int)");
        auto const before = "SELECT count(*) AS n FROM counted";
        auto const result = co_await pg::gather(conn.fetch(before),
            conn.execute("INSERT INTO counted VALUES ($1)", 1), conn.fetch(before),
            conn.execute("INSERT INTO counted VALUES (2)"),
            conn.fetch("SELECT count(*) AS n, 'x' AS other FROM counted"));
        CHECK(std::get<0>(result)[0]["n"].as<std::int64_t>() == 0);
        CHECK(std::get<2>(result)[0]["n"].as<std::int64_t>() == 1);
        CHECK(std::get<4>(result)[0]["n"].as<std::int64_t>() == 2);
    });
}

TEST_CASE("writing never waits for reading: a large pipeline does not lock up")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::string const large(100'000, 'x');
        std::vector<awaitable<std::string>> calls;
        for (int i = 0; i < 200; ++i)
            calls.push_back(conn.fetch_value<std::string>("SELECT $1::text", large));
        auto const all = co_await pg::gather(std::move(calls));
        bool right = all.size() == 200;
        for (std::string const& each : all)
            right = right && each == large;
        CHECK(right);
    });
}

TEST_CASE("a shallow pipeline lets everybody through in turn")
{
    run([]() -> awaitable<void> {
        auto conn = co_await pg::connect(shared_options().pipeline_depth(2));
        std::vector<awaitable<int>> calls;
        for (int i = 0; i < 50; ++i)
            calls.push_back(conn.fetch_value<int>("SELECT $1", i));
        auto const all = co_await pg::gather(std::move(calls));
        for (int i = 0; i < 50; ++i)
            CHECK(all[static_cast<std::size_t>(i)] == i);
    });
}

TEST_CASE("COPY that nobody asked for, with calls behind it, ends with a reason for each")
{
    run([]() -> awaitable<void> {
        auto conn = co_await pg::connect(shared_options());
        co_await conn.execute("CREATE TEMP TABLE behind (id int)");
        auto outcome = [](awaitable<pg::command_tag> call) -> awaitable<std::string> {
            try {
                co_await std::move(call);
            } catch (pg::error const& error) {
                co_return error.what();
            }
            co_return "fine";
        };
        std::vector<awaitable<std::string>> calls;
        calls.push_back(outcome(conn.execute("COPY behind FROM STDIN")));
        for (int i = 0; i < 5; ++i)
            calls.push_back(outcome(conn.execute("SELECT $1::int", i)));
        auto const outcomes = co_await pg::gather(std::move(calls));
        CHECK_THAT(outcomes[0], Catch::Matchers::ContainsSubstring("copy_in"));
        for (auto const& each : outcomes)
            CHECK((each == "fine" || each.find("copy_in") != std::string::npos));
    });
}

namespace {

struct person
{
    int id;
    std::string name;
};

constexpr pg::statement_of<person(int)> find_person{"SELECT id, name FROM people WHERE id = $1"};

awaitable<void> make_people(pg::connection& conn)
{
    co_await conn.execute("CREATE TEMP TABLE people (id int PRIMARY KEY, name text, "
                          "best_friend int REFERENCES people DEFERRABLE INITIALLY DEFERRED); "
                          "INSERT INTO people VALUES (1, 'Ann'), (2, 'Ben'), (3, 'Cleo')");
}

awaitable<std::int64_t> count_people(pg::connection& conn)
{
    return conn.fetch_value<std::int64_t>("SELECT count(*) FROM people");
}

} // namespace

TEST_CASE("a pipeline gives a tuple of what its statements give")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_people(conn);
        auto const prepared = co_await conn.prepare("SELECT name FROM people WHERE id = $1");
        for (int round = 0; round < 2; ++round) {
            auto [count, tag, all, one, none, typed, built, by_handle] = co_await conn.run(
                pg::pipeline{}
                    .fetch_value<std::int64_t>("SELECT count(*) FROM people")
                    .execute("UPDATE people SET name = $1 WHERE id = $2", "Al", 1)
                    .fetch<person>("SELECT * FROM people ORDER BY id")
                    .fetch_one("SELECT name, id FROM people WHERE id = $1", 2)
                    .fetch_row<person>("SELECT * FROM people WHERE id = 9")
                    .fetch_row(find_person, 3)
                    .fetch_value<std::string>(pg::sql("SELECT {}::text", std::string{"built"}))
                    .fetch<std::string>(prepared, 2));
            check_equal(count, 3);
            check(tag == "UPDATE 1");
            check_equal(all.size(), 3U);
            check(all.front().name == "Al");
            check(one.get<std::string>("name") == "Ben");
            check(!none.has_value());
            check(typed->name == "Cleo");
            check(built == "built");
            check(by_handle.front() == "Ben");
        }
        auto spent = pg::pipeline{}.fetch_value<int>("SELECT 7");
        check_equal(std::get<0>(co_await conn.run(std::move(spent))), 7);
        co_await error_of<std::invalid_argument>(conn.run(std::move(spent))); // NOLINT
        auto const nothing = co_await conn.run(pg::pipeline{});
        static_assert(std::is_same_v<decltype(nothing), std::tuple<> const>);
        // A table that is made in it can be read by position.
        auto const made = co_await conn.run(pg::pipeline{}
                                                .execute("CREATE TEMP TABLE fresh (n int)")
                                                .execute("INSERT INTO fresh VALUES ($1)", 7)
                                                .fetch_value<int>("SELECT n FROM fresh"));
        check_equal(std::get<2>(made), 7);
    });
}

TEST_CASE("a pipeline does all or nothing, and its error names the statement")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_people(conn);
        auto const adding = [] {
            return pg::pipeline{}.execute("INSERT INTO people VALUES ($1, 'new')", 4);
        };
        check_that(co_await error_of<pg::division_by_zero>(
                       conn.run(adding().fetch_value<int>("SELECT 1 / $1", 0).execute("SELECT 1"))),
            Catch::Matchers::ContainsSubstring(
                "(statement 1 of the pipeline, from 0: SELECT 1 / $1)"));
        check_that(co_await error_of<pg::undefined_table>(
                       conn.run(adding().fetch<person>("SELECT * FROM nowhere"))),
            Catch::Matchers::ContainsSubstring(
                "(statement 1 of the pipeline, from 0: SELECT * FROM nowhere)"));
        // Found at the end, when all is made permanent.
        co_await error_of<pg::foreign_key_violation>(
            conn.run(adding().execute("UPDATE people SET best_friend = 99 WHERE id = 1")));
        // Not even sent.
        check_that(
            co_await error_of<pg::encode_error>(conn.run(adding().execute("SELECT $1::int", 1, 2))),
            Catch::Matchers::ContainsSubstring(
                "(statement 1 of the pipeline, from 0: SELECT $1::int)"));
        check_equal(co_await count_people(conn), 3);
        // What does not fit here is found when all is done.
        check_that(co_await error_of<pg::no_rows>(
                       conn.run(adding().fetch_one<person>("SELECT * FROM people WHERE id = 9"))),
            Catch::Matchers::ContainsSubstring("(statement 1 of the pipeline"));
        check_equal(co_await count_people(conn), 4);
        check(!conn.is_in_transaction());

        auto tx = co_await conn.begin();
        co_await error_of<pg::operation_in_progress>(conn.run(adding()));
        auto const done = co_await tx.run(
            pg::pipeline{}.execute("DELETE FROM people").fetch_value<int>("SELECT 5"));
        check_equal(std::get<1>(done), 5);
        co_await tx.rollback();
        check_equal(co_await count_people(conn), 4);
    });
}

TEST_CASE("with a Sync each the statements of a pipeline fail alone")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_people(conn);
        for (int round = 0; round < 2; ++round) {
            auto [added, quotient, missing, all, wrong] = co_await conn.run_each(
                pg::pipeline{}
                    .execute("INSERT INTO people VALUES ($1, 'x')", 10 + round)
                    .fetch_value<int>("SELECT 1 / $1", 0)
                    .fetch<person>("SELECT * FROM nowhere")
                    .fetch<person>("SELECT id, name FROM people")
                    .execute("SELECT $1::int", 1, 2));
            check(added.has_value() && *added == "INSERT 0 1");
            check(!quotient);
            try {
                (void)quotient.value();
                FAIL("it has no value");
            } catch (pg::division_by_zero const& error) {
                check_that(error.what(),
                    Catch::Matchers::ContainsSubstring("(statement 1 of the pipeline"));
            }
            check(!missing && missing.error() != nullptr);
            check_equal(all.value().size(), static_cast<std::size_t>(4 + round));
            check(!wrong);
        }
    });
}

TEST_CASE("a batch is a pipeline whose length is known at run time")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_people(conn);
        pg::batch inserts;
        for (int i = 0; i < 50; ++i)
            inserts.add("INSERT INTO people VALUES ($1, $2)", 100 + i, std::to_string(i));
        auto const tags = co_await conn.run(std::move(inserts));
        check_equal(tags.size(), 50U);
        check(tags.back() == "INSERT 0 1");
        pg::batch<person> queries;
        queries.add("SELECT * FROM people WHERE id > $1", 100);
        queries.add(find_person, 2);
        queries.add("SELECT * FROM nowhere");
        auto const results = co_await conn.run_each(std::move(queries));
        check_equal(results.at(0)->size(), 49U);
        check(results.at(1)->front().name == "Ben");
        check(!results.at(2));
        check((co_await conn.run(pg::batch<>{})).empty());
    });
}

TEST_CASE("a pipeline through a pool takes one connection; with a limit it is one call")
{
    run([]() -> awaitable<void> {
        pg::pool pool{
            co_await asio::this_coro::executor, shared_options(), {.min_size = 1, .max_size = 3}};
        auto const [a, b] = co_await pool.run(pg::pipeline{}
                                                  .fetch_value<int>("SELECT pg_backend_pid()")
                                                  .fetch_value<int>("SELECT pg_backend_pid()"));
        check_equal(a, b);
        check_equal(pool.size(), 1U);
        auto const slow = [] {
            return pg::pipeline{}.fetch_value<int>("SELECT 1").execute("SELECT pg_sleep(50)");
        };
        check_that(co_await error_of<pg::timeout_error>(pool.with(pg::timeout(20ms)).run(slow())),
            Catch::Matchers::ContainsSubstring("a pipeline of 2 statements"));
        co_await error_of<pg::timeout_error>(pg::within(20ms, pool.run_each(slow())));
        auto lease = co_await pool.acquire();
        auto const prepared = co_await lease->prepare("SELECT 2");
        auto const here = co_await lease->run(pg::pipeline{}.fetch_value<int>(prepared));
        check_equal(std::get<0>(here), 2);
        co_await error_of<std::invalid_argument>(
            pool.run(pg::pipeline{}.fetch_value<int>(prepared)));
        {
            auto const given_back = std::move(lease);
        }
        co_await pool.close();
    });
}

TEST_CASE("a pipeline whose first statement went stale runs again; else nothing of it was done")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_people(conn);
        auto const both = [] {
            return pg::pipeline{}
                .fetch<person>("SELECT * FROM people ORDER BY id")
                .execute("INSERT INTO people (id) VALUES ($1)", 50)
                .execute("DELETE FROM people WHERE id = $1", 50);
        };
        co_await conn.run(both());
        co_await conn.execute("ALTER TABLE people ADD COLUMN age int");
        check_equal(std::get<0>(co_await conn.run(both())).size(), 3U);
        co_await conn.execute("ALTER TABLE people DROP COLUMN age");
        auto const later = [&] {
            return pg::pipeline{}
                .fetch_value<int>("SELECT 1")
                .fetch<person>("SELECT * FROM people ORDER BY id");
        };
        check_that(co_await error_of<pg::feature_not_supported>(conn.run(later())),
            Catch::Matchers::ContainsSubstring("Nothing of the pipeline was done"));
        check_equal(std::get<1>(co_await conn.run(later())).size(), 3U);
    });
}

TEST_CASE(
    "of statements that stand alone those that went stale run again, if nothing behind has run")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_people(conn);
        auto const by_name = [] {
            return pg::pipeline{}
                .execute("INSERT INTO people (id, name) VALUES ($1, 'Zoe')", 50)
                .fetch<person>("SELECT * FROM people ORDER BY id")
                .fetch_row<person>("SELECT * FROM people WHERE id = $1", 50);
        };
        co_await conn.run_each(by_name());
        co_await conn.execute("ALTER TABLE people ADD COLUMN age int; DELETE FROM people WHERE "
                              "id = 50");
        auto const [inserted, all, one] = co_await conn.run_each(by_name());
        CHECK(inserted.value() == "INSERT 0 1");
        CHECK(all.value().size() == 4);
        CHECK(one.value()->id == 50);
        // Dropped behind our back: all of them, the first too.
        co_await conn.execute("DO 'BEGIN DEALLOCATE ALL; DELETE FROM people WHERE id = 50; END'");
        auto const [again, all_again, one_again] = co_await conn.run_each(by_name());
        CHECK(again.value() == "INSERT 0 1");
        CHECK(all_again.value().size() == 4);
        CHECK(one_again.value()->id == 50);
        co_await conn.execute("ALTER TABLE people DROP COLUMN age");
        auto const [stale, last] = co_await conn.run_each(
            pg::pipeline{}.fetch<person>("SELECT * FROM people ORDER BY id").execute("SELECT 1"));
        REQUIRE(!stale);
        check_that(co_await error_of<pg::feature_not_supported>([&]() -> awaitable<void> {
            std::rethrow_exception(stale.error());
            co_return;
        }()),
            Catch::Matchers::ContainsSubstring("what was behind it has run"));
        CHECK(last.value() == "SELECT 1");
    });
}
