#pragma once

#include "arguments.hpp"
#include "latencies.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>

#include <sys/resource.h>

namespace bench {

using steady = std::chrono::steady_clock;

/// What one run of the case gave. The floor, which skips what is in the rows, has no checksum.
struct checked
{
    std::uint64_t count = 0;
    std::optional<std::int64_t> checksum;
};

/// What a phase of runs has counted.
struct tally
{
    std::uint64_t queries = 0;
    std::uint64_t rows = 0;
    latencies waits;
};

/// The processor time of this process so far, in seconds.
struct processor_time
{
    double user = 0;
    double system = 0;

    [[nodiscard]] static processor_time now() noexcept
    {
        auto const seconds = [](timeval const& value) {
            return static_cast<double>(value.tv_sec) + static_cast<double>(value.tv_usec) * 1e-6;
        };
        rusage used{};
        ::getrusage(RUSAGE_SELF, &used);
        return {seconds(used.ru_utime), seconds(used.ru_stime)};
    }
};

/// Prints the JSON line of a case that the contender doesn't run.
inline int print_skip(arguments const& how, char const* reason)
{
    std::printf("{\"case\": \"%c\", \"connections\": %zu, \"skip\": \"%s\"}\n",
        static_cast<char>(how.which), how.connections, reason);
    return 0;
}

/// Measures `phase(deadline, tally)`, which keeps its connections busy until the deadline and
/// returns when all that was started is through; prints the JSON line.
template <class Phase>
int measure(arguments const& how, checked const& check, Phase&& phase)
{
    auto const span = [](double seconds) {
        return std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>{seconds});
    };
    tally counted;
    processor_time spent;
    double elapsed = 0;
    if (how.seconds > 0) {
        tally ignored;
        phase(steady::now() + span(how.seconds * 0.15), ignored);
        auto const before = processor_time::now();
        auto const begin = steady::now();
        phase(begin + span(how.seconds), counted);
        elapsed = std::chrono::duration<double>(steady::now() - begin).count();
        auto const after = processor_time::now();
        spent = {after.user - before.user, after.system - before.system};
    }
    std::string const sum = check.checksum ? std::to_string(*check.checksum) : "null";
    std::printf("{\"case\": \"%c\", \"connections\": %zu, \"queries\": %llu, \"rows\": %llu, "
                "\"elapsed\": %.6f, \"user\": %.6f, \"system\": %.6f, \"p50\": %.2f, "
                "\"p99\": %.2f, \"count\": %llu, \"checksum\": %s}\n",
        static_cast<char>(how.which), how.connections,
        static_cast<unsigned long long>(counted.queries),
        static_cast<unsigned long long>(counted.rows), elapsed, spent.user, spent.system,
        counted.waits.microseconds(0.50), counted.waits.microseconds(0.99),
        static_cast<unsigned long long>(check.count), sum.c_str());
    return 0;
}

/// A contender's main().
template <class Run>
int report(int argc, char** argv, Run&& run)
{
    try {
        return run(parse_arguments(argc, argv));
    } catch (std::exception const& error) {
        std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
        return 1;
    }
}

} // namespace bench
