#include "simulation.hpp"

#include "catch.hpp"

#include <cstdlib>
#include <exception>
#include <random>
#include <string>

namespace simulation_test {

namespace {

std::string run(std::uint64_t seed)
{
    std::mt19937_64 numbers{seed};
    try {
        return simulation{[&numbers](std::size_t below) {
            return static_cast<std::size_t>(numbers() % below);
        }}.run();
    } catch (std::exception const& thrown) {
        return std::string{"threw "} + thrown.what();
    }
}

} // namespace

TEST_CASE("random schedules: every reply finds its call, nothing is lost, all ends quiet")
{
    // PGCORO_SEED=n runs that one alone; PGCORO_SCHEDULES=n runs as many.
    if (char const* const seed = std::getenv("PGCORO_SEED")) {
        INFO("seed " << seed);
        CHECK(run(std::stoull(seed)) == "");
        return;
    }
    char const* const wanted = std::getenv("PGCORO_SCHEDULES");
    std::uint64_t const schedules = wanted == nullptr ? 10'000 : std::stoull(wanted);
    int failures = 0;
    for (std::uint64_t seed = 1; seed <= schedules && failures < 5; ++seed) {
        if (std::string const problem = run(seed); !problem.empty()) {
            ++failures;
            UNSCOPED_INFO("PGCORO_SEED=" << seed << ": " << problem);
        }
    }
    CHECK(failures == 0);
}

} // namespace simulation_test
