// expect: error: (call to non-.constexpr. function .*the_placeholders_of_the_sql_are_not_one_for_each_argument|constexpr variable 'find_user' must be initialized by a constant expression)

#include "pgcoro/client/statement_of.hpp"

struct user
{
    int user_id;
};

#ifdef PGCORO_FIXED
inline constexpr pgcoro::statement_of<user(int, int)> find_user{
    "SELECT * FROM users WHERE user_id BETWEEN $1 AND $2 AND name <> '$3' -- not $4"};
#else
inline constexpr pgcoro::statement_of<user(int, int)> find_user{
    "SELECT * FROM users WHERE user_id BETWEEN $1 AND $3"};
#endif
