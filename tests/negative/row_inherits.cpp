// expect: error: static assertion failed.*pgcoro: a row type must not inherit

#include "pgcoro/row/plan.hpp"

struct entity
{
    int id;
};

#ifdef PGCORO_FIXED
struct user
{
    int id;
    std::string name;
};
#else
struct user : entity
{
    std::string name;
};
#endif

pgcoro::row_plan<user> plan;
