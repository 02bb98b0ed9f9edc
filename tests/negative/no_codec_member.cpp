// expect: error: static assertion failed.*pgcoro: no codec for T, which a column is to become

#include "pgcoro/row/plan.hpp"

class address
{
public:
    std::string street;

private:
    [[maybe_unused]] std::string town_;
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
