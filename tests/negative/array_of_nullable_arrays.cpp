// expect: error: static assertion failed.*pgcoro: no codec for T

#include "pgcoro/types/parameters.hpp"

#include <optional>
#include <vector>

#ifdef PGCORO_FIXED
using matrix = std::vector<std::vector<std::optional<int>>>;
#else
using matrix = std::vector<std::optional<std::vector<int>>>;
#endif

void send(pgcoro::byte_writer& oids, pgcoro::byte_writer& values)
{
    pgcoro::encode_parameters(oids, values, matrix{});
}
