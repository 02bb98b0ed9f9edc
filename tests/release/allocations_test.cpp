#include "../integration/run.hpp"
#include "counted_allocations.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <tuple>

namespace {

/// Allocations per call of `body`, once it has run often enough that everything is warm.
template <class Body>
awaitable<double> allocations_per_call(Body body)
{
    for (int i = 0; i < 100; ++i)
        co_await body();
    std::uint64_t const before = counted_allocations();
    for (int i = 0; i < 1000; ++i)
        co_await body();
    co_return static_cast<double>(counted_allocations() - before) / 1000;
}

// What glibc keeps a list of for each thread. For more malloc looks through all that is free, and a
// call is made for each query.
constexpr std::size_t large_for_malloc = 1032;

struct row_of_views
{
    std::int64_t id;
    std::string_view name, email;
    double score;
};
struct row_that_owns
{
    std::int64_t id;
    std::string name, email;
    double score;
};
using connection_driver = pg::driver<pg::connection::executor_type, pg::single_threaded>;
static_assert(sizeof(pg::fetch_call<row_of_views, connection_driver>) <= large_for_malloc);
static_assert(sizeof(pg::fetch_call<pg::record, connection_driver>) <= large_for_malloc);
static_assert(sizeof(pg::fetch_row_call<row_that_owns, connection_driver>) <= large_for_malloc);
static_assert(sizeof(pg::execute_call<connection_driver>) <= large_for_malloc);

} // namespace

TEST_CASE("the counter counts")
{
    auto const before = counted_allocations();
    void* const volatile ours = ::operator new(1); // volatile: else the compiler drops it
    ::operator delete(ours);
    void* const volatile aligned = std::aligned_alloc(64, 64);
    std::free(aligned);
    CHECK(counted_allocations() == before + 2);
}

TEST_CASE("fetch_value and execute allocate at most twice a call")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const value = co_await allocations_per_call(
            [&]() { return conn.fetch_value<int>("SELECT 1 + $1", 1); });
        auto const execute =
            co_await allocations_per_call([&]() { return conn.execute("SELECT 1 + $1", 1); });
        auto const simple =
            co_await allocations_per_call([&]() { return conn.execute("SELECT 1"); });
        INFO(
            "fetch_value " << value << ", execute " << execute << ", without arguments " << simple);
        CHECK(value <= 2);
        CHECK(execute <= 2);
        CHECK(simple <= 2);
    });
}

TEST_CASE("a coroutine of the caller's own costs no further allocation")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const ask = [&]() -> awaitable<void> {
            co_await conn.fetch_value<int>("SELECT 1 + $1", 1);
        };
        auto const cost = co_await allocations_per_call(ask);
        INFO("fetch_value " << cost);
        CHECK(cost <= 1); // Asio keeps the memory of two frames
    });
}

TEST_CASE("a pool's verbs allocate once more")
{
    run([]() -> awaitable<void> {
        pg::pool pool{
            co_await asio::this_coro::executor, shared_options(), {.min_size = 1, .max_size = 1}};
        auto const value = co_await allocations_per_call(
            [&]() { return pool.fetch_value<int>("SELECT 1 + $1", 1); });
        INFO("fetch_value " << value);
        CHECK(value <= 3);
        co_await pool.close();
    });
}

TEST_CASE("rows without owning members cost no allocation each")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const sql = "SELECT g, g::int8, g::float8, repeat('x', 10) "
                         "FROM generate_series(1, $1) g";
        using row = std::tuple<int, std::int64_t, double, std::string_view>;
        auto const few = co_await allocations_per_call([&]() { return conn.fetch<row>(sql, 10); });
        auto const many =
            co_await allocations_per_call([&]() { return conn.fetch<row>(sql, 100); });
        INFO("ten rows " << few << ", a hundred rows " << many);
        CHECK(few <= 6);
        CHECK(many - few < 2);
    });
}
