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

struct counting
{
    struct iterator
    {
        int at;
        std::tuple<int, std::string_view> operator*() const { return {at, "somebody"}; }
        iterator& operator++()
        {
            ++at;
            return *this;
        }
        friend bool operator==(iterator a, iterator b) = default;
    };
    [[nodiscard]] iterator begin() const { return {0}; }
    [[nodiscard]] iterator end() const { return {last}; }
    int last = 0;
};

} // namespace

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
            Catch::Contains("element 1 of the range: column 1: 32768 does not fit"));
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM t"), 1);
    });
}

TEST_CASE("a copy_in of any size that fails leaves nothing, and the connection goes on")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute(
            "CREATE TEMP TABLE t (id int CHECK (id <> 60000), name text CHECK (name <> ''))");
        check_equal(co_await conn.copy_in("t", counting{50'000}), 50'000);
        check_that(co_await error_of<pg::check_violation>(conn.copy_in("t", counting{500'000})),
            Catch::Contains("id"));
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
