// What a slow statement costs those who share connections with it: 100 callers of a multiplexing
// pool repeat a small query, beside one that sleeps in the server for 200 ms again and again. What
// is printed: how many of the small queries each of those held up for more than 100 ms, the 99th
// percentile of their time and how many were done, both as multiples of what they are without a
// neighbour, in paired rounds: neighbours [ROUNDS]. PGHOST and the like say where the server
// is.

#include <pgcoro/pgcoro.hpp>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

namespace pg = pgcoro;
using asio::awaitable;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

constexpr auto length = 2000ms;

enum class neighbour
{
    none,
    same_text,  // which is remembered
    other_text, // each time
};

struct outcome
{
    double p99 = 0;
    double held_up = 0; // by each slow statement
    double count = 0;
};

template <class Pool>
awaitable<outcome> measure(neighbour who, std::chrono::milliseconds patience)
{
    Pool pool{co_await asio::this_coro::executor, pg::options::from_environment(),
        {.min_size = 3, .max_size = 3, .shared_patience = patience}};
    for (int i = 0; i < 100; ++i)
        co_await pool.execute("SELECT 1 + $1", i);
    std::vector<double> waits;
    double sleeps = 0;
    auto const end = clock_type::now() + length;
    auto quick = [&]() -> awaitable<void> {
        for (int i = 0; clock_type::now() < end; ++i) {
            auto const began = clock_type::now();
            co_await pool.template fetch_value<int>("SELECT 1 + $1", i);
            waits.push_back(
                std::chrono::duration<double, std::micro>(clock_type::now() - began).count());
        }
    };
    auto slow = [&]() -> awaitable<void> {
        asio::steady_timer pause{co_await asio::this_coro::executor};
        for (int i = 0; who != neighbour::none && clock_type::now() < end; ++i) {
            std::string sql = "SELECT FROM pg_sleep(0.2)";
            if (who == neighbour::other_text)
                sql += " -- " + std::to_string(i);
            co_await pool.execute(sql);
            ++sleeps;
            pause.expires_after(20ms);
            co_await pause.async_wait(asio::use_awaitable);
        }
    };
    std::vector<awaitable<void>> all;
    all.push_back(slow());
    for (int i = 0; i < 100; ++i)
        all.push_back(quick());
    co_await pg::gather(std::move(all));
    co_await pool.close();
    std::sort(waits.begin(), waits.end());
    auto const at = [&](double part) {
        return waits[static_cast<std::size_t>(part * static_cast<double>(waits.size() - 1))];
    };
    auto const long_ones = waits.end() - std::lower_bound(waits.begin(), waits.end(), 100'000.0);
    co_return outcome{at(0.99), sleeps == 0 ? 0 : static_cast<double>(long_ones) / sleeps,
        static_cast<double>(waits.size())};
}

double median(std::vector<double> all)
{
    std::sort(all.begin(), all.end());
    return all[all.size() / 2];
}

awaitable<void> run(int rounds)
{
    struct variant
    {
        char const* title;
        neighbour who;
        std::chrono::milliseconds patience;
    };
    static constexpr std::array<variant, 4> variants{{
        {"the same text each time", neighbour::same_text, 20ms},
        {"another text each time", neighbour::other_text, 20ms},
        {"another text, shared_patience 50 ms", neighbour::other_text, 50ms},
        {"without the rule", neighbour::same_text, 0ms},
    }};
    std::array<std::vector<double>, variants.size() + 1> p99;
    auto held_up = p99;
    auto count = p99;
    std::vector<double> alone;
    for (int round = 0; round < rounds; ++round) {
        outcome const base = co_await measure<pg::multiplexed_pool>(neighbour::none, 20ms);
        alone.push_back(base.p99);
        for (std::size_t i = 0; i < variants.size(); ++i) {
            outcome const with =
                co_await measure<pg::multiplexed_pool>(variants[i].who, variants[i].patience);
            p99[i].push_back(with.p99 / base.p99);
            held_up[i].push_back(with.held_up);
            count[i].push_back(with.count / base.count);
        }
        outcome const lent = co_await measure<pg::pool>(neighbour::same_text, 20ms);
        p99.back().push_back(lent.p99 / base.p99);
        held_up.back().push_back(lent.held_up);
        count.back().push_back(lent.count / base.count);
    }
    std::printf("| neighbour | held up | p99 | queries |\n| --- | --- | --- | --- |\n"
                "| none | 0 | 1 (%.0f µs) | 1 |\n",
        median(alone));
    for (std::size_t i = 0; i < p99.size(); ++i)
        std::printf("| %s | %.1f | %.2f | %.2f |\n",
            i < variants.size() ? variants[i].title : "a pool that does not multiplex",
            median(held_up[i]), median(p99[i]), median(count[i]));
}

} // namespace

int main(int argc, char* argv[])
{
    asio::io_context context{1};
    int status = 0;
    asio::co_spawn(context, run(argc > 1 ? std::atoi(argv[1]) : 9), [&](std::exception_ptr error) {
        try {
            if (error)
                std::rethrow_exception(error);
        } catch (std::exception const& what) {
            std::fprintf(stderr, "%s\n", what.what());
            status = 1;
        }
    });
    context.run();
    return status;
}
