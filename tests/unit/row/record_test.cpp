#include "rows.hpp"

#include "catch.hpp"

#include "pgcoro/row/record_plan.hpp"

#include <atomic>
#include <limits>
#include <sstream>
#include <thread>
#include <vector>

using namespace testing_rows;
namespace oids = pgcoro::oids;

namespace {

struct user
{
    std::int32_t user_id;
    std::string first_name, last_name;
};

/// Keeps the bytes as a result does: in blocks that all its records share.
pgcoro::record record_of(pgcoro::row_description description, bytes const& body)
{
    pgcoro::row_plan<pgcoro::record>::choose_formats(description);
    pgcoro::row_plan<pgcoro::record> plan;
    std::string error;
    REQUIRE(pgcoro::row_plan<pgcoro::record>::make(description, plan, error));

    auto source = std::make_shared<pgcoro::record_source>();
    auto block = pgcoro::block_ref::allocate(body.size());
    std::byte* const data = block->data();
    for (std::size_t i = 0; i < body.size(); ++i)
        data[i] = body[i];
    source->description = std::make_shared<pgcoro::row_description const>(std::move(description));
    source->blocks.push_back(std::move(block));
    REQUIRE(plan.check(data, body.size()));
    return {std::move(source), data};
}

pgcoro::record tomas()
{
    return record_of(describe({{"user_id", oids::int4}, {"first_name", oids::text},
                         {"last_name", oids::varchar}}),
        row_builder{}.binary(std::int32_t{1}).text("Tomas").text("Svojanovsky").body());
}

template <class T>
std::string printed(T const& value)
{
    std::ostringstream out;
    out << value;
    return out.str();
}

} // namespace

TEST_CASE("a record prints its values with a space between them")
{
    CHECK(printed(tomas()) == "1 Tomas Svojanovsky");
    CHECK(printed(tomas()["last_name"]) == "Svojanovsky");
    CHECK(printed(record_of(describe({{"a", oids::bool_}, {"b", oids::float8}, {"c", oids::float4},
                                {"d", oids::bytea}, {"e", pgcoro::oid{16500}}, {"f", oids::int8},
                                {"g", oids::int2}, {"h", oids::text}}),
              row_builder{}
                  .binary(true)
                  .binary(1e20)
                  .binary(1e-05F)
                  .binary(std::vector<std::byte>{std::byte{0xab}})
                  .text("2024-02-29")
                  .binary(std::int64_t{-5})
                  .binary(std::int16_t{7})
                  .null()
                  .body())) == "t 1e+20 1e-05 \\xab 2024-02-29 -5 7 NULL");
    CHECK(printed(record_of(describe({}), row_builder{}.body())) == "");
    CHECK(printed(pgcoro::record{}) == "");
}

TEST_CASE("a record asks for arrays in binary and prints them as the server would")
{
    using strings = std::vector<std::optional<std::string>>;
    bytes texts; // no codec of ours writes a text[] in binary
    for (std::int32_t const word : {1, 1, 25, 8, 1})
        for (std::byte const each : [word] {
                 bytes out(4);
                 pgcoro::store_big(out.data(), word);
                 return out;
             }())
            texts.push_back(each);
    for (std::string_view const each : {"a", "b c", "", "null", "q\"", "\\", "{", ","}) {
        bytes length(4);
        pgcoro::store_big(length.data(), static_cast<std::int32_t>(each.size()));
        texts.insert(texts.end(), length.begin(), length.end());
        for (char const c : each)
            texts.push_back(static_cast<std::byte>(c));
    }
    std::string const raw{reinterpret_cast<char const*>(texts.data()), texts.size()};
    auto const row = record_of(
        describe({{"a", oids::int4_array}, {"b", oids::int4_array}, {"c", oids::text_array},
            {"d", oids::bytea_array}, {"e", oids::int8_array}, {"f", oids::float8_array}}),
        row_builder{}
            .binary(std::vector<std::optional<int>>{1, std::nullopt, -3})
            .binary(pgcoro::array<int>{{{2, 0}, {1, 1}}, {1, 2}})
            .text(raw)
            .binary(std::vector<std::vector<std::byte>>{{std::byte{1}}, {}})
            .binary(std::vector<std::int64_t>{})
            .text("short")
            .body());
    CHECK(printed(row[0]) == "{1,NULL,-3}");
    CHECK(printed(row[1]) == "[0:1][1:1]={{1},{2}}");
    CHECK(printed(row[2]) == R"({a,"b c","","null","q\"","\\","{",","})");
    CHECK(printed(row[3]) == R"({"\\x01","\\x"})");
    CHECK(printed(row[4]) == "{}");
    CHECK(printed(row[5]) == "\\x73686f7274"); // malformed: what it is, in hex
    CHECK(row.get<std::vector<std::optional<int>>>("a").size() == 3);
    CHECK(row.get<strings>("c").at(4) == "q\"");
    CHECK(row.get<std::vector<std::string_view>>("c").at(1) == "b c");
    CHECK(row[0].column().format == pgcoro::format::binary);
}

TEST_CASE("a record's values are found by index and by name")
{
    auto const row = tomas();
    CHECK(row.size() == 3);
    CHECK(row[0].as<int>() == 1);
    CHECK(row[2].name() == "last_name");
    CHECK(row[2U].name() == "last_name");
    CHECK(row[std::size_t{2}].name() == "last_name");
    CHECK(row["first_name"].as<std::string>() == "Tomas");
    CHECK(row[std::string{"first_name"}].as<std::string_view>() == "Tomas");
    CHECK(row.get<std::int64_t>("user_id") == 1);
    CHECK(row.at("first_name").as<std::string>() == "Tomas");
    CHECK(row.at(0).as<int>() == 1);
    CHECK(row.get<std::string>(1) == "Tomas");
    CHECK(row.contains("last_name"));
    CHECK_FALSE(row.contains("Last_name"));
    CHECK(row[0].bytes().size() == 4);
    CHECK(row[0].column().type == oids::int4);
    CHECK_FALSE(row[0].is_null());

    std::string names;
    for (auto const value : row)
        names += std::string{value.name()} + ' ';
    CHECK(names == "user_id first_name last_name ");
}

TEST_CASE("a record's values are found in any order, also by copies and by threads at once")
{
    constexpr std::int32_t count = 20;
    pgcoro::row_description columns;
    row_builder values;
    for (std::int32_t i = 0; i < count; ++i) {
        std::string const name = "c" + std::to_string(i);
        columns.columns.push_back(
            describe({{name.c_str(), i % 3 == 2 ? oids::text : oids::int4}}).columns[0]);
        if (i % 3 == 0)
            values.binary(i);
        else if (i % 3 == 1)
            values.null();
        else
            values.text(std::string(static_cast<std::size_t>(i), 'x'));
    }
    auto const row = record_of(std::move(columns), values.body());
    auto const wrong = [](pgcoro::record const& from, std::int32_t i) {
        auto const value = from[i];
        return value.name() != "c" + std::to_string(i) || value.is_null() != (i % 3 == 1) ||
               (i % 3 == 0 && value.as<int>() != i) ||
               (i % 3 == 2 && value.as<std::string_view>().size() != static_cast<std::size_t>(i));
    };
    auto const wrong_ones = [&] {
        int found = 0;
        for (std::int32_t step : {1, 7, 19, 3, 13}) {
            std::int32_t i = 0;
            do {
                pgcoro::record const copy = row;
                found += wrong(row, i) ? 1 : 0;
                found += wrong(copy, (i + 5) % count) ? 1 : 0;
                i = (i + step) % count;
            } while (i != 0);
        }
        return found;
    };
    CHECK(wrong_ones() == 0);

    std::atomic<int> found = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            for (int turn = 0; turn < 100; ++turn)
                found += wrong_ones();
        });
    for (auto& each : threads)
        each.join();
    CHECK(found == 0);
}

TEST_CASE("a record as JSON")
{
    double const nan = std::numeric_limits<double>::quiet_NaN();
    auto const row = record_of(
        describe({{"i", oids::int4}, {"b", oids::bool_}, {"f", oids::float8}, {"n", oids::float8},
            {"t", oids::text}, {"\"k\"", oids::int4}, {"j", oids::json}, {"a", oids::int4_array},
            {"m", oids::int4_array}, {"e", oids::int4_array}, {"d", pgcoro::oid{1041}},
            {"u", pgcoro::oid{16500}}, {"bad", oids::int4_array}}),
        row_builder{}
            .binary(-1)
            .binary(true)
            .binary(2.5)
            .binary(nan)
            .text("a\"b\\c\n\x01\xc3\xa9")
            .null()
            .text(R"({"x": [1]})")
            .binary(std::vector<std::optional<int>>{1, std::nullopt})
            .binary(pgcoro::array<int>{{{2, 0}, {1, 1}}, {1, 2}})
            .binary(std::vector<int>{})
            .text("{10.0.0.1,NULL}")
            .text("{x}")
            .text("?")
            .body());
    CHECK(pgcoro::to_json(row) ==
          R"({"i":-1,"b":true,"f":2.5,"n":"NaN","t":"a\"b\\c\u000a\u0001é","\"k\"":null,)"
          R"("j":{"x": [1]},"a":[1,null],"m":[[1],[2]],"e":[],"d":["10.0.0.1",null],)"
          R"("u":"{x}","bad":"\\x3f"})");
    CHECK(pgcoro::to_json(pgcoro::record{}) == "{}");
    CHECK(tomas().keys() == std::vector<std::string_view>{"user_id", "first_name", "last_name"});
    CHECK(pgcoro::record{}.keys().empty());
}

TEST_CASE("what a record doesn't have is an error that says what it has")
{
    auto const row = tomas();
    CHECK_THROWS_WITH(row["email"],
        "the row has no column \"email\"; its columns are user_id, first_name, last_name");
    CHECK_THROWS_WITH(row[3], "the row has 3 columns, none at index 3");
    CHECK_THROWS_WITH(row[-1], Catch::Matchers::StartsWith("the row has 3 columns, none at"));
    CHECK_THROWS_AS(row[3], pgcoro::error);
    CHECK_THROWS_AS(pgcoro::record{}[0], pgcoro::error);
    CHECK_THROWS_AS(pgcoro::record{}["a"], pgcoro::error);
    CHECK_THROWS_WITH(row[0].as<std::int16_t>(),
        Catch::Matchers::StartsWith("column \"user_id\" is int4, the type asked for is short") &&
            Catch::Matchers::EndsWith(" (would narrow)"));
    CHECK_THROWS_AS(row[1].as<int>(), pgcoro::decode_error);
}

TEST_CASE("NULL in a record")
{
    auto const row = record_of(describe({{"n", oids::int4}}), row_builder{}.null().body());
    CHECK(row["n"].is_null());
    CHECK(row["n"].bytes().empty());
    CHECK(row["n"].as<std::optional<int>>() == std::nullopt);
    CHECK_THROWS_WITH(row["n"].as<int>(),
        "column \"n\" (int4): NULL, but the type asked for is int; use std::optional<int>");
}

TEST_CASE("a whole record becomes a tuple or an aggregate")
{
    auto const row = tomas();
    auto const typed = row.as<user>();
    CHECK(typed.user_id == 1);
    CHECK(typed.last_name == "Svojanovsky");
    CHECK(row.as<std::tuple<std::int64_t, std::string_view, std::string>>() ==
          std::tuple<std::int64_t, std::string_view, std::string>{1, "Tomas", "Svojanovsky"});
    CHECK_THROWS_AS((row.as<std::pair<int, int>>()), pgcoro::row_mismatch);
    auto const null = record_of(describe({{"n", oids::int4}}), row_builder{}.null().body());
    CHECK_THROWS_AS(null.as<int>(), pgcoro::decode_error);
}

TEST_CASE("a record keeps its bytes, and is cheap to copy")
{
    std::string_view name;
    pgcoro::record kept;
    {
        auto const row = tomas();
        kept = row;
        name = row[1].as<std::string_view>();
    }
    CHECK(name == "Tomas");
    CHECK(kept[1].as<std::string>() == "Tomas");
    pgcoro::record const moved = std::move(kept);
    CHECK(moved.size() == 3);
    CHECK(kept.empty());
}

TEST_CASE("records ask for binary only what they can print")
{
    pgcoro::byte_writer to;
    pgcoro::row_plan<pgcoro::record>::result_formats(
        describe({{"a", oids::int4}, {"b", oids::tsvector}, {"c", pgcoro::oid{99999}}}), to);
    CHECK(to.size() == 8);
    CHECK(pgcoro::load_big<std::int16_t>(to.data() + 2) == 1);
    CHECK(pgcoro::load_big<std::int16_t>(to.data() + 4) == 0);
    CHECK(pgcoro::load_big<std::int16_t>(to.data() + 6) == 0);
}

TEST_CASE("a record is made of whole rows only")
{
    pgcoro::row_plan<pgcoro::record> plan;
    std::string error;
    REQUIRE(pgcoro::row_plan<pgcoro::record>::make(
        describe({{"a", oids::text}, {"b", oids::text}}), plan, error));
    bytes const good = row_builder{}.text("abc").null().body();
    CHECK(plan.check(good.data(), good.size()));
    for (std::size_t size = 0; size < good.size(); ++size) {
        auto const cut = std::make_unique<std::byte[]>(size);
        for (std::size_t i = 0; i < size; ++i)
            cut[i] = good[i];
        CHECK_FALSE(plan.check(cut.get(), size));
    }
    for (std::int32_t const length :
        {std::numeric_limits<std::int32_t>::min(), -2, 2, 4, 0x7fffffff}) {
        bytes changed = good;
        pgcoro::store_big(changed.data() + 2, length);
        CHECK_FALSE(plan.check(changed.data(), changed.size()));
    }
    CHECK_FALSE(plan.explain(good.data(), good.size()).empty());
}
