#include "../integration/run.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// How far the process's memory has grown, at its most.
class memory_growth
{
public:
    memory_growth()
    {
        std::ofstream{"/proc/self/clear_refs"} << 5; // the most so far is forgotten
        before_ = value_of("VmRSS:");
    }
    [[nodiscard]] std::size_t megabytes() const { return (value_of("VmHWM:") - before_) / 1024; }

private:
    static std::size_t value_of(std::string_view name)
    {
        std::ifstream status{"/proc/self/status"};
        for (std::string word; status >> word;) {
            std::size_t kilobytes = 0;
            if (word == name && status >> kilobytes)
                return kilobytes;
        }
        throw std::runtime_error{"/proc/self/status has no " + std::string{name}};
    }

    std::size_t before_ = 0;
};

constexpr std::size_t most = 64;

/// The numbers from 0, none of them kept.
class numbers
{
public:
    explicit numbers(int count) : count_{count} {}

    struct iterator
    {
        int at;
        int operator*() const { return at; }
        iterator& operator++()
        {
            ++at;
            return *this;
        }
        friend bool operator==(iterator, iterator) = default;
    };
    [[nodiscard]] iterator begin() const { return {0}; }
    [[nodiscard]] iterator end() const { return {count_}; }

private:
    int count_;
};

} // namespace

TEST_CASE("the measure of memory measures")
{
    memory_growth const grown;
    CHECK(grown.megabytes() < 8);
    {
        std::vector<char> const much(std::size_t{32} << 20, 'x');
        CHECK(much[12345] == 'x');
    }
    CHECK(grown.megabytes() >= 30);
    CHECK(grown.megabytes() < 48);
}

TEST_CASE("two gigabytes are streamed in constant memory")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        memory_growth const grown;
        std::size_t bytes = 0;
        auto rows = co_await conn.stream<std::string_view>(
            "SELECT repeat('x', 1000000) FROM generate_series(1, 2148)");
        while (auto const batch = co_await rows.next())
            for (std::string_view const row : *batch)
                bytes += row.size();
        INFO(grown.megabytes() << " MB");
        CHECK(bytes == 2'148'000'000);
        CHECK(grown.megabytes() < most);
    });
}

TEST_CASE("ten million rows are copied in and out in constant memory")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        constexpr int count = 10'000'000;
        co_await conn.execute("CREATE TEMP TABLE t (n int)");
        memory_growth const grown;
        // What the server would write to its disk is no part of this.
        check_equal(
            co_await conn.copy_in("t", numbers{count}, pg::copy_options{}.where("n % 1000000 = 7")),
            10);
        INFO(grown.megabytes() << " MB");
        CHECK(grown.megabytes() < most);
        std::int64_t rows = 0;
        std::int64_t sum = 0;
        pg::copy_query const query{"SELECT generate_series(1, $1)", count};
        auto copied = co_await conn.copy_out<int>(query);
        while (auto const batch = co_await copied.next())
            for (int const each : *batch) {
                ++rows;
                sum += each;
            }
        CHECK(rows == count);
        CHECK(sum == std::int64_t{count} * (count + 1) / 2);
        INFO(grown.megabytes() << " MB");
        CHECK(grown.megabytes() < most);
    });
}

TEST_CASE("a statement is run for each of a million elements in constant memory")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        memory_growth const grown;
        check_equal(
            co_await conn.execute_many("SELECT WHERE $1 % 250000 = 7", numbers{1'000'000}), 4);
        INFO(grown.megabytes() << " MB");
        CHECK(grown.megabytes() < most);
    });
}

TEST_CASE("a parameter of nearly a gibibyte is sent in constant memory")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        constexpr std::size_t size = (std::size_t{1} << 30) - 64; // a message may have no more
        memory_growth const grown;
        std::size_t left = size;
        auto const piece =
            [&left, block = std::string(100'000, 'x')]() -> std::optional<std::string_view> {
            std::string_view const some = std::string_view{block}.substr(0, left);
            left -= some.size();
            return some.empty() ? std::nullopt : std::optional{some};
        };
        check_equal(
            co_await conn.fetch_value<int>("SELECT length($1::bytea)", pg::chunks(size, piece)),
            size);
        INFO(grown.megabytes() << " MB");
        CHECK(grown.megabytes() < most);
    });
}
