// expect: error: static assertion failed.*a T can be sent, but not read

#include "pgcoro/row/plan.hpp"

struct user
{
    int id;
#ifdef PGCORO_FIXED
    std::string name;
#else
    char const* name;
#endif
};

pgcoro::row_plan<user> plan;
