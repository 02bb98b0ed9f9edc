#pragma once

#include "connection_settings.hpp"
#include "user_files.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Fills `into` with what a file says of a service: the lines keyword=value below its first
/// [service]. Gives whether it is there. Throws options_error for lines that make no sense, with
/// their number.
/// https://www.postgresql.org/docs/current/libpq-pgservice.html
[[nodiscard]] inline bool read_service(line_reader file, std::string const& path,
    std::string const& service, connection_settings& into)
{
    std::string const header = '[' + service + ']';
    std::string line;
    bool found = false;
    for (std::size_t number = 1; file.next(line); ++number) {
        constexpr std::string_view spaces = " \t\n\r\f\v";
        std::size_t const end = line.find_last_not_of(spaces);
        std::string_view text{line.data(), end == std::string::npos ? 0 : end + 1};
        text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
        if (text.empty() || text.starts_with('#'))
            continue;
        if (text.starts_with('[')) {
            if (found)
                return true;
            found = text.starts_with(header);
            continue;
        }
        if (!found)
            continue;
        std::string const where = " (" + path + ", line " + std::to_string(number) + ')';
        if (text.starts_with("ldap"))
            throw options_error{"a service can't be looked up by LDAP" + where};
        std::size_t const equals = text.find('=');
        if (equals == std::string_view::npos)
            throw options_error{"a line of a service is keyword=value, without spaces" + where};
        std::string_view const keyword = text.substr(0, equals);
        if (keyword == "service" || keyword == "servicefile")
            throw options_error{"a service can't refer to another one" + where};
        into.fill(keyword, std::string{text.substr(equals + 1)}, where);
    }
    return found;
}

/// If a service is asked for, by `service` or in PGSERVICE, fills `into` with what it says. It is
/// looked for in `servicefile`, PGSERVICEFILE or ~/.pg_service.conf, then in pg_service.conf of the
/// directory PGSYSCONFDIR; where that is not set, of /etc/postgresql-common (Debian's) and /etc
/// (others'). Throws options_error if it is not found.
inline void fill_from_service(connection_settings& into)
{
    connection_settings::setting const* const asked = into.find("service");
    auto const variable = environment_variable("PGSERVICE");
    if (asked == nullptr && !variable)
        return;
    std::string const service = asked != nullptr ? asked->value : *variable;

    std::string searched;
    auto const look_in = [&](std::string const& path, bool must_exist) {
        line_reader file{path};
        if (!file.opened()) {
            if (must_exist)
                throw options_error{"the service file " + path + " can't be read"};
            return false;
        }
        searched += (searched.empty() ? " in " : ", ") + path;
        return read_service(std::move(file), path, service, into);
    };
    connection_settings::setting const* const named = into.find("servicefile");
    if (named != nullptr) {
        if (look_in(std::string{named->value}, true))
            return;
    } else if (auto const file = environment_variable("PGSERVICEFILE")) {
        if (look_in(*file, true))
            return;
    } else if (std::string const home = home_directory(); !home.empty()) {
        if (look_in(home + "/.pg_service.conf", false))
            return;
    }
    if (auto const directory = environment_variable("PGSYSCONFDIR")) {
        if (look_in(*directory + "/pg_service.conf", false))
            return;
    } else {
        for (char const* const usual : {"/etc/postgresql-common", "/etc"})
            if (look_in(std::string{usual} + "/pg_service.conf", false))
                return;
    }
    throw options_error{"the service \"" + service + "\" is not defined" +
                        (searched.empty() ? ": there is no service file" : searched)};
}

} // namespace pgcoro
