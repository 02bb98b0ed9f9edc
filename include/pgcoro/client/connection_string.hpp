#pragma once

#include "options.hpp"

#include <charconv>
#include <cstdlib>

namespace pgcoro {

inline options& options::server_setting(std::string name, std::string value)
{
    for (auto& [each, old] : settings_) {
        if (each == name) {
            old = std::move(value);
            return *this;
        }
    }
    settings_.emplace_back(std::move(name), std::move(value));
    return *this;
}

inline login_settings options::login() const
{
    if (user_.empty())
        throw options_error{"no user is given: set options::user(), or user= in the string"};
    login_settings what;
    what.user = user_;
    what.password = password_;
    what.parameters.emplace_back("database", database_.empty() ? user_ : database_);
    what.parameters.emplace_back("client_encoding", "UTF8");
    for (auto const& [name, value] : settings_)
        what.parameters.emplace_back(name, value);
    for (auto const& [name, value] : what.parameters)
        if (name.empty() || (name + value + user_).find('\0') != std::string::npos)
            throw options_error{"a setting of the session has an empty name or holds a zero byte"};
    what.scram = scram_;
    what.methods = require_auth_;
    what.binding = binding_;
    return what;
}

inline options options::from_environment()
{
    options found;
    constexpr std::pair<char const*, char const*> variables[] = {{"PGHOST", "host"},
        {"PGPORT", "port"}, {"PGUSER", "user"}, {"PGPASSWORD", "password"},
        {"PGDATABASE", "dbname"}, {"PGAPPNAME", "application_name"},
        {"PGCONNECT_TIMEOUT", "connect_timeout"}};
    for (auto const& [variable, keyword] : variables)
        if (char const* const value = std::getenv(variable); value != nullptr && *value != '\0')
            found.set_keyword(keyword, value);
    return found;
}

inline void options::parse(std::string_view text)
{
    for (std::string_view const scheme : {"postgresql://", "postgres://"})
        if (text.starts_with(scheme))
            return parse_uri(text.substr(scheme.size()));
    if (text.find("://") != std::string_view::npos)
        throw options_error{"a connection URI begins with postgresql:// or postgres://"};
    parse_pairs(text);
}

[[nodiscard]] inline std::string percent_decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        char const* const digits = text.data() + i + 1;
        if (i + 2 >= text.size() ||
            std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2 || value == 0)
            throw options_error{"invalid percent-encoding in the connection URI"};
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

inline void options::parse_uri(std::string_view rest)
{
    auto const take_until = [&rest](std::size_t end) {
        std::string_view const part = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
        return part;
    };
    std::string_view authority = take_until(rest.find_first_of("/?"));
    if (std::size_t const at = authority.rfind('@'); at != std::string_view::npos) {
        std::string_view const who = authority.substr(0, at);
        std::size_t const colon = who.find(':');
        set_keyword("user", percent_decoded(who.substr(0, colon)));
        if (colon != std::string_view::npos)
            set_keyword("password", percent_decoded(who.substr(colon + 1)));
        authority.remove_prefix(at + 1);
    }
    if (authority.find(',') != std::string_view::npos)
        throw options_error{"several hosts in one connection URI are not supported yet"};
    if (authority.starts_with('[')) {
        std::size_t const end = authority.find(']');
        if (end == std::string_view::npos)
            throw options_error{"the IPv6 address in the connection URI has no closing ]"};
        set_keyword("host", std::string{authority.substr(1, end - 1)});
        authority.remove_prefix(end + 1);
        if (!authority.empty() && !authority.starts_with(':'))
            throw options_error{"only :port may follow the IPv6 address in the connection URI"};
    } else {
        std::size_t const colon = authority.find(':');
        if (colon != 0 && !authority.empty())
            set_keyword("host", percent_decoded(authority.substr(0, colon)));
        authority.remove_prefix(colon == std::string_view::npos ? authority.size() : colon);
    }
    if (authority.size() > 1)
        set_keyword("port", percent_decoded(authority.substr(1)));
    if (rest.starts_with('/')) {
        rest.remove_prefix(1);
        if (std::string_view const name = take_until(rest.find('?')); !name.empty())
            set_keyword("dbname", percent_decoded(name));
    }
    if (!rest.empty())
        rest.remove_prefix(1); // '?'
    while (!rest.empty()) {
        std::string_view const pair = take_until(rest.find('&'));
        if (!rest.empty())
            rest.remove_prefix(1);
        std::size_t const equals = pair.find('=');
        if (equals == std::string_view::npos)
            throw options_error{"a parameter of the connection URI has no value"};
        set_keyword(
            percent_decoded(pair.substr(0, equals)), percent_decoded(pair.substr(equals + 1)));
    }
}

inline void options::parse_pairs(std::string_view text)
{
    constexpr std::string_view spaces = " \t\n\r\f\v";
    auto const skip_spaces = [&] {
        std::size_t const next = text.find_first_not_of(spaces);
        text.remove_prefix(next == std::string_view::npos ? text.size() : next);
    };
    for (skip_spaces(); !text.empty(); skip_spaces()) {
        std::size_t const end = text.find_first_of(" \t\n\r\f\v=");
        std::string const name{text.substr(0, end)};
        text.remove_prefix(end == std::string_view::npos ? text.size() : end);
        skip_spaces();
        if (!text.starts_with('='))
            throw options_error{"missing \"=\" in the connection string; a value with spaces "
                                "stands in single quotes"};
        text.remove_prefix(1);
        skip_spaces();
        bool const quoted = text.starts_with('\'');
        if (quoted)
            text.remove_prefix(1);
        std::string value;
        while (!text.empty() && (quoted ? text.front() != '\''
                                        : spaces.find(text.front()) == std::string_view::npos)) {
            if (text.front() == '\\' && text.size() > 1)
                text.remove_prefix(1);
            value += text.front();
            text.remove_prefix(1);
        }
        if (quoted) {
            if (text.empty())
                throw options_error{"unterminated quoted value in the connection string"};
            text.remove_prefix(1);
        }
        set_keyword(name, std::move(value));
    }
}

inline void options::set_keyword(std::string_view name, std::string value)
{
    auto const number = [&](unsigned long most) {
        unsigned long parsed = 0;
        auto const [stop, error] =
            std::from_chars(value.data(), value.data() + value.size(), parsed);
        if (error != std::errc{} || stop != value.data() + value.size() || parsed > most)
            throw options_error{"invalid value for \"" + std::string{name} + '"'};
        return parsed;
    };
    if (name == "host" || name == "hostaddr") {
        if (value.find(',') != std::string::npos)
            throw options_error{"several hosts in one connection string are not supported yet"};
        host_ = std::move(value);
    } else if (name == "port") {
        port_ = static_cast<std::uint16_t>(number(65535));
    } else if (name == "user") {
        user_ = std::move(value);
    } else if (name == "password") {
        password_ = std::move(value);
    } else if (name == "dbname") {
        database_ = std::move(value);
    } else if (name == "connect_timeout") {
        connect_timeout_ = std::chrono::seconds{number(1'000'000)};
    } else if (name == "application_name" || name == "options") {
        server_setting(std::string{name}, std::move(value));
    } else if (name == "client_encoding") {
        if (value != "UTF8" && value != "utf8" && value != "auto")
            throw options_error{"client_encoding can only be UTF8, not " + value};
    } else if (name == "sslmode") {
        if (value != "disable" && value != "allow" && value != "prefer")
            throw options_error{"sslmode=" + value + " needs TLS, which is not supported yet"};
    } else {
        // Shown only if it can't be a part of somebody's password.
        bool const shown =
            name.size() <= 40 &&
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
        throw options_error{"unknown keyword" +
                            (shown ? " \"" + std::string{name} + '"' : std::string{}) +
                            " in the connection string"};
    }
}

} // namespace pgcoro
