#include "run.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct recording_tracer : pg::tracer
{
    struct entry
    {
        std::string sql;
        std::vector<std::string> arguments;
        std::uint32_t process_id = 0;
        std::uint64_t number = 0;
        std::optional<pg::traced_end> end;
    };

    explicit recording_tracer(bool with_arguments = false) : with_arguments_{with_arguments} {}

    void started(pg::traced_call const& call) override
    {
        calls.push_back({std::string{call.sql}, {call.arguments.begin(), call.arguments.end()},
            call.process_id, call.number, {}});
    }
    void ended(pg::traced_call const& call, pg::traced_end const& how) override
    {
        for (entry& each : calls)
            if (each.process_id == call.process_id && each.number == call.number &&
                each.sql == call.sql)
                each.end = how;
        if (throws)
            throw std::runtime_error{"of the tracer"};
    }
    bool wants_arguments() const override { return with_arguments_; }

    std::vector<entry> calls;
    bool throws = false;

private:
    bool with_arguments_;
};

} // namespace

TEST_CASE("a tracer hears of every call: its SQL, how long it took, its rows")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const heard = std::make_shared<recording_tracer>();
        conn.trace(heard);
        co_await conn.execute("CREATE TEMP TABLE t (n int)");
        co_await conn.execute("INSERT INTO t VALUES ($1), ($2)", 1, 2);
        (void)co_await conn.fetch("SELECT n FROM t, pg_sleep(0.01)");
        auto& calls = heard->calls;
        REQUIRE(calls.size() == 3);
        CHECK(calls[0].sql == "CREATE TEMP TABLE t (n int)");
        CHECK(calls[1].sql == "INSERT INTO t VALUES ($1), ($2)");
        CHECK(calls[1].arguments.empty()); // nobody asked for them
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(calls[i].process_id == conn.server_pid());
            CHECK(calls[i].number == i + 1);
            REQUIRE(calls[i].end);
            CHECK(calls[i].end->duration.count() > 0);
            CHECK(calls[i].end->rows == (i == 0 ? 0 : 2));
            CHECK_FALSE(calls[i].end->error);
            CHECK_FALSE(calls[i].end->cancelled);
        }
        CHECK(calls[2].end->duration >= 10ms);
        CHECK(calls[0].end->received == 0);
        CHECK(calls[2].end->received == 2 * 15); // each a header, a count, a length and an int
        CHECK(calls[1].end->sent > calls[1].sql.size());
        std::vector<int> const numbers(10'000, 7);
        co_await conn.copy_in("t", numbers);
        REQUIRE(calls.size() == 5); // the first asks for the columns
        CHECK(calls[4].end->rows == 10'000);
        CHECK(calls[4].end->sent > 10'000 * 10);
        conn.trace(nullptr);
        co_await conn.execute("SELECT 1");
        CHECK(calls.size() == 5);
    });
}

TEST_CASE("errors come with their SQLSTATE, and what the library runs by itself is heard, too")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const heard = std::make_shared<recording_tracer>();
        conn.trace(heard);
        co_await error_of<pg::division_by_zero>(conn.transaction(
            [](pg::transaction& tx) -> awaitable<void> { co_await tx.execute("SELECT 1 / 0"); }));
        co_await conn.ping();
        auto& calls = heard->calls;
        REQUIRE(calls.size() == 4);
        CHECK(calls[0].sql == "BEGIN");
        REQUIRE(calls[1].end);
        CHECK(calls[1].end->error);
        CHECK(calls[1].end->state == pg::sqlstate{"22012"});
        CHECK(calls[2].sql == "ROLLBACK");
        CHECK_FALSE(calls[2].end->state);

        co_await error_of<pg::timeout_error>(
            conn.with(pg::timeout(10ms)).execute("SELECT pg_sleep(100)"));
        co_await conn.ping();
        REQUIRE(calls.size() == 6);
        REQUIRE(calls[4].end);
        CHECK(calls[4].end->cancelled);
    });
}

TEST_CASE("arguments are made readable if they are asked for")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const heard = std::make_shared<recording_tracer>(true);
        conn.trace(heard);
        co_await conn.execute("SELECT $1::int, $2::text, $3::bool, $4::int8, $5::int2, $6::float8",
            -7, "it's", true, std::int64_t{1} << 40, std::optional<std::int16_t>{}, 1.5);
        co_await conn.execute("SELECT 1");
        auto& calls = heard->calls;
        REQUIRE(calls.size() == 2);
        CHECK(calls[0].arguments == std::vector<std::string>{"-7", "it's", "true", "1099511627776",
                                        "NULL", "\\x3ff8000000000000"});
        CHECK(calls[1].arguments.empty());
    });
}

TEST_CASE("a pool's connections are traced by their options; what a tracer throws is dropped")
{
    run([]() -> awaitable<void> {
        auto const heard = std::make_shared<recording_tracer>();
        heard->throws = true;
        pg::pool pool{co_await asio::this_coro::executor, shared_options().trace(heard),
            {.min_size = 1, .max_size = 1}};
        check_equal(co_await pool.fetch_value<int>("SELECT 1"), 1);
        REQUIRE(heard->calls.size() == 1);
        CHECK(heard->calls[0].end);
        co_await pool.close();
    });
}

TEST_CASE("a tracer hears of each statement of a pipeline")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const heard = std::make_shared<recording_tracer>();
        conn.trace(heard);
        co_await conn.run_each(pg::pipeline{}
                                   .execute("SELECT generate_series(1, $1)", 3)
                                   .execute("SELECT 1 / $1", 0)
                                   .fetch("SELECT 5 AS five"));
        auto const& calls = heard->calls;
        REQUIRE(calls.size() == 3);
        for (auto const& each : calls)
            REQUIRE(each.end.has_value());
        CHECK(calls[0].sql == "SELECT generate_series(1, $1)");
        CHECK(calls[0].end->rows == 3);
        CHECK(calls[0].end->sent != 0);
        CHECK(calls[1].end->state == pg::sqlstate{"22012"});
        CHECK(calls[2].end->rows == 1);
        CHECK_FALSE(calls[2].end->error);
        co_await error_of<pg::division_by_zero>(
            conn.run(pg::pipeline{}.execute("SELECT 1").execute("SELECT 1 / $1", 0)));
        REQUIRE(calls.size() == 5);
        CHECK(calls[3].end->error); // undone with the other
        CHECK(calls[4].end->state == pg::sqlstate{"22012"});
    });
}
