// expect: error: static assertion failed.*pgcoro: a row type must have members

#include "pgcoro/row/plan.hpp"

struct nothing
{
#ifdef PGCORO_FIXED
    int something;
#endif
};

pgcoro::row_plan<nothing> plan;
