#pragma once

// Catch2 2.13 (Debian 12) and 3.x spell some things differently; the tests use the names of 3.x:
// Approx, Catch::Matchers::ContainsSubstring, StartsWith, EndsWith, Equals, Message.

#if __has_include(<catch2/catch_test_macros.hpp>)
    #include <catch2/catch_approx.hpp>
    #include <catch2/catch_template_test_macros.hpp>
    #include <catch2/catch_test_macros.hpp>
    #include <catch2/catch_tostring.hpp>
    #include <catch2/generators/catch_generators_all.hpp>
    #include <catch2/matchers/catch_matchers_all.hpp>

using Catch::Approx;
#else
    #include <catch2/catch.hpp>

namespace Catch::Matchers {
[[nodiscard]] inline auto ContainsSubstring(
    std::string const& text, CaseSensitive::Choice choice = CaseSensitive::Yes)
{
    return Contains(text, choice);
}
} // namespace Catch::Matchers
#endif

#include <string>

/// Marks the running test case as skipped, which is not passed: `return skip("needs TLS");`. A
/// check that fails before or after it still fails the case.
void skip(std::string const& reason);
