// expect: error: static assertion failed.*pgcoro: a pool's traits need a mutex_type with lock\(\) and unlock\(\)

#include "pgcoro/pool/check_traits.hpp"

struct half_a_mutex
{
    void lock() {}
#ifdef PGCORO_FIXED
    void unlock() {}
#endif
};

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
    using mutex_type = half_a_mutex;
    using connection_type = connection;
};

pgcoro::checked_traits<traits> checked;
