// expect: error: static assertion failed.*pgcoro: fetch_value\(\) gives one column, and T takes a row; use fetch_one

#include "pgcoro/pgcoro.hpp"

struct user
{
    int id;
    std::string name;
};

asio::awaitable<void> run(pgcoro::connection& conn)
{
#ifdef PGCORO_FIXED
    co_await conn.fetch_one<user>("SELECT * FROM users");
#else
    co_await conn.fetch_value<user>("SELECT * FROM users");
#endif
}
