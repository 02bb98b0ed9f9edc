// expect: error: static assertion failed.*pgcoro: a row type is neither a reference nor const

#include "pgcoro/row/plan.hpp"

#ifdef PGCORO_FIXED
pgcoro::row_plan<int> plan;
#else
pgcoro::row_plan<int const> plan;
#endif
