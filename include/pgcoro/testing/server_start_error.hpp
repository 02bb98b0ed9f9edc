#pragma once

#include "../core/error.hpp"

#include <string>
#include <utility>

namespace pgcoro {

/// The private server could not be found, made or started. The message holds the last lines of its
/// log, and how to mend it where that is known.
class server_start_error : public error
{
public:
    explicit server_start_error(std::string message)
        : error{make_error_code(errc::server_start_failed), std::move(message)}
    {}
};

} // namespace pgcoro
