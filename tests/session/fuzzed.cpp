#include "fuzz/session_input.hpp"

#include "catch.hpp"

#include <random>

namespace {

std::string run(std::vector<std::uint8_t> const& bytes)
{
    try {
        fuzz::session(bytes);
    } catch (std::exception const& thrown) {
        return thrown.what();
    }
    return {};
}

} // namespace

TEST_CASE("the fuzzer's function holds for random inputs")
{
    int failures = 0;
    for (std::uint64_t seed = 1; seed <= 8'000 && failures < 5; ++seed) {
        std::mt19937_64 numbers{seed};
        std::vector<std::uint8_t> bytes(numbers() % 200);
        for (auto& each : bytes)
            each = static_cast<std::uint8_t>(numbers());
        if (std::string const problem = run(bytes); !problem.empty()) {
            ++failures;
            UNSCOPED_INFO("seed " << seed << ": " << problem);
        }
    }
    CHECK(failures == 0);
}
