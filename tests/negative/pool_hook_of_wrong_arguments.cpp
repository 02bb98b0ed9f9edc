// expect: error: static assertion failed.*pgcoro: a pool's hooks are on_connect, on_acquire and on_release, of a connection&

#include "pgcoro/pool/pool.hpp"

struct hooks
{
#ifdef PGCORO_FIXED
    void on_close(pgcoro::connection&, pgcoro::close_reason) {}
#else
    void on_close() {}
#endif
};

struct traits : pgcoro::single_threaded_pool
{
    using hooks_type = hooks;
};

std::size_t size_of(pgcoro::basic_pool<traits> const& pool)
{
    return pool.size();
}
