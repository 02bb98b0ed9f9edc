// examples/http_service on libpq, for comparison: the same HTTP, the same answers. As libpq waits
// in its calls, there is a thread for each connection to the database, with clients of its own:
// http_libpq PORT [CONNECTIONS].

#include "../../examples/http.hpp"
#include "../libpq/query.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <thread>
#include <vector>

using asio::awaitable;

namespace {

http::response failure(int status, std::string_view why)
{
    return {status, R"({"error": )" + http::json_string(why) + '}'};
}

class service
{
public:
    service() : connection_{bench::connect()}
    {
        prepare("find", "SELECT id, name, balance FROM users WHERE id = $1");
        prepare("list", "SELECT id, name, balance FROM users ORDER BY id LIMIT $1");
        prepare("move", "UPDATE users SET balance = balance + $2 WHERE id = $1");
    }

    awaitable<http::response> operator()(http::request const& asked)
    {
        std::string_view const path = asked.path;
        if (path == "/users")
            co_return list_users(asked.query);
        if (path.starts_with("/users/"))
            co_return find_user(path.substr(7));
        if (path == "/transfer")
            co_return transfer(asked.body);
        co_return failure(404, "no such page");
    }

private:
    http::response find_user(std::string_view text)
    {
        auto const id = http::parse_number<std::int64_t>(text);
        if (!id)
            return failure(400, "an id is a whole number");
        auto const found = run("find", PGRES_TUPLES_OK, *id);
        if (::PQntuples(found.get()) == 0)
            return failure(404, "no such user");
        return {200, user(found.get(), 0)};
    }

    http::response list_users(std::string_view query)
    {
        auto const limit =
            http::parse_number<int>(http::query_value(query, "limit").value_or("100"));
        if (!limit || *limit < 1 || *limit > 1000)
            return failure(400, "limit is a number from 1 to 1000");
        auto const found = run("list", PGRES_TUPLES_OK, *limit);
        std::string text;
        for (int row = 0; row < ::PQntuples(found.get()); ++row)
            text += (text.empty() ? "[" : ", ") + user(found.get(), row);
        return {200, text.empty() ? "[]" : text + ']'};
    }

    http::response transfer(std::string_view body)
    {
        auto const from = http::json_integer(body, "from");
        auto const to = http::json_integer(body, "to");
        auto const amount = http::json_integer(body, "amount");
        if (!from || !to || !amount || *amount < 1 || *from == *to)
            return failure(400, R"(send {"from": 1, "to": 2, "amount": 5})");
        std::map<std::int64_t, std::int64_t> const changes{{*from, -*amount}, {*to, *amount}};
        execute("BEGIN");
        for (auto const& [id, change] : changes) {
            auto const done = run("move", PGRES_COMMAND_OK, id, change);
            if (std::string_view{::PQcmdTuples(done.get())} != "1") {
                execute("ROLLBACK");
                return ::PQresultStatus(done.get()) == PGRES_COMMAND_OK
                           ? failure(404, "no such user")
                           : failure(409, "not enough money");
            }
        }
        execute("COMMIT");
        return {200, R"({"done": true})"};
    }

    static std::string user(PGresult const* from, int row)
    {
        auto const integer = [&](int column) {
            auto const* const bytes =
                reinterpret_cast<unsigned char const*>(::PQgetvalue(from, row, column));
            std::uint64_t value = 0;
            for (int i = 0; i < 8; ++i)
                value = value << 8U | bytes[i];
            return std::to_string(static_cast<std::int64_t>(value));
        };
        std::string_view const name{
            ::PQgetvalue(from, row, 1), static_cast<std::size_t>(::PQgetlength(from, row, 1))};
        return R"({"id": )" + integer(0) + R"(, "name": )" + http::json_string(name) +
               R"(, "balance": )" + integer(2) + '}';
    }

    template <class... Numbers>
    bench::result_ptr run(char const* name, ExecStatusType wanted, Numbers... numbers)
    {
        std::array<std::string, sizeof...(Numbers)> const texts{std::to_string(numbers)...};
        std::array<char const*, sizeof...(Numbers)> values{};
        for (std::size_t i = 0; i < texts.size(); ++i)
            values[i] = texts[i].c_str();
        bench::result_ptr got{::PQexecPrepared(connection_.get(), name,
            static_cast<int>(values.size()), values.data(), nullptr, nullptr, 1)};
        if (::PQresultStatus(got.get()) != wanted && wanted == PGRES_TUPLES_OK)
            bench::fail(connection_.get());
        return got;
    }
    void execute(char const* sql)
    {
        (void)bench::expect(connection_.get(), ::PQexec(connection_.get(), sql), PGRES_COMMAND_OK);
    }
    void prepare(char const* name, char const* sql)
    {
        (void)bench::expect(connection_.get(),
            ::PQprepare(connection_.get(), name, sql, 0, nullptr), PGRES_COMMAND_OK);
    }

    bench::connection_ptr connection_;
};

/// A thread with a connection to the database.
struct worker
{
    worker() : thread{[this] { context.run(); }} {}

    service users;
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy{context.get_executor()};
    std::thread thread;
};

void work(std::uint16_t port, unsigned count)
{
    std::vector<std::unique_ptr<worker>> workers;
    for (unsigned i = 0; i < count; ++i)
        workers.push_back(std::make_unique<worker>());
    asio::io_context context{1};
    asio::ip::tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), port}};
    std::cout << "http://127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;
    for (std::size_t next = 0;; ++next) {
        worker& chosen = *workers[next % workers.size()];
        http::socket client{chosen.context};
        acceptor.accept(client);
        asio::co_spawn(chosen.context, http::serve(std::move(client), chosen.users), [](auto) {});
    }
}

} // namespace

int main(int argc, char* argv[])
{
    auto const port = http::parse_number<std::uint16_t>(argc > 1 ? argv[1] : "");
    auto const count = http::parse_number<unsigned>(argc > 2 ? argv[2] : "10");
    if (!port || !count || *count == 0) {
        std::cerr << "usage: http_libpq PORT [CONNECTIONS]\n";
        return 2;
    }
    try {
        work(*port, *count);
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
