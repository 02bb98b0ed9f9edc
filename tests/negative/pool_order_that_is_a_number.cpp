// expect: error: static assertion failed.*pgcoro: a pool's trait order is a pgcoro::pool_order

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
    using executor_type = int;
    using mutex_type = pgcoro::no_mutex;
    using connection_type = connection;
#ifdef PGCORO_FIXED
    static constexpr auto order = pgcoro::pool_order::round_robin;
#else
    static constexpr int order = 1;
#endif
};

pgcoro::checked_traits<traits> checked;
