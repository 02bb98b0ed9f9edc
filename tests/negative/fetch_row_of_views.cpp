// expect: error: static assertion failed.*pgcoro: nothing keeps the bytes that this row would point into; use std::string

#include "pgcoro/pgcoro.hpp"

asio::awaitable<void> run(pgcoro::connection& conn)
{
#ifdef PGCORO_FIXED
    co_await conn.fetch_row<std::string>("SELECT name FROM users");
#else
    co_await conn.fetch_row<std::string_view>("SELECT name FROM users");
#endif
}
