// expect: error: static assertion failed.*pgcoro: no codec for T, which is no aggregate either

#include "pgcoro/row/plan.hpp"

class user
{
#ifdef PGCORO_FIXED
public:
#endif
    int id = 0;
};

pgcoro::row_plan<user> plan;
