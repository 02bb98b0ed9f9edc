#include "run.hpp"

#include <pgcoro/client/nullability.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace {

struct account
{
    std::int64_t account_id;
    std::string name;
    std::optional<double> balance;
};

constexpr pg::statement_of<account(std::int64_t)> find_account{
    "SELECT account_id, name, balance FROM accounts WHERE account_id = $1"};
constexpr pg::statement_of<void(std::int64_t, std::string_view, double)> add_account{
    "INSERT INTO accounts VALUES ($1, $2, $3)"};
constexpr pg::statement_of<std::int64_t()> count_accounts{"SELECT count(*) FROM accounts"};
constexpr pg::statement_of<pg::record(std::string_view)> any_account{
    "SELECT * FROM accounts WHERE name = $1 OR name = $1 -- not $2"};

awaitable<void> make_accounts(pg::connection& conn)
{
    co_await conn.execute(
        "CREATE TEMP TABLE accounts (account_id bigint PRIMARY KEY, name text NOT NULL, "
        "balance float8, opened timestamp)");
}

} // namespace

TEST_CASE("a typed statement runs with its own types")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_accounts(conn);
        check_equal(co_await conn.execute(add_account, 1, "Ann", 2.5), "INSERT 0 1");
        std::vector<std::tuple<std::int64_t, std::string, double>> const more{
            {2, "Bob", 1}, {3, "Cid", 0}};
        check_equal(co_await conn.execute_many(add_account, more), 2);
        std::optional<account> const found = co_await conn.fetch_row(find_account, 1);
        check_equal(found.value().name, "Ann");
        check_equal((co_await conn.fetch(find_account, 2)).size(), 1);
        check_equal((co_await conn.fetch_one(find_account, 3)).name, "Cid");
        check_equal(co_await conn.fetch_value(count_accounts), 3);
        check_equal((co_await conn.fetch(any_account, "Bob")).size(), 1);
        auto rows = co_await conn.stream(find_account, 1);
        check_equal((co_await rows.next()).value().size(), 1);
        check(!(co_await rows.next()));
        std::vector<std::int64_t> const ids{3, 1};
        check_equal((co_await conn.fetch_many(find_account, ids)).size(), 2);
        auto tx = co_await conn.begin();
        check_equal(co_await tx.fetch_value(count_accounts), 3);
        co_await tx.commit();
    });
}

TEST_CASE("verify has nothing to say of statements that fit")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_accounts(conn);
        co_await pg::verify(conn, find_account, add_account, count_accounts, any_account);
        co_await pg::verify(conn);
        check_equal(co_await conn.fetch_value<std::int64_t>(
                        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'INS%'"),
            0);
        auto tx = co_await conn.begin();
        co_await pg::verify(tx, find_account);
        co_await tx.commit();
    });
}

TEST_CASE("verify lists everything that does not fit, of all statements")
{
    struct wrong
    {
        int account_id;
        std::string name;
        double balance;
        std::string email;
    };
    static constexpr pg::statement_of<wrong(int)> wrong_columns{
        "SELECT account_id, name, balance FROM accounts WHERE account_id = $1"};
    static constexpr pg::statement_of<void(std::chrono::sys_seconds, double)> wrong_arguments{
        "UPDATE accounts SET opened = $1 WHERE account_id = $2"};
    static constexpr pg::statement_of<void(bool)> refused{
        "UPDATE accounts SET name = 'x' WHERE account_id = $1"};
    static constexpr pg::statement_of<int()> unknown{"SELECT 1 FROM nowhere"};
    static constexpr pg::statement_of<int(std::int64_t)> no_rows{
        "DELETE FROM accounts WHERE account_id = $1"};
    static constexpr pg::statement_of<double()> may_be_null{"SELECT balance FROM accounts"};

    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await make_accounts(conn);
        std::string const text = co_await error_of<pg::statement_mismatch>(pg::verify(conn,
            wrong_columns, find_account, wrong_arguments, refused, unknown, no_rows, may_be_null));
        INFO(text);
        auto const says = [&](std::string_view what) {
            check_that(text, Catch::Matchers::ContainsSubstring(std::string{what}));
        };
        says("SELECT account_id, name, balance FROM accounts WHERE account_id = $1\n  - ");
        says("column \"account_id\" is int8");
        says("column \"email\" is missing");
        says("column \"balance\" may be NULL, member ");
        says("use std::optional<double>");
        says("- parameter $1 is timestamp, the argument is ");
        says("- parameter $2 is int8, the argument is double (would narrow)");
        says("operator does not exist: bigint = boolean");
        says("relation \"nowhere\" does not exist");
        says("the statement returns no rows");
        says("SELECT balance FROM accounts\n  - column \"balance\" may be NULL");
        check(text.find("\"name\" may be NULL") == std::string::npos);
        // find_account has the same text as the first, but fits.
        check_equal(text.find(find_account.sql()), text.rfind(find_account.sql()));
    });
}

TEST_CASE("a prepared statement's columns may be asked whether they can be NULL")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE things (id int PRIMARY KEY, name text, "
                              "at timestamptz NOT NULL); "
                              "CREATE TEMP VIEW names AS SELECT name FROM things");
        auto of_table =
            co_await conn.prepare("SELECT name, id, 1 + id, at, id AS again FROM things");
        auto const known = co_await pg::nullability_of(conn, of_table);
        using enum pg::nullability;
        CHECK((known ==
               std::vector<pg::nullability>{nullable, not_null, unknown, not_null, not_null}));
        auto of_view = co_await conn.prepare("SELECT name, 2 FROM names");
        auto const nothing = co_await pg::nullability_of(conn, of_view);
        CHECK((nothing == std::vector<pg::nullability>{unknown, unknown}));
        auto computed = co_await conn.prepare("SELECT 1");
        check_equal((co_await pg::nullability_of(conn, computed)).size(), 1U);
        auto without = co_await conn.prepare("DELETE FROM things");
        check_equal((co_await pg::nullability_of(conn, without)).size(), 0U);
    });
}
