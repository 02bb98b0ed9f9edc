#include "run.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <tuple>

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
