// The main function of all test programs, compiled once. Beside what Catch2 prints, it writes one
// line per test case into the file that PGCORO_TALLY names, from which tools/test adds up: also
// for a program that crashes, and with skipped cases told from passed ones.

#if __has_include(<catch2/catch_test_macros.hpp>)
    #include <catch2/catch_session.hpp>
    #include <catch2/catch_test_case_info.hpp>
    #include <catch2/interfaces/catch_interfaces_capture.hpp>
    #include <catch2/reporters/catch_reporter_event_listener.hpp>
    #include <catch2/reporters/catch_reporter_registrars.hpp>

using listener_base = Catch::EventListenerBase;
#else
    #define CATCH_CONFIG_RUNNER
    #include <catch2/catch.hpp>

using listener_base = Catch::TestEventListenerBase;
#endif

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "catch.hpp"

namespace {

std::atomic<bool> skipped = false;

void write_tally(char const* status, std::string const& name)
{
    char const* const file = std::getenv("PGCORO_TALLY");
    char const* const program = std::getenv("PGCORO_PROGRAM");
    if (file == nullptr)
        return;
    std::string const line =
        std::string{program == nullptr ? "?" : program} + '\t' + status + '\t' + name + '\n';
    std::ofstream{file, std::ios::app} << line; // in one piece: others write there too
}

// Catch2 2 hands over the object, Catch2 3 a pointer.
std::string name_of(Catch::TestCaseInfo const& info)
{
    return info.name;
}
[[maybe_unused]] std::string name_of(Catch::TestCaseInfo const* info)
{
    return info->name;
}

class tally_listener : public listener_base
{
public:
    using listener_base::listener_base;

    void testCaseStarting(Catch::TestCaseInfo const& info) override
    {
        skipped = false;
        write_tally("started", name_of(info));
    }

    void testCaseEnded(Catch::TestCaseStats const& stats) override
    {
        auto const& cases = stats.totals.testCases;
        bool const failed = cases.failed != 0;
        bool const nothing_ran = cases.passed + cases.failedButOk == 0; // SKIP() of Catch2 3.3
        char const* const status = failed                   ? "failed"
                                   : skipped || nothing_ran ? "skipped"
                                                            : "passed";
        write_tally(status, name_of(stats.testInfo));
    }
};

CATCH_REGISTER_LISTENER(tally_listener)

} // namespace

void skip(std::string const& reason)
{
    skipped = true;
    std::cout << "SKIPPED: " << Catch::getResultCapture().getCurrentTestName() << ": " << reason
              << std::endl;
}

int main(int argc, char* argv[])
{
    return Catch::Session().run(argc, argv);
}
