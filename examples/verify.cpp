// Typed statements: the SQL, the types of its arguments and of its rows in one place, checked
// against a database when the program starts. Pass a connection string, or use PGHOST and the like.

#include <pgcoro/pgcoro.hpp>

#include <asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

namespace pg = pgcoro;

namespace {

struct user
{
    int user_id;
    std::string first_name;
    std::optional<std::string> last_name;
};

// That there is a placeholder for each argument is checked when this is compiled.
constexpr pg::statement_of<user(int)> find_user{
    "SELECT user_id, first_name, last_name FROM verified_users WHERE user_id = $1"};
constexpr pg::statement_of<void(std::string_view, std::string_view)> add_user{
    "INSERT INTO verified_users (first_name, last_name) VALUES ($1, $2)"};
// Wrong on purpose: last_name may be NULL.
constexpr pg::statement_of<std::string(int)> last_name{
    "SELECT last_name FROM verified_users WHERE user_id = $1"};

asio::awaitable<void> run(pg::options to)
{
    auto conn = co_await pg::connect(to);
    co_await conn.execute("CREATE TEMP TABLE verified_users (user_id serial PRIMARY KEY, "
                          "first_name text NOT NULL, last_name text)");

    co_await pg::verify(conn, find_user, add_user); // throws if one of them does not fit
    co_await conn.execute(add_user, "John", "Doe");
    std::optional<user> const found = co_await conn.fetch_row(find_user, 1);
    std::cout << found.value().first_name << '\n'; // John

    try {
        co_await pg::verify(conn, find_user, add_user, last_name);
    } catch (pg::statement_mismatch const& mismatch) {
        std::cout << mismatch.what() << '\n';
    }
}

} // namespace

int main(int argc, char** argv)
{
    asio::io_context context;
    int status = 0;
    auto const to = argc > 1 ? pg::options{argv[1]} : pg::options::from_environment();
    asio::co_spawn(context, run(to), [&](std::exception_ptr error) {
        try {
            if (error)
                std::rethrow_exception(error);
        } catch (std::exception const& reason) {
            std::cerr << "verify: " << reason.what() << '\n';
            status = 1;
        }
    });
    context.run();
    return status;
}
