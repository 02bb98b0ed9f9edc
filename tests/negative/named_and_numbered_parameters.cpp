// expect: error: (call to non-.constexpr. function .*the_sql_mixes_named_parameters_with_numbered_ones|constexpr variable 'numbered_size<.*must be initialized by a constant expression)

#include "pgcoro/core/named_parameters.hpp"

#ifdef PGCORO_FIXED
static_assert(pgcoro::named<"SELECT :a, :b"> == "SELECT $1, $2");
#else
static_assert(pgcoro::named<"SELECT :a, $2"> == "SELECT $1, $2");
#endif
