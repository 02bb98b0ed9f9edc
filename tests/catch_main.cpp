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

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "catch.hpp"

namespace {

std::string skip_reason; // of the running test case; empty: it was not skipped

void write_tally(char const* status, std::string const& name, std::string const& reason = {})
{
    char const* const file = std::getenv("PGCORO_TALLY");
    char const* const program = std::getenv("PGCORO_PROGRAM");
    if (file == nullptr)
        return;
    std::string const line = std::string{program == nullptr ? "?" : program} + '\t' + status +
                             '\t' + name + '\t' + reason + '\n';
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
        skip_reason.clear();
        write_tally("started", name_of(info));
    }

    void testCaseEnded(Catch::TestCaseStats const& stats) override
    {
        auto const& cases = stats.totals.testCases;
        bool const failed = cases.failed != 0;
        bool const nothing_ran = cases.passed + cases.failedButOk == 0; // SKIP() of Catch2 3.3
        char const* const status = failed                                ? "failed"
                                   : nothing_ran || !skip_reason.empty() ? "skipped"
                                                                         : "passed";
        write_tally(status, name_of(stats.testInfo), failed ? std::string{} : skip_reason);
    }
};

CATCH_REGISTER_LISTENER(tally_listener)

} // namespace

void skip(std::string const& reason)
{
    skip_reason = reason.empty() ? "no reason given" : reason;
    std::cout << "SKIPPED: " << Catch::getResultCapture().getCurrentTestName() << ": " << reason
              << std::endl;
}

extern char** environ;

namespace {

/// libpq's variables have a say in every connection string: not in those of the tests.
void forget_libpq_variables()
{
    std::vector<std::string> names;
    for (char** each = environ; *each != nullptr; ++each)
        if (std::string const text = *each;
            text.compare(0, 2, "PG") == 0 && text.compare(0, 7, "PGCORO_") != 0)
            names.push_back(text.substr(0, text.find('=')));
    for (std::string const& name : names)
        ::unsetenv(name.c_str());
}

} // namespace

int main(int argc, char* argv[])
{
    forget_libpq_variables();
    return Catch::Session().run(argc, argv);
}
