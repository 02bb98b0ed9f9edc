#pragma once

#include "connection_defaults.hpp"
#include "connection_string.hpp"
#include "host_list.hpp"
#include "options.hpp"
#include "setting_words.hpp"

#include <algorithm>

/// \file
/// From libpq's parameters to options: what each one's text means.

namespace pgcoro {

template <class Settings>
void options::read(std::string_view connection_string)
{
    Settings settings = parse_connection_string(connection_string);
    fill_defaults(settings);
    take(settings);
    for (auto const& [variable, name] : session_variables)
        if (auto value = environment_variable(variable); value && *value != "default")
            server_setting(name, std::move(*value));
    if (passfile_.empty())
        if (std::string const home = home_directory(); !home.empty())
            passfile_ = home + "/.pgpass";
}

inline options& options::add_host(std::string const& name, std::uint16_t port)
{
    std::string ports;
    if (!host_.empty() || !hostaddr_.empty()) {
        for (server_host const& each : servers())
            ports += std::to_string(each.port) + ',';
        host_ += ',';
        if (!hostaddr_.empty())
            hostaddr_ += ',';
    }
    host_ += name;
    port_ = ports + std::to_string(port);
    return *this;
}

inline std::vector<server_host> options::servers() const
{
    return list_servers(host_, hostaddr_, port_);
}

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

/// Whether a name of an encoding is UTF8's, as the server reads it.
[[nodiscard]] inline bool is_utf8(std::string_view name)
{
    std::string plain = ascii_lower(name);
    std::erase_if(plain, [](char c) { return (c < 'a' || c > 'z') && (c < '0' || c > '9'); });
    return plain == "utf8" || plain == "unicode";
}

inline void options::take(connection_settings const& from)
{
    for (connection_settings::setting const& each : from.all())
        if (char const* const refusal = find_keyword(each.keyword)->refusal;
            refusal != nullptr && !each.value.empty())
            throw options_error{each.keyword + each.origin + " can't be used: " + refusal};
    auto const text = [&from](std::string_view keyword, std::string& into) {
        if (auto const* const found = from.find(keyword))
            into = found->value;
    };
    text("host", host_);
    text("hostaddr", hostaddr_);
    text("port", port_);
    text("requirepeer", requirepeer_);
    text("user", user_);
    if (auto const* const found = from.find("password"))
        password_ = found->value;
    text("passfile", passfile_);
    text("dbname", database_);
    text("application_name", application_name_);
    text("fallback_application_name", fallback_application_name_);
    text("options", command_line_);
    check_servers(from);
    if (auto const* const found = from.find("target_session_attrs"))
        target_ = read_word(*found, target_session_words);
    if (auto const* const found = from.find("load_balance_hosts"))
        load_balance_ = read_word(*found, load_balance_words);
    if (auto const* const found = from.find("connect_timeout"))
        connect_timeout_ = std::chrono::seconds{std::max(read_integer(*found), 0)};
    if (auto const* const found = from.find("require_auth"))
        require_auth_ = read_auth_methods(*found);
    if (auto const* const found = from.find("channel_binding"))
        binding_ = read_word(*found, channel_binding_words);
    text("krbsrvname", kerberos_.service);
    if (kerberos_.service.empty())
        kerberos_.service = gss_target{}.service;
    if (auto const* const found = from.find("gssdelegation"))
        kerberos_.delegate = found->value.starts_with('1'); // libpq looks at no more of it
    take_tls(from);
    take_session(from);
}

/// Whether hosts, addresses and ports fit together. If not, and they come from different places,
/// that is likely why.
inline void options::check_servers(connection_settings const& from) const
{
    try {
        (void)servers();
    } catch (options_error const& wrong) {
        std::string places;
        for (char const* const keyword : {"host", "hostaddr", "port"})
            if (auto const* const found = from.find(keyword);
                found != nullptr && !found->origin.empty())
                places += std::string{"; "} + keyword + " is" + found->origin;
        throw options_error{wrong.what() + places};
    }
}

inline void options::take_tls(connection_settings const& from)
{
    auto const text = [&from](std::string_view keyword, std::string& into) {
        if (auto const* const found = from.find(keyword))
            into = found->value;
    };
    text("sslcert", tls_.certificate);
    text("sslkey", tls_.key);
    if (auto const* const found = from.find("sslpassword"))
        tls_.key_password = found->value;
    text("sslrootcert", tls_.root_certificate);
    text("sslcrl", tls_.revocation_list);
    text("sslcrldir", tls_.revocation_directory);
    bool const system = tls_.root_certificate == "system";
    if (auto const* const mode = from.find("sslmode")) {
        tls_.mode = read_word(*mode, ssl_mode_words);
        if (system && tls_.mode != ssl_mode::verify_full)
            throw options_error{"sslmode=" + mode->value + mode->origin +
                                " is too weak for sslrootcert=system, by which anybody's "
                                "certificate is trusted: use verify-full"};
    } else if (system) {
        tls_.mode = ssl_mode::verify_full;
    }
    if (auto const* const found = from.find("sslnegotiation")) {
        tls_.negotiation = read_word(*found, ssl_negotiation_words);
        if (tls_.negotiation == ssl_negotiation::direct && tls_.mode < ssl_mode::require)
            throw options_error{
                "sslnegotiation=direct" + found->origin +
                " can't fall back to a connection without TLS: use sslmode=require or better"};
    }
    if (auto const* const found = from.find("sslcertmode"))
        tls_.certificate_mode = read_word(*found, client_certificate_words);
    if (auto const* const found = from.find("sslsni"); found != nullptr && !found->value.empty())
        tls_.sni = read_word(*found, switch_words);
    constexpr setting_word<int> versions[] = {
        {"TLSv1", 0}, {"TLSv1.1", 1}, {"TLSv1.2", 2}, {"TLSv1.3", 3}};
    auto const version = [&](std::string_view keyword, std::string& into, int none) {
        auto const* const found = from.find(keyword);
        if (found != nullptr)
            into = found->value;
        if (into.empty())
            return none;
        for (auto const& [word, number] : versions)
            if (ascii_lower(word) == ascii_lower(into))
                into = word;
        return read_word(
            {std::string{keyword}, into, found != nullptr ? found->origin : ""}, versions);
    };
    int const least = version("ssl_min_protocol_version", tls_.minimum_version, 0);
    int const most = version("ssl_max_protocol_version", tls_.maximum_version, 3);
    if (least > most)
        throw options_error{"ssl_min_protocol_version is above ssl_max_protocol_version"};
}

inline void options::take_session(connection_settings const& from)
{
    auto const number = [&from](std::string_view keyword) {
        auto const* const found = from.find(keyword);
        return found == nullptr ? 0 : read_integer(*found);
    };
    if (auto const* const found = from.find("keepalives");
        found != nullptr && !found->value.empty())
        socket_.keepalives = read_integer(*found) != 0;
    socket_.keepalives_idle = std::chrono::seconds{std::max(number("keepalives_idle"), 0)};
    socket_.keepalives_interval = std::chrono::seconds{std::max(number("keepalives_interval"), 0)};
    socket_.keepalives_count = std::max(number("keepalives_count"), 0);
    socket_.tcp_user_timeout = std::chrono::milliseconds{std::max(number("tcp_user_timeout"), 0)};

    if (auto const* const found = from.find("client_encoding"))
        if (!found->value.empty() && found->value != "auto" && !is_utf8(found->value))
            throw_invalid_value(*found, ": text is always UTF8 here; the server converts it");
    if (auto const* const found = from.find("gssencmode"))
        if (constexpr setting_word<int> words[] = {{"disable", 0}, {"prefer", 1}, {"require", 2}};
            read_word(*found, words) == 2)
            throw options_error{"gssencmode=require" + found->origin +
                                " can't be used: Kerberos logs in, and does not encrypt; TLS "
                                "does, by sslmode"};
    if (auto const* const found = from.find("replication")) {
        constexpr std::string_view off[] = {"", "false", "off", "no", "0"};
        if (std::find(std::begin(off), std::end(off), found->value) == std::end(off))
            throw options_error{
                "replication" + found->origin + " can't be used: it is not supported"};
    }
    constexpr setting_word<std::uint32_t> protocols[] = {{"3.0", protocol_version_3_0},
        {"3.2", protocol_version_3_2}, {"latest", protocol_version_3_2}};
    auto const protocol = [&](std::string_view keyword, std::uint32_t otherwise) {
        auto const* const found = from.find(keyword);
        return found == nullptr || found->value.empty() ? otherwise : read_word(*found, protocols);
    };
    std::uint32_t const least = protocol("min_protocol_version", protocol_version_3_0);
    // 3.0, as servers and poolers of old know no other, unless it would not do anyway.
    std::uint32_t const most = protocol("max_protocol_version", least);
    if (least > most)
        throw options_error{"min_protocol_version is above max_protocol_version"};
    protocol_versions(least, most);
}

inline login_settings options::login() const
{
    login_settings what;
    what.user = user_.empty() ? find_system_user().name : user_;
    if (what.user.empty())
        throw options_error{"no user is given, and the system has no name for who runs this "
                            "program: set options::user(), or user= in the string"};
    what.password = password_;
    what.parameters.emplace_back("database", database_.empty() ? what.user : database_);
    what.parameters.emplace_back("client_encoding", "UTF8");
    std::string const& name =
        application_name_.empty() ? fallback_application_name_ : application_name_;
    if (!name.empty())
        what.parameters.emplace_back("application_name", name);
    if (!command_line_.empty())
        what.parameters.emplace_back("options", command_line_);
    for (auto const& [setting, value] : settings_) {
        if (setting == "client_encoding") {
            if (!is_utf8(value))
                throw options_error{"client_encoding can only be UTF8: text is always UTF8 here; "
                                    "the server converts it"};
            continue;
        }
        std::erase_if(what.parameters, [&](auto const& each) { return each.first == setting; });
        what.parameters.emplace_back(setting, value);
    }
    for (auto const& [setting, value] : what.parameters)
        if (setting.empty() || (setting + value + what.user).find('\0') != std::string::npos)
            throw options_error{"a setting of the session has an empty name or holds a zero byte"};
    what.scram = scram_;
    what.lowest_protocol = lowest_protocol_;
    what.highest_protocol = highest_protocol_;
    what.memory = scram_memory_.shared;
    what.methods = require_auth_;
    what.binding = binding_;
    what.gss_service = kerberos_;
    return what;
}

} // namespace pgcoro
