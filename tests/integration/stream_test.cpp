#include "run.hpp"
#include "tls_server.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

TEST_CASE("a stream gives all rows in order, in batches")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto rows = co_await conn.stream<std::tuple<int, std::string_view>>(
            "SELECT g, repeat('x', 100) FROM generate_series(1, $1) g", 100'000);
        int expected = 0;
        std::size_t batches = 0;
        bool right = true;
        while (auto batch = co_await rows.next()) {
            ++batches;
            right = right && !batch->empty();
            for (auto const& [g, text] : *batch)
                right = right && g == ++expected && text.size() == 100;
        }
        CHECK(right);
        check_equal(expected, 100'000);
        CHECK(batches > 10);
        CHECK_FALSE(co_await rows.next());
        CHECK(co_await conn.fetch_value<int>("SELECT 1") == 1);
    });
}

TEST_CASE("a stream owns its connection until it has ended or is dropped")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        {
            auto rows = co_await conn.stream("SELECT generate_series(1, 1000000)");
            CHECK(co_await error_of<pg::operation_in_progress>(conn.execute("SELECT 1")) ==
                  "cannot perform operation: another operation is in progress (a row stream)");
            CHECK(co_await rows.next());
        }
        CHECK(co_await conn.fetch_value<int>("SELECT 1") == 1);
        {
            auto const never_read = co_await conn.stream("SELECT generate_series(1, 1000000)");
        }
        CHECK(co_await conn.fetch_value<int>("SELECT 2") == 2);
        auto empty = co_await conn.stream<int>("SELECT 1 WHERE false");
        CHECK_FALSE(co_await empty.next());
        CHECK(co_await conn.fetch_value<int>("SELECT 3") == 3);
    });
}

TEST_CASE("an error in a stream comes where it happened")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await error_of<pg::undefined_table>(conn.stream("SELECT * FROM no_such_table"));
        co_await error_of<pg::row_mismatch>(conn.stream<int>("SELECT 'x'::text, 2"));
        auto rows = co_await conn.stream<int>(
            "SELECT 1000 / (50000 - g) FROM generate_series(1, 100000) g");
        std::size_t count = 0;
        auto drain = [&]() -> awaitable<void> {
            while (auto batch = co_await rows.next())
                count += batch->size();
        };
        co_await error_of<pg::division_by_zero>(drain());
        CHECK(count == 49'999);
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("a stream in a transaction owns the transaction")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto tx = co_await conn.begin();
        {
            auto rows = co_await tx.stream<int>("SELECT generate_series(1, 100000)");
            check(static_cast<bool>(co_await rows.next()));
            co_await error_of<pg::operation_in_progress>(tx.execute("SELECT 1"));
            co_await error_of<pg::operation_in_progress>(conn.execute("SELECT 1"));
        }
        check_equal(co_await tx.fetch_value<int>("SELECT 1"), 1);
        co_await tx.commit();
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("a stream whose transaction has gone does not hold up the connection")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::optional<pg::transaction> tx{co_await conn.begin()};
        auto rows = co_await tx->stream<std::string_view>(
            "SELECT repeat('x', 1000) FROM generate_series(1, 100000)");
        check(static_cast<bool>(co_await rows.next()));
        tx.reset();
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
        auto drain = [&]() -> awaitable<void> {
            while (co_await rows.next())
                ;
        };
        co_await error_of<pg::transaction_lost>(drain());
    });
}

TEST_CASE("a connection with an open stream is not closed behind the stream's back")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto rows = co_await conn.stream<std::string_view>(
            "SELECT repeat('x', 1000) FROM generate_series(1, 100000)");
        co_await error_of<pg::operation_in_progress>(conn.close());
        rows = {};
        co_await conn.close();
    });
}

TEST_CASE("only one may wait for the next batch; dropping the stream frees it")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const sql = "SELECT 1 FROM pg_sleep($1)";
        co_await conn.execute(sql, 0.0); // from now on the columns are known
        auto rows = std::make_optional(co_await conn.stream<int>(sql, 0.2));
        auto first = rows->next();
        auto second = rows->next();
        auto outcome = [](auto call) -> awaitable<std::string> {
            try {
                co_await std::move(call);
            } catch (pg::error const& error) {
                co_return error.what();
            }
            co_return "fine";
        };
        auto drop = [&]() -> awaitable<std::string> {
            co_await yield();
            rows.reset();
            co_return "dropped";
        };
        auto const [a, b, c] =
            co_await pg::gather(outcome(std::move(first)), outcome(std::move(second)), drop());
        CHECK_THAT(a, Catch::Matchers::ContainsSubstring("dropped"));
        CHECK_THAT(b, Catch::Matchers::ContainsSubstring("in progress"));
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("a stream ends at a row that can't be decoded, and gives nothing from behind it")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto rows = co_await conn.stream<std::tuple<int, std::string_view>>(
            "SELECT nullif(g, 50000), repeat('x', 50) FROM generate_series(1, 100000) g");
        int last = 0;
        bool whole = true;
        auto drain = [&]() -> awaitable<void> {
            while (auto batch = co_await rows.next()) {
                for (auto const& [g, text] : *batch) {
                    whole = whole && g == last + 1 && text == std::string(50, 'x');
                    last = g;
                }
            }
        };
        co_await error_of<pg::decode_error>(drain());
        CHECK(last < 50'000);
        CHECK(whole);
        co_await error_of<pg::decode_error>(drain());
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

namespace {

pg::options patient(pg::options from = shared_options())
{
    return from.cancel_timeout(40s);
}

/// A stream of which one batch is taken.
template <class Stream>
awaitable<void> take_one_and_drop(awaitable<Stream> opening)
{
    auto rows = co_await std::move(opening);
    check(static_cast<bool>(co_await rows.next()));
}

auto const endless = "SELECT generate_series(1, 1000000000000)";
/// Each row is sent as it is made.
auto const slow =
    "SELECT repeat('x', 10000) FROM generate_series(1, $1) WHERE pg_sleep(0.01) IS NOT "
    "NULL";

} // namespace

TEST_CASE("a stream with a long rest is cancelled at the server when it is dropped")
{
    auto encrypted = pg::options{shared_tls_server().connection_string()};
    encrypted.password("correct").tls(pg::tls_options{pg::ssl_mode::require});
    for (auto const& server : {patient(), patient(encrypted)}) {
        run([&server]() -> awaitable<void> {
            auto const begin = std::chrono::steady_clock::now();
            auto conn = co_await pg::connect(server);
            auto other = co_await pg::connect(server);
            auto heard = co_await conn.listen("meanwhile");
            auto statement = co_await conn.prepare(endless);
            pg::copy_query const query{endless};
            for (int way = 0; way < 5; ++way) {
                if (way == 0)
                    co_await take_one_and_drop(conn.stream<std::int64_t>(endless));
                else if (way == 1)
                    co_await take_one_and_drop(conn.stream<std::string>(slow, 100'000));
                else if (way == 2)
                    co_await take_one_and_drop(conn.copy_out(query));
                else if (way == 3)
                    co_await take_one_and_drop(conn.copy_out<std::int64_t>(query));
                else
                    co_await take_one_and_drop(statement.stream<std::int64_t>());
                co_await other.notify("meanwhile", std::to_string(way));
                std::vector<awaitable<int>> behind;
                for (int i = 0; i < 4; ++i)
                    behind.push_back(conn.fetch_value<int>("SELECT $1::int", i));
                auto const answers = co_await pg::gather(std::move(behind));
                check(answers == std::vector{0, 1, 2, 3});
                check_equal((co_await heard.next()).payload, std::to_string(way));
            }
            CHECK(std::chrono::steady_clock::now() - begin < 20s);
        });
    }
}

TEST_CASE("closing a stream waits for its statement's end")
{
    run([]() -> awaitable<void> {
        auto const begin = std::chrono::steady_clock::now();
        auto conn = co_await pg::connect(patient());
        auto other = co_await pg::connect(shared_options());
        auto rows = co_await conn.stream<std::int64_t>(endless);
        check(static_cast<bool>(co_await rows.next()));
        co_await rows.close();
        check_equal(co_await other.fetch_value<std::string>(
                        "SELECT state FROM pg_stat_activity WHERE pid = $1",
                        static_cast<int>(conn.server_pid())),
            std::string{"idle"});
        CHECK_THROWS_AS(rows.next(), pg::connection_lost);
        co_await rows.close();
        {
            auto again = co_await conn.stream<std::int64_t>(endless);
            auto const never_awaited = again.close();
        }
        auto ended = co_await conn.stream<int>("SELECT 1");
        while (auto const batch = co_await ended.next())
            ;
        co_await ended.close();
        co_await conn.close();
        CHECK(std::chrono::steady_clock::now() - begin < 20s);
    });
}

TEST_CASE("what changes data runs to its end when its stream is dropped")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute(
            "CREATE TEMP TABLE kept (n int PRIMARY KEY); CREATE TEMP TABLE of_kept (n int "
            "REFERENCES kept DEFERRABLE INITIALLY DEFERRED)");
        auto const filling =
            "INSERT INTO kept SELECT generate_series(1, 3000) RETURNING repeat('x', 10000)";
        co_await take_one_and_drop(conn.stream<std::string>(filling));
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM kept"), 3000);
        // However long the server takes behind the rows.
        co_await conn.execute(
            "CREATE TEMP TABLE late (n int); CREATE FUNCTION pg_temp.nap() RETURNS trigger "
            "LANGUAGE "
            "plpgsql AS 'BEGIN PERFORM pg_sleep(0.1); RETURN NULL; END'; CREATE CONSTRAINT TRIGGER "
            "nap AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
            "pg_temp.nap()");
        co_await take_one_and_drop(conn.stream<std::string>(
            "INSERT INTO late VALUES (1), (2) RETURNING repeat('x', 100000)"));
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM late"), 2);
        // What it fails with is told to who waits for its end.
        auto rows = co_await conn.stream<std::string>(
            "INSERT INTO of_kept SELECT generate_series(1, 3001) RETURNING repeat('x', 10000)");
        check(static_cast<bool>(co_await rows.next()));
        co_await error_of<pg::foreign_key_violation>(rows.close());
        auto const one_more = "INSERT INTO of_kept VALUES (4000) RETURNING n";
        auto unseen = co_await conn.stream<int>(one_more);
        co_await error_of<pg::foreign_key_violation>(unseen.close());
        auto seen = co_await conn.stream<int>(one_more);
        auto to_its_end = [&]() -> awaitable<void> {
            while (auto const batch = co_await seen.next())
                ;
        };
        co_await error_of<pg::foreign_key_violation>(to_its_end());
        co_await seen.close();
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM of_kept"), 0);
    });
}

TEST_CASE("a stream that is dropped in a transaction does not fail it")
{
    run([]() -> awaitable<void> {
        auto conn = co_await pg::connect(patient());
        co_await conn.execute("CREATE TEMP TABLE kept (n int)");
        auto tx = co_await conn.begin();
        co_await tx.execute("INSERT INTO kept VALUES (1)");
        co_await take_one_and_drop(tx.stream<std::string>(slow, 30));
        co_await tx.execute("INSERT INTO kept VALUES (2)");
        auto rows = co_await tx.stream<std::string>(slow, 30);
        check(static_cast<bool>(co_await rows.next()));
        co_await error_of<pg::timeout_error>(pg::within(5ms, rows.close()));
        co_await tx.commit();
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM kept"), 2);
    });
}

TEST_CASE("a stream is cancelled with its transaction when that is rolled back")
{
    run([]() -> awaitable<void> {
        auto const begin = std::chrono::steady_clock::now();
        auto conn = co_await pg::connect(patient());
        co_await conn.execute("CREATE TEMP TABLE kept (n int)");
        auto fails = [](pg::transaction& tx) -> awaitable<void> {
            auto rows = co_await tx.stream<std::int64_t>(endless);
            check(static_cast<bool>(co_await rows.next()));
            throw std::runtime_error{"of the test"};
        };
        co_await error_of<std::runtime_error>(conn.transaction(fails));
        auto tx = co_await conn.begin();
        co_await tx.execute("INSERT INTO kept VALUES (1)");
        co_await error_of<std::runtime_error>(tx.transaction(fails));
        check_equal(co_await tx.fetch_value<int>("SELECT 1"), 1);
        co_await tx.commit();
        tx = co_await conn.begin();
        co_await take_one_and_drop(tx.stream<std::int64_t>(endless));
        co_await tx.rollback();
        check_equal(co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM kept"), 1);

        // The transaction goes first.
        std::optional<pg::transaction> first{co_await conn.begin()};
        auto rows = co_await first->stream<std::int64_t>(endless);
        check(static_cast<bool>(co_await rows.next()));
        first.reset();
        check_equal(co_await conn.fetch_value<int>("SELECT 2"), 2);
        CHECK(std::chrono::steady_clock::now() - begin < 20s);
    });
}

TEST_CASE("a pool gets a connection back soon whose user left a stream with a long rest")
{
    run([]() -> awaitable<void> {
        auto const begin = std::chrono::steady_clock::now();
        pg::pool pool{co_await asio::this_coro::executor, patient(), {.max_size = 1}};
        auto const held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = "
                          "pg_backend_pid()";
        std::set<std::uint32_t> processes;
        for (int way = 0; way < 3; ++way) {
            auto lease = co_await pool.acquire();
            processes.insert(lease->server_pid());
            auto rows = co_await lease->stream<std::int64_t>(endless);
            check(static_cast<bool>(co_await rows.next()));
            if (way == 0)
                rows = {};
            if (way == 1)
                co_await rows.close();
            lease.release();
            check_equal(co_await pool.fetch_value<int>("SELECT $1::int", way), way);
        }
        CHECK(processes.size() == 1);
        {
            // An error does not give back a session's locks: the pool does.
            auto lease = co_await pool.acquire();
            co_await take_one_and_drop(lease->stream<std::string>(
                "SELECT repeat('x', 10000) FROM generate_series(1, 100000) g WHERE "
                "pg_try_advisory_lock(g) AND pg_sleep(0.01) IS NOT NULL"));
            check(co_await lease->fetch_value<std::int64_t>(held) > 0);
        }
        check_equal(co_await pool.fetch_value<std::int64_t>(held), 0);
        CHECK(std::chrono::steady_clock::now() - begin < 20s);
        co_await pool.close();
    });
}
