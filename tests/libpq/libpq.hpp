#pragma once

#include <map>
#include <optional>
#include <string>

#include <libpq-fe.h>

/// What libpq makes of connection strings.
namespace libpq {

using values = std::map<std::string, std::string>;

inline values take(PQconninfoOption* options)
{
    values found;
    for (PQconninfoOption* each = options; each != nullptr && each->keyword != nullptr; ++each)
        if (each->val != nullptr)
            found[each->keyword] = each->val;
    PQconninfoFree(options);
    return found;
}

/// The settings of a string, or nothing if libpq refuses it.
inline std::optional<values> parse(std::string const& text)
{
    char* error = nullptr;
    PQconninfoOption* const options = PQconninfoParse(text.c_str(), &error);
    PQfreemem(error);
    if (options == nullptr)
        return std::nullopt;
    return take(options);
}

inline values defaults()
{
    return take(PQconndefaults());
}

/// Whether this version of libpq has heard of a keyword.
inline bool knows(std::string const& keyword)
{
    static values const all = [] {
        values names;
        PQconninfoOption* const options = PQconndefaults();
        for (PQconninfoOption* each = options; each->keyword != nullptr; ++each)
            names[each->keyword] = each->compiled == nullptr ? "" : each->compiled;
        PQconninfoFree(options);
        return names;
    }();
    return all.contains(keyword);
}

/// A connection that has begun to be made.
class connection
{
public:
    explicit connection(std::string const& text) : connection_{PQconnectStart(text.c_str())} {}
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    ~connection() { PQfinish(connection_); }

    /// libpq found nothing wrong with the settings.
    [[nodiscard]] bool begun() const { return PQstatus(connection_) != CONNECTION_BAD; }
    [[nodiscard]] std::string password() const
    {
        char const* const text = PQpass(connection_);
        return text == nullptr ? "" : text;
    }
    [[nodiscard]] std::string error() const { return PQerrorMessage(connection_); }

private:
    PGconn* connection_;
};

} // namespace libpq
