#include "round_trips.hpp"

#include <limits>

using round_trips::check_type;
using round_trips::with_random;

namespace {

using engine = std::mt19937_64;

struct type_row
{
    std::string_view typname;
    pg::oid typnamespace;
    std::int16_t typlen;
    bool typbyval;
    char typcategory;
    char typdelim;
    pg::oid typinput; // regproc
    pg::oid typarray;
};

/// Any number of bits, so that small ones and large ones are as frequent.
template <class Number>
Number some_number(engine& random)
{
    constexpr auto bits = static_cast<unsigned>(sizeof(Number) * 8);
    return static_cast<Number>(
        (random() >> (64 - bits)) >> (random() % bits)); // NOLINT: fewer bits
}

template <class Id>
std::vector<Id> some_ids()
{
    using number = std::underlying_type_t<Id>;
    return with_random<Id>({Id{0}, Id{1}, Id{std::numeric_limits<number>::max()},
                               Id{std::numeric_limits<number>::max() / 2 + 1}},
        [](engine& random) { return Id{some_number<number>(random)}; });
}

} // namespace

TEST_CASE("every type that is listed as built in is what the server says")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::size_t found = 0;
        for (pg::builtin_type const& each : pg::builtin_types) {
            auto const name = co_await conn.fetch_row<std::tuple<std::string, pg::oid>>(
                "SELECT typname::text, typarray FROM pg_type WHERE oid = $1", each.type);
            if (!name)
                continue;
            ++found;
            INFO(each.name);
            std::string_view const named = each.type == pg::oids::char_    ? "char"
                                           : each.type == pg::oids::bpchar ? "bpchar"
                                                                           : each.name;
            CHECK(std::get<0>(*name) == named);
            CHECK(std::get<1>(*name) == each.array);
        }
        CHECK(
            found >= std::size(pg::builtin_types) - 8); // those of later versions than the server's
    });
}

TEST_CASE("oid, xid, cid and xid8 come back as they were sent")
{
    check_type("oid", some_ids<pg::oid>());
    check_type("xid", some_ids<pg::xid>());
    check_type("cid", some_ids<pg::cid>());
    check_type("xid8", some_ids<pg::xid8>());
}

TEST_CASE("\"char\" comes back as it was sent")
{
    std::vector<char> ascii; // above that, the text of a single byte is no UTF-8
    for (char each = 1; each < 127; ++each)
        ascii.push_back(each);
    check_type("\"char\"", ascii);
    with_connection([](pg::connection& conn) -> awaitable<void> {
        for (int each = 0; each < 256; ++each) {
            auto const sent = static_cast<char>(each);
            check(co_await conn.fetch_value<char>("SELECT $1::\"char\"", sent) == sent);
        }
        auto const zero = co_await conn.fetch_one("SELECT 0::\"char\"");
        CHECK(zero.get<char>(0) == '\0');
    });
}

TEST_CASE("a uuid comes back as it was sent")
{
    pg::uuid highest;
    highest.bytes.fill(std::byte{0xff});
    check_type("uuid", with_random<pg::uuid>({pg::uuid{}, highest}, [](engine& random) {
        pg::uuid value;
        for (std::byte& each : value.bytes)
            each = static_cast<std::byte>(random());
        return value;
    }));
}

TEST_CASE("the catalog's own rows are read as what they are")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const sql = "SELECT typname, typnamespace, typlen, typbyval, typcategory, typdelim, "
                         "typinput, typarray FROM pg_type WHERE oid = ANY($1) ORDER BY oid";
        std::vector const types{pg::oids::bool_, pg::oids::point};
        auto const rows = co_await conn.fetch<type_row>(sql, types);
        REQUIRE(rows.size() == 2);
        CHECK(rows[0].typname == "bool");
        CHECK(rows[0].typnamespace == pg::oid{11});
        CHECK(rows[0].typlen == 1);
        CHECK(rows[0].typbyval);
        CHECK(rows[0].typcategory == 'B');
        CHECK(rows[0].typdelim == ',');
        CHECK(rows[0].typinput == pg::oid{1242});
        CHECK(rows[0].typarray == pg::oids::bool_array);
        CHECK(rows[1].typname == "point");
        CHECK(!rows[1].typbyval);
        auto const records = co_await conn.fetch(sql, types);
        REQUIRE(records.size() == 2);
        CHECK(to_string(records[0]) == "bool 11 1 t B , boolin 1000");
        CHECK(records[0].get<char>("typcategory") == 'B');
        CHECK(records[0].get<std::int64_t>("typarray") == 1000);
    });
}
