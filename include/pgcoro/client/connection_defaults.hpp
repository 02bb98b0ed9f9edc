#pragma once

#include "connection_settings.hpp"
#include "service_file.hpp"
#include "user_files.hpp"

#include <string>
#include <utility>

namespace pgcoro {

/// Fills up what a connection string leaves open, in libpq's order: the service first, then the
/// environment.
/// https://www.postgresql.org/docs/current/libpq-envars.html
inline void fill_defaults(connection_settings& into)
{
    fill_from_service(into);
    for (connection_keyword const& each : connection_keywords) {
        if (each.variable == nullptr)
            continue;
        if (auto value = environment_variable(each.variable))
            into.fill(each.name, std::move(*value), " (from " + std::string{each.variable} + ')');
    }
    // The old way to say sslmode=require.
    if (auto const old = environment_variable("PGREQUIRESSL"); old && old->starts_with('1'))
        into.fill("sslmode", "require", " (from PGREQUIRESSL)");
}

/// What the environment says of the session itself: each is a setting of the server's.
inline constexpr std::pair<char const*, char const*> session_variables[] = {
    {"PGDATESTYLE", "datestyle"}, {"PGTZ", "timezone"}, {"PGGEQO", "geqo"}};

} // namespace pgcoro
