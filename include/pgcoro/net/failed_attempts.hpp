#pragma once

#include "../core/error.hpp"

#include <cstddef>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro {

/// What happened at each address that was tried, for the one error that tells of them all.
class failed_attempts
{
public:
    struct attempt
    {
        attempt(std::string where, std::string at)
            : server{std::move(where)}, address{std::move(at)}
        {}

        std::string server;  ///< `"db", port 5432`
        std::string address; ///< 10.0.0.1; empty if it was never found
        std::string problem;
        bool timed_out = false;
        bool unreachable = false; ///< nobody listens there
        bool tls_failed = false;
        std::exception_ptr error; ///< what to throw if there was no other attempt; may be null
    };

    void add(attempt failed)
    {
        // The server need not be named twice.
        std::string const name = ' ' + failed.server;
        std::size_t const at = failed.problem.find(name);
        if (at != std::string::npos &&
            failed.problem.find_first_not_of(':', at + name.size()) != at + name.size())
            failed.problem.erase(at, name.size());
        all_.push_back(std::move(failed));
    }
    void clear() noexcept { all_.clear(); }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

    /// Throws what is known: timeout_error if all attempts took too long; tls_error if all failed
    /// in TLS that reached anybody; else connect_error, or the only attempt's own error.
    [[noreturn]] void raise() const
    {
        bool timed_out = true;
        bool one_server = true;
        bool tls_failed = false;
        bool otherwise = false;
        for (attempt const& each : all_) {
            tls_failed = tls_failed || each.tls_failed;
            otherwise = otherwise || !(each.tls_failed || each.unreachable);
            timed_out = timed_out && each.timed_out;
            one_server = one_server && each.server == all_.front().server;
        }
        std::string text;
        if (all_.size() == 1 && all_.front().error)
            std::rethrow_exception(all_.front().error);
        if (one_server) {
            text = "could not connect to " + all_.front().server;
            char const* separator = ": ";
            for (attempt const& each : all_)
                text += std::exchange(separator, "; ") +
                        (each.address.empty() ? "" : each.address + ": ") + each.problem;
            if (all_.back().unreachable)
                text += "; is the server running there, and does it accept connections?";
        } else {
            text = "could not connect to any of the servers:";
            for (attempt const& each : all_)
                text += "\n  " + each.server +
                        (each.address.empty() || each.server.find('"' + each.address + '"') == 0
                                ? ""
                                : " (" + each.address + ')') +
                        ": " + each.problem;
        }
        if (timed_out)
            throw timeout_error{std::move(text)};
        if (tls_failed && !otherwise)
            throw tls_error{std::move(text)};
        throw connect_error{std::move(text)};
    }

private:
    std::vector<attempt> all_;
};

} // namespace pgcoro
