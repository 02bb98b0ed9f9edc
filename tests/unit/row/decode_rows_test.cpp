#include "rows.hpp"

#include "catch.hpp"

#include "pgcoro/row/decode_rows.hpp"

#include <cstdlib>
#include <thread>

using namespace testing_rows;
namespace oids = pgcoro::oids;

namespace {

struct item
{
    std::int32_t id;
    std::string name;
};

bytes items(std::int32_t count)
{
    bytes run;
    for (std::int32_t i = 0; i < count; ++i)
        row_builder{}.binary(i).text("item " + std::to_string(i)).append_message(run);
    return run;
}

} // namespace

TEST_CASE("a run of messages becomes rows, behind those that are there")
{
    for (bool const exact : {true, false}) {
        auto description = describe({{"id", oids::int4}, {"name", oids::text}});
        if (exact)
            pgcoro::row_plan<item>::choose_formats(description);
        else
            description.columns[0].format = pgcoro::format::binary;
        description.columns[1].type = exact ? oids::text : oids::varchar;
        pgcoro::row_plan<item> plan;
        std::string error;
        REQUIRE(pgcoro::row_plan<item>::make(description, plan, error));

        pgcoro::row_array<item> rows;
        for (std::int32_t const count : {0, 1, 3, 100}) {
            bytes const run = items(count);
            std::size_t const before = rows.size();
            CHECK(pgcoro::decode_rows(plan, run.data(), run.data() + run.size(),
                      static_cast<std::size_t>(count), rows) == nullptr);
            REQUIRE(rows.size() == before + static_cast<std::size_t>(count));
            for (std::int32_t i = 0; i < count; ++i) {
                CHECK(rows[before + static_cast<std::size_t>(i)].id == i);
                CHECK(
                    rows[before + static_cast<std::size_t>(i)].name == "item " + std::to_string(i));
            }
        }
    }
}

TEST_CASE("the row that can't be decoded is pointed out, and those before it are kept")
{
    bytes run = items(2);
    std::size_t const third = run.size();
    row_builder{}.null().text("nothing").append_message(run);
    row_builder{}.binary(std::int32_t{3}).text("more").append_message(run);
    auto const plan = plan_for<item>(describe({{"id", oids::int4}, {"name", oids::text}}));
    pgcoro::row_array<item> rows;
    auto const* const failed =
        pgcoro::decode_rows(plan, run.data(), run.data() + run.size(), 4, rows);
    REQUIRE(failed == run.data() + third);
    CHECK(rows.size() == 2);
    auto const length = static_cast<std::size_t>(pgcoro::load_big<std::int32_t>(failed + 1)) - 4;
    CHECK(plan.explain(failed + 5, length) ==
          "column \"id\" (int4): NULL, but member item::id is int; use std::optional<int>");
}

TEST_CASE("rows of bool, which a vector would keep as bits")
{
    bytes run;
    for (bool const each : {true, false, true})
        row_builder{}.binary(each).append_message(run);
    auto const plan = plan_for<bool>(describe({{"b", oids::bool_}}));
    pgcoro::row_array<bool> rows;
    CHECK(pgcoro::decode_rows(plan, run.data(), run.data() + run.size(), 3, rows) == nullptr);
    CHECK(rows == std::vector<bool>{true, false, true});
}

TEST_CASE("rows grow geometrically, however small the runs")
{
    auto const plan = plan_for<std::int32_t>(describe({{"n", oids::int4}}));
    bytes run;
    row_builder{}.binary(std::int32_t{1}).append_message(run);
    pgcoro::row_array<std::int32_t> rows;
    int moves = 0;
    auto const* before = rows.data();
    for (int i = 0; i < 10000; ++i) {
        REQUIRE(pgcoro::decode_rows(plan, run.data(), run.data() + run.size(), 1, rows) == nullptr);
        moves += rows.data() != before ? 1 : 0;
        before = rows.data();
    }
    CHECK(rows.size() == 10000);
    CHECK(moves < 30);
}

namespace {

using many_items = pgcoro::row_array<item>;

/// `count` rows where `expected` had been expected.
[[nodiscard]] many_items make_items(std::size_t count, std::size_t expected)
{
    many_items rows;
    std::size_t* made = nullptr;
    auto* const raw = static_cast<item*>(rows.make_room(count, made, expected));
    for (std::size_t i = 0; i < count; ++i, ++*made)
        ::new (static_cast<void*>(raw + i)) item{static_cast<int>(i), std::string(40, 'x')};
    rows.settle();
    return rows;
}

} // namespace

TEST_CASE("a large array that a thread is through with is its next one")
{
    if (!pgcoro::keeps_spare_arrays)
        return;
    item const* first = nullptr;
    {
        many_items const rows = make_items(10'000, 0);
        first = rows.data();
    }
    SECTION("and nobody else's")
    {
        void* const other = std::malloc(10'000 * sizeof(item));
        CHECK(other != first);
        std::free(other);
    }
    SECTION("if as many rows come")
    {
        many_items const rows = make_items(10'000, 0);
        CHECK(rows.data() == first);
        many_items const others = make_items(10'000, 0);
        CHECK(others.data() != first);
    }
    SECTION("if as many are expected, and a first few come")
    {
        many_items rows;
        std::size_t* made = nullptr;
        CHECK(rows.make_room(1, made, 10'000) == first);
    }
    SECTION("but not if far fewer are expected, or more come")
    {
        CHECK(make_items(1'000, 0).data() != first);
        CHECK(make_items(10'001, 0).data() != first);
    }
    SECTION("and if far fewer come than were expected it is given back")
    {
        many_items const rows = make_items(10, 10'000);
        REQUIRE(rows.size() == 10);
        CHECK(rows.data() != first);
        CHECK(rows[9].id == 9);
        CHECK(rows[9].name == std::string(40, 'x'));
        CHECK(make_items(10'000, 0).data() == first);
    }
    SECTION("but who makes none keeps none")
    {
        bool kept = true;
        std::thread{[&kept, dropped = make_items(10'000, 0)]() mutable {
            dropped = many_items{};
            kept = pgcoro::this_threads_spare_array.memory != nullptr;
        }}.join();
        CHECK_FALSE(kept);
    }
    SECTION("and another thread's is not")
    {
        std::thread{[&] { CHECK(make_items(10'000, 0).data() != first); }}.join();
    }
    SECTION("and the last one frees it, though rows outlive what the thread keeps")
    {
        std::thread{[] {
            static thread_local many_items last;
            {
                many_items const rows = make_items(10'000, 0);
            }
            last = make_items(10'000, 0);
            {
                many_items const rows = make_items(10'000, 0);
            }
        }}.join();
    }
}

TEST_CASE("an array that is too large is not kept")
{
    constexpr std::size_t count = pgcoro::spare_array::most / sizeof(item) + 1;
    {
        many_items const rows = make_items(count, 0);
    }
    std::size_t size = 0;
    void* const spare = pgcoro::take_spare_array(1, count * sizeof(item), size);
    std::free(spare);
    CHECK(size <= pgcoro::spare_array::most);
}
