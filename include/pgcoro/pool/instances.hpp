// No `#pragma once`: see client/instances.hpp.

#include "pool.hpp"

/// \file
/// What of a pool does not depend on a program's own types.

#ifndef PGCORO_INSTANCE
    #define PGCORO_INSTANCE extern template
#endif

namespace pgcoro {

PGCORO_INSTANCE class lease<single_threaded_pool>;
PGCORO_INSTANCE class lease<multi_threaded_pool>;
PGCORO_INSTANCE class basic_pool<single_threaded_pool>;
PGCORO_INSTANCE class basic_pool<multi_threaded_pool>;

} // namespace pgcoro

#undef PGCORO_INSTANCE
