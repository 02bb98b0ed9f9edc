// expect: error: static assertion failed.*send std::chrono::floor<std::chrono::microseconds>\(value\)

#include "pgcoro/pgcoro.hpp"

#include <chrono>

asio::awaitable<void> run(pgcoro::connection& conn)
{
    auto const now = std::chrono::system_clock::now();
#ifdef PGCORO_FIXED
    co_await conn.execute("SELECT $1", std::chrono::floor<std::chrono::microseconds>(now));
#else
    co_await conn.execute("SELECT $1", now);
#endif
}
