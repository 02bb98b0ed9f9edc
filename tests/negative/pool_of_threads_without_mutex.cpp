// expect: error: static assertion failed.*pgcoro: connections for several threads need a pool with a mutex_type that locks

#include "pgcoro/pool/check_traits.hpp"

#include <mutex>

struct connection
{
    using executor_type = int;
    struct driver_type
    {
        struct threads
        {
            static constexpr bool uses_strand = true;
        };
    };
};

struct traits
{
    using executor_type = int;
#ifdef PGCORO_FIXED
    using mutex_type = std::mutex;
#else
    using mutex_type = pgcoro::no_mutex;
#endif
    using connection_type = connection;
};

pgcoro::checked_traits<traits> checked;
