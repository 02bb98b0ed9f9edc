// A small JSON service over a pool. All of it runs on one thread: while a query is under way the
// others go on.
//
//   GET  /users/7                                      one user, or 404
//   GET  /users?limit=10                               the first ones
//   POST /transfer {"from": 1, "to": 2, "amount": 5}   moves money, all of it or nothing
//   GET  /metrics                                      what the pool is doing, for Prometheus
//
// http_service [PORT]: 8080 if not given, 0 for any free one. PGHOST and the like, as psql has
// them, say where the database is. It makes the table that it needs. Ctrl-C ends it in an orderly
// way. What it needs of HTTP is in http.hpp.

#include "http.hpp"

#include <pgcoro/pgcoro.hpp>
#include <pgcoro/pool/prometheus.hpp>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <utility>

namespace pg = pgcoro;
using asio::awaitable;
using namespace std::chrono_literals;

struct user
{
    std::int64_t id;
    std::string name;
    std::int64_t balance;
};

std::string to_json(user const& one)
{
    return R"({"id": )" + std::to_string(one.id) + R"(, "name": )" + http::json_string(one.name) +
           R"(, "balance": )" + std::to_string(one.balance) + '}';
}

http::response failure(int status, std::string_view why)
{
    return {status, R"({"error": )" + http::json_string(why) + '}'};
}

class service
{
public:
    service(asio::any_io_executor executor, pg::options to)
        : pool_{std::move(executor), std::move(to), {.min_size = 2, .max_size = 10}}
    {}

    awaitable<void> create_table()
    {
        co_await pool_.execute("CREATE TABLE IF NOT EXISTS users ("
                               "id bigint PRIMARY KEY, name text NOT NULL, "
                               "balance bigint NOT NULL CHECK (balance >= 0));"
                               "INSERT INTO users SELECT n, 'user ' || n, 1000 "
                               "FROM generate_series(1, 1000) AS n ON CONFLICT DO NOTHING");
    }

    awaitable<void> close() { return pool_.close(); }

    /// Every request comes here, and every error becomes an answer.
    awaitable<http::response> operator()(http::request const& asked)
    {
        try {
            co_return co_await answer(asked);
        } catch (pg::error const& error) {
            std::cerr << asked.path << ": " << error.what() << '\n';
            bool const server_failed = dynamic_cast<pg::server_error const*>(&error) != nullptr;
            co_return failure(server_failed ? 500 : 503, "the database did not answer");
        }
    }

private:
    awaitable<http::response> answer(http::request const& asked)
    {
        std::string_view const path = asked.path;
        bool const posts = path == "/transfer";
        if (asked.method != (posts ? "POST" : "GET"))
            return now(failure(405, posts ? "POST to this" : "GET this"));
        if (path == "/users")
            return list_users(asked.query);
        if (path.starts_with("/users/"))
            return find_user(path.substr(7));
        if (posts)
            return transfer(asked.body);
        if (path == "/metrics")
            return now(metrics());
        return now(failure(404, "no such page"));
    }

    static awaitable<http::response> now(http::response what) { co_return what; }

    awaitable<http::response> find_user(std::string_view text)
    {
        auto const id = http::parse_number<std::int64_t>(text);
        if (!id)
            co_return failure(400, "an id is a whole number");
        auto const found = co_await pool_.fetch_row<user>(
            "SELECT id, name, balance FROM users WHERE id = $1", *id);
        co_return found ? http::response{200, to_json(*found)} : failure(404, "no such user");
    }

    awaitable<http::response> list_users(std::string_view query)
    {
        auto const limit =
            http::parse_number<int>(http::query_value(query, "limit").value_or("100"));
        if (!limit || *limit < 1 || *limit > 1000)
            co_return failure(400, "limit is a number from 1 to 1000");
        std::string text;
        for (user const& each : co_await pool_.fetch<user>(
                 "SELECT id, name, balance FROM users ORDER BY id LIMIT $1", *limit))
            text += (text.empty() ? "[" : ", ") + to_json(each);
        co_return http::response{200, text.empty() ? "[]" : text + ']'};
    }

    awaitable<http::response> transfer(std::string_view body)
    {
        auto const from = http::json_integer(body, "from");
        auto const to = http::json_integer(body, "to");
        auto const amount = http::json_integer(body, "amount");
        if (!from || !to || !amount || *amount < 1 || *from == *to)
            co_return failure(400, R"(send {"from": 1, "to": 2, "amount": 5})");
        struct no_such_user
        {};
        // Everybody locks the lower id first, so that no two wait for each other.
        std::pair<std::int64_t, std::int64_t> first{*from, -*amount};
        std::pair<std::int64_t, std::int64_t> second{*to, *amount};
        if (second < first)
            std::swap(first, second);
        auto move_money = [&](pg::transaction& tx) -> awaitable<void> {
            auto const change = "UPDATE users SET balance = balance + $2 WHERE id = $1";
            auto const [one, other] = // in one round trip
                co_await pg::gather(tx.execute(change, first.first, first.second),
                    tx.execute(change, second.first, second.second));
            if (one.rows_affected() + other.rows_affected() != 2)
                throw no_such_user{}; // whatever is thrown in here rolls back
        };
        try {
            co_await pool_.transaction(move_money);
            co_return http::response{200, R"({"done": true})"};
        } catch (no_such_user const&) {
            co_return failure(404, "no such user");
        } catch (pg::check_violation const&) {
            co_return failure(409, "not enough money");
        } catch (pg::numeric_value_out_of_range const&) {
            co_return failure(409, "too much money");
        }
    }

    http::response metrics() const
    {
        return {200, pg::to_prometheus(pool_.stats(), "users"), "text/plain; version=0.0.4"};
    }

    pg::pool pool_;
};

awaitable<void> run(std::uint16_t port)
{
    auto const executor = co_await asio::this_coro::executor;
    service users{executor, pg::options::from_environment()};
    co_await users.create_table();
    asio::ip::tcp::acceptor acceptor{
        executor, {asio::ip::address_v4::loopback(), port}}; // to all: address_v4::any()
    std::cout << "http://127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;

    asio::co_spawn(executor, http::serve(acceptor, users), [](auto) {});
    asio::signal_set stop{executor, SIGINT, SIGTERM};
    co_await stop.async_wait(asio::use_awaitable);
    acceptor.close();
    co_await users.close();
}

int main(int argc, char* argv[])
{
    asio::io_context context{1};
    auto const port = http::parse_number<std::uint16_t>(argc > 1 ? argv[1] : "8080");
    if (!port) {
        std::cerr << "usage: http_service [PORT]\n";
        return 2;
    }
    int status = 0;
    asio::co_spawn(context, run(*port), [&](std::exception_ptr error) {
        try {
            if (error)
                std::rethrow_exception(error);
        } catch (std::exception const& what) {
            std::cerr << what.what() << '\n';
            status = 1;
        }
        context.stop(); // clients that keep their connections alive
    });
    context.run();
    return status;
}
