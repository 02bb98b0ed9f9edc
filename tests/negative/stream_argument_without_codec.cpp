// expect: error: static assertion failed.*pgcoro: no codec for T; specialise pgcoro::codec<T>, see docs/types.md

#include "pgcoro/pgcoro.hpp"

class celsius
{
public:
    explicit celsius(double degrees) : degrees_{degrees} {}
    [[nodiscard]] double degrees() const { return degrees_; }

private:
    double degrees_;
};

#ifdef PGCORO_FIXED
template <>
struct pgcoro::codec<celsius>
{
    static constexpr oid type = oids::float8;
    static void encode(celsius value, format as, byte_writer& to)
    {
        codec<double>::encode(value.degrees(), as, to);
    }
};
#endif

asio::awaitable<void> run(pgcoro::connection& conn)
{
    co_await conn.stream<int>("SELECT $1::float8", celsius{20});
}
