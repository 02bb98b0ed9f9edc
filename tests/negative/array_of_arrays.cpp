// expect: error: static assertion failed.*pgcoro: no codec for T

#include "pgcoro/types/parameters.hpp"

#include <vector>

#ifdef PGCORO_FIXED
using matrix = std::vector<int>;
#else
using matrix = std::vector<std::vector<int>>;
#endif

void send(pgcoro::byte_writer& oids, pgcoro::byte_writer& values)
{
    pgcoro::encode_parameters(oids, values, matrix{});
}
