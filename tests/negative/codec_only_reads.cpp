// expect: error: static assertion failed.*a T can be read, but not sent

#include "pgcoro/types/parameters.hpp"

struct host
{
    std::string_view name;
};

template <>
struct pgcoro::codec<host>
{
    static bool decode(field const& from, host& to)
    {
        to.name = from.text();
        return true;
    }
#ifdef PGCORO_FIXED
    static void encode(host value, format, byte_writer& to)
    {
        to.put(value.name);
    }
#endif
};

void send(pgcoro::byte_writer& oids, pgcoro::byte_writer& values)
{
    pgcoro::encode_parameters(oids, values, host{"db"});
}
