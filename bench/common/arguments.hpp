#pragma once

#include "cases.hpp"

#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace bench {

/// A contender's command line: CASE CONNECTIONS SECONDS. With 0 seconds it runs the case once, and
/// only checks.
struct arguments
{
    case_id which{};
    std::size_t connections = 1;
    double seconds = 0;
};

[[nodiscard]] inline arguments parse_arguments(int argc, char** argv)
{
    if (argc != 4 || std::string{argv[1]}.size() != 1)
        throw std::invalid_argument{"usage: PROGRAM CASE CONNECTIONS SECONDS"};
    arguments given{static_cast<case_id>(argv[1][0]), static_cast<std::size_t>(std::stoul(argv[2])),
        std::stod(argv[3])};
    if (sql_of(given.which).empty() || given.connections == 0)
        throw std::invalid_argument{"no such case, or no connection"};
    return given;
}

[[nodiscard]] inline std::string variable(char const* name, char const* otherwise)
{
    char const* const value = std::getenv(name);
    return value != nullptr ? value : otherwise;
}

} // namespace bench
