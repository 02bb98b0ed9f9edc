// expect: error: no matching (member )?function for call to .*fetch_row

#include "pgcoro/pgcoro.hpp"

struct user
{
    int user_id;
};

inline constexpr pgcoro::statement_of<user(int)> find_user{"SELECT * FROM users WHERE user_id = $1"};

asio::awaitable<void> run(pgcoro::connection& conn)
{
#ifdef PGCORO_FIXED
    co_await conn.fetch_row(find_user, 1);
#else
    co_await conn.fetch_row(find_user, "one");
#endif
}
