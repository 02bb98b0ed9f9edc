// expect: error: static assertion failed.*pgcoro: column_names<T> names a member that T does not have

#include "pgcoro/row/plan.hpp"

struct user
{
    int id;
};

template <>
inline constexpr pgcoro::column_name pgcoro::column_names<user>[] = {
#ifdef PGCORO_FIXED
    {"id", "user_id"}};
#else
    {"user_id", "id"}};
#endif

pgcoro::row_plan<user> plan;
