#pragma once

#include "../core/error.hpp"

#include <exception>
#include <memory>
#include <string>

namespace pgcoro {

/// Why what belongs to a server's session can't be had on a connection whose options say
/// transaction_pooler(): null if it can. The server would do it without a word, and the pooler give
/// that session to somebody else.
template <class Driver>
[[nodiscard]] std::exception_ptr needs_session(
    std::shared_ptr<Driver> const& driver, char const* what)
{
    if (!driver || !driver->state().pools_transactions())
        return nullptr;
    return std::make_exception_ptr(options_error{
        std::string{what} + " needs a session of its own, and behind a pooler that lends a "
                            "server's connection for a transaction only, as "
                            "options::transaction_pooler() says, there is none: connect to the "
                            "server itself for that"});
}

} // namespace pgcoro
