// expect: error: static assertion failed.*pgcoro: a pool's traits need executor_type

#include "pgcoro/pool/check_traits.hpp"

struct connection
{
    using executor_type = int;
    struct driver_type
    {
        struct threads
        {
            static constexpr bool uses_strand = false;
        };
    };
};

struct traits
{
#ifdef PGCORO_FIXED
    using executor_type = int;
#endif
    using mutex_type = pgcoro::no_mutex;
    using connection_type = connection;
};

pgcoro::checked_traits<traits> checked;
