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
