#pragma once

#include "arguments.hpp"
#include "messages.hpp"
#include "scram.hpp"

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bench {

/// Where the server is and who we are.
struct server_address
{
    std::string directory = variable("PGHOST", "/tmp");
    std::string port = variable("PGPORT", "5432");
    std::string user = variable("PGUSER", "postgres");
    std::string password = variable("PGPASSWORD", "");
    std::string database = variable("PGDATABASE", "postgres");
};

[[noreturn]] inline void throw_server_error(std::byte const* body, std::size_t size)
{
    std::string text{reinterpret_cast<char const*>(body), size};
    for (char& c : text)
        if (c == '\0')
            c = ' ';
    throw std::runtime_error{"the server says: " + text};
}

/// One login, message by message.
class login
{
public:
    login(server_address const& where, scram::salted* kept) : where_{where}, kept_{kept} {}

    void begin(std::string& out) { messages{out}.startup(where_.user, where_.database); }

    /// Takes an Authentication message; appends what it asks for.
    void answer(std::byte const* body, std::size_t size, std::string& out)
    {
        std::string_view const text{reinterpret_cast<char const*>(body) + 4, size - 4};
        switch (load<std::int32_t>(body)) {
        case 0:  // ok
        case 12: // the server's own proof
            return;
        case 10:
            return messages{out}.sasl_initial("SCRAM-SHA-256", scram_.client_first());
        case 11:
            return messages{out}.sasl_response(scram_.client_final(text, where_.password, kept_));
        default:
            throw std::runtime_error{"an authentication method that is not supported here"};
        }
    }

private:
    server_address const& where_;
    scram::salted* kept_;
    scram scram_;
};

} // namespace bench
