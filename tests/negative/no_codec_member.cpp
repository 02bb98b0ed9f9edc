// expect: error: static assertion failed.*pgcoro: no codec for T, which a column is to become

#include "pgcoro/row/plan.hpp"

struct address
{
    std::string street, town;
};

struct user
{
    int id;
#ifdef PGCORO_FIXED
    std::string home;
#else
    address home;
#endif
};

pgcoro::row_plan<user> plan;
