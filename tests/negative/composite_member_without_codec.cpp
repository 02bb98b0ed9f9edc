// expect: error: static assertion failed.*pgcoro: no codec for T, a member of a composite; specialise pgcoro::codec<T>, see docs/types.md

#include "pgcoro/types/parameters.hpp"

struct place
{
    std::string town;
#ifdef PGCORO_FIXED
    double height;
#else
    long double height;
#endif
};

void send(pgcoro::byte_writer& oids, pgcoro::byte_writer& values)
{
    pgcoro::encode_parameters(oids, values, place{});
}
