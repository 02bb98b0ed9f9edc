// expect: error: static assertion failed.*pgcoro: no codec for T; specialise pgcoro::codec<T>

#include "pgcoro/types/parameters.hpp"

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

void send(pgcoro::byte_writer& oids, pgcoro::byte_writer& values)
{
    pgcoro::encode_parameters(oids, values, 1, celsius{20});
}
