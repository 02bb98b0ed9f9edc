// expect: error: static assertion failed.*pgcoro: no codec for T; specialise pgcoro::codec<T>, see docs/types.md

#include "pgcoro/pgcoro.hpp"

struct celsius
{
    double degrees = 0;
};

#ifdef PGCORO_FIXED
template <>
struct pgcoro::codec<celsius>
{
    static constexpr oid type = oids::float8;
    static void encode(celsius value, format as, byte_writer& to)
    {
        codec<double>::encode(value.degrees, as, to);
    }
};
#endif

asio::awaitable<void> run(pgcoro::connection& conn)
{
    co_await conn.stream<int>("SELECT $1::float8", celsius{});
}
