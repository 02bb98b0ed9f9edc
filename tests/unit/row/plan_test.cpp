#include "rows.hpp"

#include "catch.hpp"

using namespace testing_rows;
namespace oids = pgcoro::oids;

namespace {

struct user
{
    std::int32_t id;
    std::int64_t visits;
    std::string_view name;
    double score;
    std::optional<std::int32_t> age;
};

struct widest
{
    int a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7, c0, c1, c2, c3, c4, c5, c6,
        c7, d0, d1, d2, d3, d4, d5, d6, d7, e0, e1, e2, e3, e4, e5, e6, e7, f0, f1, f2, f3, f4, f5,
        f6, f7, g0, g1, g2, g3, g4, g5, g6, g7, h0, h1, h2, h3, h4, h5, h6, h7;
};

struct renamed
{
    int id;
    std::string name;
    bool admin;
};

pgcoro::row_description user_columns()
{
    return describe({{"id", oids::int4}, {"visits", oids::int8}, {"name", oids::text},
        {"score", oids::float8}, {"age", oids::int4}});
}

bytes user_row()
{
    return row_builder{}
        .binary(std::int32_t{7})
        .binary(std::int64_t{-9})
        .text("Tomas")
        .binary(2.5)
        .null()
        .body();
}

template <class T>
bytes formats_of(pgcoro::row_description const& description)
{
    pgcoro::byte_writer to;
    pgcoro::row_plan<T>::result_formats(description, to);
    return {to.bytes().begin(), to.bytes().end()};
}

template <class T>
bytes formats_of()
{
    pgcoro::byte_writer to;
    pgcoro::row_plan<T>::result_formats(to);
    return {to.bytes().begin(), to.bytes().end()};
}

bytes words(std::initializer_list<std::int16_t> values)
{
    pgcoro::byte_writer to;
    for (std::int16_t const value : values)
        to.put(value);
    return {to.bytes().begin(), to.bytes().end()};
}

} // namespace

template <>
inline constexpr pgcoro::column_name pgcoro::column_names<renamed>[] = {
    {"id", "user_id"}, {"admin", "is admin"}};

TEST_CASE("members take the columns that column_names gives them")
{
    auto const columns =
        describe({{"user_id", oids::int4}, {"name", oids::text}, {"is admin", oids::bool_}});
    auto const plan = plan_for<renamed>(columns);
    CHECK(plan.exact());
    renamed row{};
    REQUIRE(decode(plan, row_builder{}.binary(7).text("Tomas").binary(true).body(), row));
    CHECK(row.id == 7);
    CHECK(row.name == "Tomas");
    CHECK(row.admin);
    CHECK(mismatch<renamed>(describe({{"user_id", oids::int8}, {"id", oids::int4}})) ==
          "column \"user_id\" is int8, member renamed::id is int (would narrow); "
          "column \"name\" is missing; column \"is admin\" is missing");
}

TEST_CASE("an aggregate by position takes its columns whatever their names")
{
    using row = pgcoro::by_position<renamed>;
    STATIC_REQUIRE(!pgcoro::needs_columns<row>);
    STATIC_REQUIRE(!pgcoro::has_codec<row>);
    CHECK(formats_of<row>() == words({3, 1, 0, 1}));
    auto const plan =
        plan_for<row>(describe({{"?column?", oids::int4}, {"x", oids::text}, {"x", oids::bool_}}));
    CHECK(plan.exact());
    row value{};
    REQUIRE(decode(plan, row_builder{}.binary(7).text("Tomas").binary(true).body(), value));
    CHECK(value.id == 7);
    CHECK(value.name == "Tomas");
    CHECK(mismatch<row>(describe({{"a", oids::int8}, {"b", oids::text}, {"c", oids::text}})) ==
          "column \"a\" is int8, member renamed::id is int (would narrow); "
          "column \"c\" is text, member renamed::admin is bool");
    CHECK(mismatch<row>(describe({{"a", oids::int8}})) ==
          "the query returns 1 column, renamed takes 3");
}

TEST_CASE("an aggregate of 64 members is a row")
{
    auto columns = describe({});
    row_builder row;
    for (std::size_t i = 64; i-- != 0;) { // in the other order
        columns.columns.push_back({});
        columns.columns.back().name = pgcoro::member_names<widest>[i];
        columns.columns.back().type = oids::int4;
        row.binary(static_cast<std::int32_t>(i));
    }
    auto const plan = plan_for<widest>(columns);
    widest value{};
    REQUIRE(decode(plan, row.body(), value));
    CHECK(value.a0 == 0);
    CHECK(value.d7 == 31);
    CHECK(value.h7 == 63);
}

TEST_CASE("the formats of positional rows follow from the C++ types")
{
    CHECK(formats_of<int>() == words({1, 1}));
    CHECK(formats_of<std::string>() == words({0}));
    CHECK(formats_of<std::tuple<int, double>>() == words({1, 1}));
    CHECK(formats_of<std::pair<std::string, std::string_view>>() == words({0}));
    CHECK(formats_of<std::tuple<int, std::string, bool>>() == words({3, 1, 0, 1}));
}

TEST_CASE("the formats of rows by name follow from the members that take the columns")
{
    CHECK(formats_of<user>(user_columns()) == words({5, 1, 1, 0, 1, 1}));
    CHECK(formats_of<user>(describe({{"id", oids::int4}, {"age", oids::int4}})) == words({1, 1}));
    CHECK(formats_of<user>(describe({{"other", oids::int4}, {"name", oids::text}})) == words({0}));
    CHECK(formats_of<user>(describe({{"other", oids::int4}, {"id", oids::int4}})) ==
          words({2, 0, 1}));
    CHECK(formats_of<user>(describe({})) == words({0}));
}

TEST_CASE("a row by name in the members' order is decoded straight on")
{
    auto const plan = plan_for<user>(user_columns());
    CHECK(plan.exact());
    bytes const body = user_row();
    user row{};
    REQUIRE(plan.decode(body.data(), body.size(), row));
    CHECK(row.id == 7);
    CHECK(row.visits == -9);
    CHECK(row.name == "Tomas");
    CHECK(row.score == 2.5);
    CHECK(row.age == std::nullopt);
    auto const* const name = reinterpret_cast<std::byte const*>(row.name.data());
    CHECK(name > body.data());
    CHECK(name < body.data() + body.size());
}

TEST_CASE("a row by name takes its columns wherever they are")
{
    auto const plan = plan_for<user>(describe({{"score", oids::float4}, {"unused", oids::jsonb},
        {"age", oids::int2}, {"name", oids::varchar}, {"visits", oids::int4}, {"id", oids::int4}}));
    CHECK_FALSE(plan.exact());
    bytes const body = row_builder{}
                           .binary(0.5F)
                           .null()
                           .binary(std::int16_t{30})
                           .text("x")
                           .binary(std::int32_t{-1})
                           .binary(std::int32_t{7})
                           .body();
    user row{};
    REQUIRE(plan.decode(body.data(), body.size(), row));
    CHECK(row.id == 7);
    CHECK(row.visits == -1);
    CHECK(row.name == "x");
    CHECK(row.score == 0.5);
    CHECK(row.age == 30);
}

TEST_CASE("scalars, pairs and tuples take their columns by position, whatever the names")
{
    std::int64_t count{};
    CHECK(decode(plan_for<std::int64_t>(describe({{"count", oids::int8}})),
        row_builder{}.binary(std::int64_t{12}).body(), count));
    CHECK(count == 12);

    std::optional<std::string> text = "before";
    CHECK(decode(plan_for<std::optional<std::string>>(describe({{"?column?", oids::date}})),
        row_builder{}.null().body(), text));
    CHECK(text == std::nullopt);

    std::pair<std::string, bool> pair;
    CHECK(decode(plan_for<std::pair<std::string, bool>>(
                     describe({{"same", oids::text}, {"same", oids::bool_}})),
        row_builder{}.text("a").binary(true).body(), pair));
    CHECK(pair == std::pair<std::string, bool>{"a", true});

    std::tuple<std::int64_t, std::vector<std::byte>, std::vector<int>> tuple;
    CHECK(decode(plan_for<decltype(tuple)>(
                     describe({{"a", oids::int4}, {"b", oids::bytea}, {"c", oids::int4_array}})),
        row_builder{}
            .binary(std::int32_t{5})
            .binary(std::vector<std::byte>{std::byte{1}})
            .binary(std::vector<int>{1, 2})
            .body(),
        tuple));
    CHECK(std::get<0>(tuple) == 5);
    CHECK(std::get<1>(tuple).size() == 1);
    CHECK(std::get<2>(tuple) == std::vector<int>{1, 2});
}

TEST_CASE("numbers that came as text are read too")
{
    auto description = user_columns(); // as if by another way than result_formats()
    pgcoro::row_plan<user> plan;
    std::string error;
    REQUIRE(pgcoro::row_plan<user>::make(description, plan, error));
    CHECK_FALSE(plan.exact());
    bytes const body =
        row_builder{}.text("7").text("-9").text("Tomas").text("2.5").text("30").body();
    user row{};
    REQUIRE(decode(plan, body, row));
    CHECK(row.visits == -9);
    CHECK(row.score == 2.5);
    CHECK(row.age == 30);
}

TEST_CASE("all that doesn't fit is one error")
{
    CHECK(mismatch<user>(describe({{"id", oids::int8}, {"visits", oids::int8}, {"name", oids::text},
              {"score", oids::int8}, {"name", oids::text}})) ==
          "column \"id\" is int8, member user::id is int (would narrow); "
          "column \"score\" is int8, member user::score is double "
          "(would narrow); column \"name\" occurs more than once; column \"age\" is missing");
    CHECK(mismatch<int>(describe({{"n", oids::int8}})) ==
          "column \"n\" is int8, the type asked for is int (would narrow)");
    CHECK(mismatch<int>(describe({{"n", oids::text}})) ==
          "column \"n\" is text, the type asked for is int");
    CHECK(
        mismatch<std::pair<int, bool>>(describe({{"a", oids::int4}, {"b", pgcoro::oid{99999}}})) ==
        "column \"b\" is type 99999, element 1 of the tuple is bool");
    CHECK(mismatch<std::tuple<int, std::string>>(describe({{"a", oids::int4}})) ==
          "the query returns 1 column, std::tuple<int, std::string> takes 2");
    CHECK(mismatch<int>(describe({})) == "the query returns 0 columns, int takes 1");
    CHECK(mismatch<int>(describe({{"a", oids::int4}, {"b", oids::int4}})) ==
          "the query returns 2 columns, int takes 1");
}

TEST_CASE("a format that can't be read is part of the error")
{
    auto description = describe({{"raw", oids::bytea}});
    pgcoro::row_plan<std::span<std::byte const>> plan;
    std::string error;
    CHECK_FALSE(pgcoro::row_plan<std::span<std::byte const>>::make(description, plan, error));
    CHECK(
        error ==
        "column \"raw\" is bytea in text format, the type asked for is std::span<std::byte const>");
}

TEST_CASE("a plan can be made anew after one that failed")
{
    pgcoro::row_plan<int> plan;
    std::string error;
    CHECK_FALSE(pgcoro::row_plan<int>::make(describe({{"a", oids::text}}), plan, error));
    auto description = describe({{"a", oids::int4}});
    pgcoro::row_plan<int>::choose_formats(description);
    CHECK(pgcoro::row_plan<int>::make(description, plan, error));
    CHECK(error.empty());
    CHECK(plan.exact());
}

TEST_CASE("a failed row says which column, and why")
{
    auto const plan = plan_for<user>(user_columns());
    auto const with_id = [](auto put) {
        row_builder row;
        put(row);
        return row.binary(std::int64_t{}).text("").binary(0.0).null().body();
    };
    CHECK(explanation(plan, with_id([](row_builder& row) { row.null(); })) ==
          "column \"id\" (int4): NULL, but member user::id is int; "
          "use std::optional<int>");
    CHECK(explanation(plan, with_id([](row_builder& row) { row.text("abc"); })) ==
          "column \"id\" (int4): \\x616263 is no value for member user::id, "
          "which is int");
    CHECK(explanation(plan, row_builder{}.null().body()) ==
          "the row has 1 fields, its description 5");
    CHECK(explanation(plan, {}) == "the row is empty");

    auto const number = plan_for<std::uint32_t>(describe({{"n", oids::int8}}));
    CHECK(explanation(number, row_builder{}.binary(std::int64_t{-1}).body()) ==
          "column \"n\" (int8): -1 is no value for the type asked for, which is unsigned int");

    pgcoro::row_plan<int> text;
    std::string error;
    REQUIRE(pgcoro::row_plan<int>::make(describe({{"n", oids::int4}}), text, error));
    CHECK(explanation(text, row_builder{}.text(std::string(50, '9')).body()) ==
          "column \"n\" (int4): '" + std::string(40, '9') +
              "...' is no value for the type asked for, which is int");

    // whole, however long it was in binary
    auto const array = plan_for<std::vector<int>>(describe({{"a", oids::int4_array}}));
    std::vector<std::vector<int>> const square{{1, 2}, {3, 4}};
    pgcoro::byte_writer value;
    pgcoro::codec<std::vector<std::vector<int>>>::encode(square, pgcoro::format::binary, value);
    bytes body{std::byte{0}, std::byte{1}};
    pgcoro::byte_writer length;
    length.put(static_cast<std::int32_t>(value.size()));
    body.insert(body.end(), length.bytes().begin(), length.bytes().end());
    body.insert(body.end(), value.bytes().begin(), value.bytes().end());
    CHECK(explanation(array, body) ==
          "column \"a\" (int4[]): {{1,2},{3,4}} is no value for the type asked for, which is "
          "std::vector<int>: it has 2 dimensions, not 1");
}

TEST_CASE("integers of every narrower column are widened, signs and all")
{
    using wide = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t,
        std::optional<std::int64_t>, std::int32_t, double, std::uint16_t>;
    auto const plan = plan_for<wide>(
        describe({{"a", oids::int2}, {"b", oids::int4}, {"c", oids::oid_}, {"d", oids::int8},
            {"e", oids::int4}, {"f", oids::int2}, {"g", oids::int4}, {"h", oids::int2}}));
    CHECK_FALSE(plan.exact());
    auto const row = [](std::int16_t last) {
        return row_builder{}
            .binary(std::int16_t{-1})
            .binary(std::int32_t{-2'000'000'000})
            .binary(pgcoro::oid{4'000'000'000})
            .binary(std::int64_t{1} << 40)
            .null()
            .binary(std::int16_t{-32'768})
            .binary(std::int32_t{-5})
            .binary(last)
            .body();
    };
    wide read;
    REQUIRE(decode(plan, row(7), read));
    CHECK(read == wide{-1, -2'000'000'000, 4'000'000'000, std::int64_t{1} << 40, std::nullopt,
                      -32'768, -5.0, std::uint16_t{7}});
    CHECK_FALSE(decode(plan, row(-7), read)); // no value for an unsigned one
}

TEST_CASE("the types of the catalog are decoded straight on")
{
    using row = std::tuple<pgcoro::oid, char, bool, std::int16_t, pgcoro::uuid, pgcoro::xid8>;
    auto const plan = plan_for<row>(describe({{"a", oids::oid_}, {"b", oids::char_},
        {"c", oids::bool_}, {"d", oids::int2}, {"e", oids::uuid}, {"f", oids::xid8}}));
    CHECK(plan.exact());
    row const sent{pgcoro::oid{1}, 'b', true, std::int16_t{-3}, pgcoro::uuid{}, pgcoro::xid8{9}};
    auto const body = std::apply(
        [](auto const&... each) {
            row_builder built;
            (built.binary(each), ...);
            return built.body();
        },
        sent);
    row read;
    REQUIRE(decode(plan, body, read));
    CHECK(read == sent);
    for (std::size_t size = 0; size < body.size(); ++size)
        CHECK_FALSE(decode(plan, bytes{body.begin(), body.begin() + static_cast<int>(size)}, read));
}
