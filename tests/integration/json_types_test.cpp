#include "run.hpp"

#include <pgcoro/types/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace {

/// A JSON document as its text, without the spaces that jsonb puts in.
struct document
{
    std::string text;
    bool operator==(document const&) const = default;
};

} // namespace

template <>
struct pgcoro::json_adapter<document>
{
    static bool parse(std::string_view text, document& to)
    {
        to.text.clear();
        for (char const each : text)
            if (each != ' ')
                to.text += each;
        return true;
    }
    static void print(document const& value, std::string& to) { to += value.text; }
};

TEST_CASE("documents go into json and jsonb, and come back")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (a json, b jsonb, c jsonb[])");
        std::vector<document> const many{
            {"null"}, {R"({"a":[1,"\"{,}\\"]})"}, {"\"\""}, {R"("\u00e4 x")"}};
        document const one{R"({"a":1,"b":[true,null]})"};
        std::optional<document> const none;
        auto const insert = "INSERT INTO t VALUES ($1, $2, $3)";
        co_await conn.execute(insert, one, none, many);
        using row = std::tuple<document, std::optional<document>, std::vector<document>>;
        auto const [a, b, c] = co_await conn.fetch_one<row>("SELECT * FROM t");
        check_equal(a, one);
        check(!b);
        check(c == std::vector<document>{many[0], many[1], many[2], {"\"\xc3\xa4x\""}});

        // jsonb[] as a record has it, as text
        auto const record = co_await conn.fetch_one("SELECT c, a FROM t");
        check(record.get<std::vector<document>>(0) == c);
        check_equal(record.get<document>("a"), one);
        document const part{R"({"a":1})"};
        check(co_await conn.fetch_value<bool>("SELECT $1::jsonb @> $2", one, part));
        check_equal(co_await conn.fetch_value<document>("SELECT $1::jsonb", one), one);
        co_await error_of<pg::error>(conn.fetch_value<document>("SELECT 'a'::text"));
    });
}

TEST_CASE("strings and views hold JSON as text")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::string const text = R"({"a": [1, 2]})";
        for (std::string const type : {"json", "jsonb"}) {
            auto const sql = "SELECT $1::" + type;
            check_equal(co_await conn.fetch_value<std::string>(sql, text), text);
            auto const views = co_await conn.fetch<std::string_view>(sql, text);
            check_equal(views[0], text);
            auto const record = co_await conn.fetch_one(sql, text);
            check_equal(to_string(record), text);
            check_equal(record.get<std::string>(0), text);
        }
        auto const path = "SELECT $1::jsonpath";
        check_equal(co_await conn.fetch_value<std::string>(path, "$.a[*]"), "$.\"a\"[*]");
        auto const typed = pg::as_oid(pg::oids::jsonb, text);
        check_equal(co_await conn.fetch_value<std::string>("SELECT $1", typed), text);
    });
}
