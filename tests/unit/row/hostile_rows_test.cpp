#include "rows.hpp"

#include "catch.hpp"

#include <random>

// Rows come from a server that may be broken or evil: whatever the counts and lengths in them say,
// nothing outside of the body is read, and what is no whole row is refused.

using namespace testing_rows;
namespace oids = pgcoro::oids;

namespace {

struct fixed
{
    std::int32_t a;
    std::int64_t b;
    double c;
    bool d;
};

struct mixed
{
    std::int32_t a;
    std::string b;
    std::optional<std::int64_t> c;
    std::vector<int> d;
    std::string_view e;
    std::optional<std::vector<std::byte>> f;
};

pgcoro::row_description fixed_columns()
{
    return describe(
        {{"a", oids::int4}, {"b", oids::int8}, {"c", oids::float8}, {"d", oids::bool_}});
}

pgcoro::row_description mixed_columns()
{
    return describe({{"a", oids::int4}, {"b", oids::text}, {"c", oids::int8},
        {"d", oids::int4_array}, {"e", oids::text}, {"f", oids::bytea}});
}

bytes fixed_row()
{
    return row_builder{}
        .binary(std::int32_t{1})
        .binary(std::int64_t{2})
        .binary(3.0)
        .binary(true)
        .body();
}

bytes mixed_row()
{
    return row_builder{}
        .binary(std::int32_t{1})
        .text("two")
        .binary(std::int64_t{3})
        .binary(std::vector<int>{4, 5})
        .text("")
        .null()
        .body();
}

/// The same columns by the way that takes them one by one.
template <class T>
pgcoro::row_plan<T> stepwise(pgcoro::row_description description)
{
    pgcoro::row_plan<T>::choose_formats(description);
    pgcoro::column_description unused;
    unused.name = "unused";
    unused.type = oids::text;
    description.columns.push_back(unused);
    pgcoro::row_plan<T> plan;
    std::string error;
    REQUIRE(pgcoro::row_plan<T>::make(description, plan, error));
    REQUIRE_FALSE(plan.exact());
    return plan;
}

bytes with_unused(bytes body)
{
    body[1] = static_cast<std::byte>(std::to_integer<int>(body[1]) + 1);
    body.insert(body.end(), 4, std::byte{0xff}); // NULL
    return body;
}

template <class T>
void attack(pgcoro::row_plan<T> const& plan, bytes const& good)
{
    T row{};
    REQUIRE(decode(plan, good, row));

    for (std::size_t size = 0; size < good.size(); ++size) {
        T cut{};
        CHECK_FALSE(
            decode(plan, {good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}, cut));
    }
    bytes longer = good;
    longer.push_back(std::byte{});
    T more{};
    CHECK_FALSE(decode(plan, longer, more));

    for (std::uint16_t count = 0; count < 12; ++count) {
        bytes changed = good;
        pgcoro::store_big(changed.data(), count);
        T any{};
        CHECK(decode(plan, changed, any) == (changed == good));
    }

    // each length word, and whatever else four bytes may be, with the worst of lengths
    for (std::size_t at = 2; at + 4 <= good.size(); ++at)
        for (std::int32_t const length : {-2, -1, 0, 1, 3, 4, 5, 7, 8, 9, 16, 255, 65536,
                 0x7fffffff, 0x7ffffffb, static_cast<std::int32_t>(0x80000000)}) {
            bytes changed = good;
            pgcoro::store_big(changed.data() + at, length);
            T any{};
            (void)decode(plan, changed, any);
        }

    std::mt19937 random{12345};
    for (int round = 0; round < 5000; ++round) {
        bytes changed = good;
        for (auto flips = random() % 4; flips-- != 0;)
            changed[random() % changed.size()] = static_cast<std::byte>(random());
        if (random() % 2 == 0)
            changed.resize(random() % (2 * good.size()));
        T any{};
        (void)decode(plan, changed, any);
    }
}

} // namespace

TEST_CASE("hostile rows of fixed size")
{
    attack(plan_for<fixed>(fixed_columns()), fixed_row());
    attack(stepwise<fixed>(fixed_columns()), with_unused(fixed_row()));
}

TEST_CASE("hostile rows of many types")
{
    attack(plan_for<mixed>(mixed_columns()), mixed_row());
    attack(stepwise<mixed>(mixed_columns()), with_unused(mixed_row()));
}

TEST_CASE("hostile rows of one column")
{
    attack(plan_for<std::int32_t>(describe({{"a", oids::int4}})),
        row_builder{}.binary(std::int32_t{1}).body());
    attack(plan_for<std::optional<bool>>(describe({{"a", oids::bool_}})),
        row_builder{}.binary(true).body());
    attack(plan_for<std::string>(describe({{"a", oids::text}})), row_builder{}.text("abc").body());
}

TEST_CASE("a value of any other length is refused")
{
    auto const plan = plan_for<std::int64_t>(describe({{"a", oids::int8}}));
    auto const nullable = plan_for<std::optional<std::int64_t>>(describe({{"a", oids::int8}}));
    for (std::size_t size = 0; size <= 16; ++size) {
        std::int64_t value{};
        std::optional<std::int64_t> maybe;
        bytes const body = row_builder{}.text(std::string(size, '\0')).body();
        CHECK(decode(plan, body, value) == (size == 8));
        CHECK(decode(nullable, body, maybe) == (size == 8));
    }
}
