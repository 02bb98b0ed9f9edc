// expect: error: static assertion failed.*pgcoro: no codec for T, which a column is to become

#include "pgcoro/row/plan.hpp"

struct place
{
    std::string town;
#ifdef PGCORO_FIXED
    double height;
#else
    long double height;
#endif
};

struct user
{
    int id;
    place home;
};

pgcoro::row_plan<user> plan;
