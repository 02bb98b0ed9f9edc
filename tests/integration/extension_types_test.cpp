#include "type_checks.hpp"

#include <pgcoro/types/ewkb.hpp>
#include <pgcoro/types/hstore.hpp>
#include <pgcoro/types/pgvector.hpp>

using namespace type_checks;

namespace {

/// Makes an extension's types, if the server has that extension.
awaitable<bool> create_extension(pg::connection& conn, std::string name)
{
    auto const available = co_await conn.fetch_value<bool>(
        "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = $1)", name);
    if (available)
        co_await conn.execute("CREATE EXTENSION IF NOT EXISTS " + name);
    co_return available;
}

std::string random_hstore(std::mt19937_64& random)
{
    static constexpr std::string_view pieces[] = {
        "a", "\\\"", "\\\\", "=>", ",", " ", "NULL", "\xc3\xa4", "'"};
    auto const text = [&random] {
        std::string quoted = "\"";
        for (auto count = random() % 4; count != 0; --count)
            quoted += pieces[random() % std::size(pieces)];
        return quoted + '"';
    };
    std::string value;
    for (auto count = random() % 5; count != 0; --count) {
        value += value.empty() ? "" : ",";
        value += text() + "=>";
        value += random() % 4 == 0 ? "NULL" : text();
    }
    return value;
}

} // namespace

TEST_CASE("hstore is a map")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        if (!co_await create_extension(conn, "hstore")) {
            skip("the server has no hstore");
            co_return;
        }
        co_await settle(conn);
        pg::hstore const one{{"a", "1"}, {"b", std::nullopt}};
        check(one == co_await conn.fetch_value<pg::hstore>("SELECT $1::hstore", one));
        check(one == co_await conn.fetch_value<pg::hstore>("SELECT 'b=>NULL,a=>1'::hstore"));
        auto const record = co_await conn.fetch_one("SELECT 'b=>NULL,a=>1'::hstore AS h");
        check(record.get<pg::hstore>("h") == one);
        check_equal(to_string(record), "\"a\"=>\"1\", \"b\"=>NULL");
        co_await error_of<pg::error>(conn.fetch_value<pg::hstore>("SELECT 'a'::text"));

        // The server orders keys by length first, so our text of several is not always the same.
        auto const literals = random_values(300, random_hstore);
        auto const sql = "SELECT x::hstore, x::hstore FROM unnest($1::text[]) x";
        auto const rows = co_await conn.fetch<std::tuple<pg::hstore, std::string>>(sql, literals);
        check_equal(rows.size(), literals.size());
        std::vector<pg::hstore> values;
        for (auto const& [value, text] : rows) {
            auto const from_text = read_text<pg::hstore>(text, pg::first_user_oid);
            check(from_text == value);
            check(co_await conn.fetch_value<bool>("SELECT $1 = $2::hstore", value, text));
            values.push_back(value);
        }
        auto const array = "SELECT $1::hstore[]";
        check(values == co_await conn.fetch_value<std::vector<pg::hstore>>(array, values));
        check(values == (co_await conn.fetch_one(array, values)).get<std::vector<pg::hstore>>(0));
    });
}

TEST_CASE("what has no codec arrives as text")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        struct extension
        {
            std::string name;
            std::vector<type_case> types;
        };
        std::vector<extension> const extensions{
            {"citext", {{"public.citext", {"", "ABC", "\xc3\x84"}}}},
            {"ltree", {{"public.ltree", {"", "a.b_1.C"}}, {"public.lquery", {"a.*{1,2}.!b"}},
                          {"public.ltxtquery", {"a & !b | (c@)"}}}},
            {"isn", {{"public.isbn", {"0-393-04002-X"}}, {"public.ean13", {"978-0-393-04002-9"}},
                        {"public.issn", {"1436-4522"}}, {"public.upc", {"220356483481"}}}},
            {"cube", {{"public.cube", {"(1,2),(3,4)", "(0.1)"}}}},
            {"seg", {{"public.seg", {"1", "1.00 .. 2.0", "~ 3"}}}},
            {"intarray", {{"public.query_int", {"1 & 2 | !3"}}}},
        };
        co_await settle(conn);
        std::size_t checked = 0;
        for (extension const& each : extensions) {
            if (!co_await create_extension(conn, each.name))
                continue;
            for (type_case const& type : each.types) {
                co_await check_values(conn, type, probe_of<std::string>());
                auto const row =
                    co_await conn.fetch_one("SELECT $1::" + type.sql(), type.literals.front());
                check_equal(row.get<std::string>(0), to_string(row));
                ++checked;
            }
        }
        if (checked == 0)
            skip("the server has none of the contributed extensions");
    });
}

TEST_CASE("domains are what they are made of, enums and composites are text")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE DOMAIN pg_temp.positive AS int CHECK (value > 0);"
                              "CREATE TYPE pg_temp.mood AS ENUM ('sad', 'ok');"
                              "CREATE TYPE pg_temp.pair AS (a int, b text)");
        check_equal(co_await conn.fetch_value<int>("SELECT $1::pg_temp.positive", 5), 5);
        check_equal(co_await conn.fetch_value<std::string>("SELECT 'ok'::pg_temp.mood"), "ok");
        check_equal(co_await conn.fetch_value<std::string>("SELECT '(1,\"x y\")'::pg_temp.pair"),
            "(1,\"x y\")");
        auto const row = co_await conn.fetch_one("SELECT 7::pg_temp.positive, 'ok'::pg_temp.mood, "
                                                 "'(1,\"x y\")'::pg_temp.pair");
        check_equal(to_string(row), "7 ok (1,\"x y\")");
    });
}

TEST_CASE("vectors and geometries are read in binary and sent as text, whatever their OID is")
{
    // Types of their names, for servers without those extensions: what is sent arrives as it is,
    // and the bytes that are read are those of the extensions' send functions.
    struct places
    {
        pg::pgvector v;
        pg::ewkb g;
        std::vector<std::optional<pg::pgvector>> vs;
        std::optional<pg::ewkb> none;
    };
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto tx = co_await conn.begin(); // rolled back: the types are gone then
        for (std::string const& name : {std::string{"vector"}, std::string{"geometry"}}) {
            std::string const of = "CREATE FUNCTION " + name;
            co_await tx.execute("CREATE SCHEMA IF NOT EXISTS stand_in");
            co_await tx.execute("SET LOCAL search_path = stand_in, pg_catalog");
            co_await tx.execute("CREATE TYPE " + name);
            std::string const strict = " LANGUAGE internal IMMUTABLE STRICT AS 'bytea";
            co_await tx.execute(of + "_in(cstring) RETURNS " + name + strict + "in'");
            co_await tx.execute(of + "_out(" + name + ") RETURNS cstring" + strict + "out'");
            co_await tx.execute(of + "_recv(internal) RETURNS " + name + strict + "recv'");
            co_await tx.execute(of + "_send(" + name + ") RETURNS bytea" + strict + "send'");
            co_await tx.execute("CREATE TYPE " + name + " (INPUT = " + name +
                                "_in, OUTPUT = " + name + "_out, RECEIVE = " + name +
                                "_recv, SEND = " + name + "_send, LIKE = bytea)");
            co_await tx.execute("CREATE CAST (bytea AS " + name + ") WITHOUT FUNCTION");
        }
        auto const sql = "SELECT '\\x000200003f80000040200000'::bytea::vector AS v, "
                         "'\\x0101000000'::bytea::geometry AS g, "
                         "ARRAY['\\x00000000'::bytea::vector, NULL] AS vs, NULL::geometry AS none";
        pg::pgvector const vector{{1, 2.5F}};
        for (int i = 0; i < 2; ++i) {
            auto const row = co_await tx.fetch_one<places>(sql);
            check(row.v == vector);
            check_equal(to_string(row.g), "0101000000");
            check(row.vs.size() == 2 && row.vs[0] == pg::pgvector{} && !row.vs[1]);
            check(!row.none);
        }
        auto const positional = co_await tx.fetch_one<std::tuple<pg::pgvector, pg::ewkb>>(
            "SELECT '\\x000200003f80000040200000'::bytea::vector, '\\x01'::bytea::geometry");
        check(std::get<0>(positional) == vector);
        auto const sent = co_await tx.fetch_one<std::tuple<std::string, std::string>>(
            "SELECT encode(vector_send($1::vector), 'escape'), "
            "encode(geometry_send($2::geometry), 'escape')",
            vector, std::get<1>(positional));
        check_equal(std::get<0>(sent), "[1,2.5]");
        check_equal(std::get<1>(sent), "01");
        co_await tx.rollback();
    });
}
