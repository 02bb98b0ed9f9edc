// expect: error: static assertion failed.*pgcoro: no codec for T, which a column is to become

#include "pgcoro/row/plan.hpp"

#ifdef PGCORO_FIXED
using row = std::tuple<int, double>;
#else
using row = std::tuple<int, long double>;
#endif

pgcoro::row_plan<row> plan;
