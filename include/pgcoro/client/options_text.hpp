#pragma once

#include "options.hpp"
#include "setting_words.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Writes keyword=value pairs.
class connection_string_writer
{
public:
    void put(std::string_view keyword, std::string_view value)
    {
        text_ += text_.empty() ? "" : " ";
        text_ += keyword;
        text_ += '=';
        bool const plain =
            !value.empty() && value.find_first_of(" \t\n\r\f\v'\\") == std::string_view::npos;
        if (!plain)
            text_ += '\'';
        for (char const c : value) {
            if (c == '\'' || c == '\\')
                text_ += '\\';
            text_ += c;
        }
        if (!plain)
            text_ += '\'';
    }
    /// Leaves out what is empty.
    void put_given(std::string_view keyword, std::string_view value)
    {
        if (!value.empty())
            put(keyword, value);
    }
    void put_number(std::string_view keyword, long long value)
    {
        if (value != 0)
            put(keyword, std::to_string(value));
    }
    [[nodiscard]] std::string take() noexcept { return std::move(text_); }

private:
    std::string text_;
};

inline std::string to_string(options const& what)
{
    connection_string_writer out;
    out.put_given("host", what.host());
    out.put_given("hostaddr", what.hostaddr());
    out.put_given("port", what.ports());
    out.put_given("user", what.user());
    out.put_given("passfile", what.passfile());
    out.put_given("dbname", what.database());
    if (what.target_session_attrs() != target_session::any)
        out.put(
            "target_session_attrs", word_for(what.target_session_attrs(), target_session_words));
    if (what.load_balance_hosts())
        out.put("load_balance_hosts", "random");
    auto const seconds = std::chrono::ceil<std::chrono::seconds>(what.connect_timeout()).count();
    if (seconds != 60)
        out.put("connect_timeout", std::to_string(seconds));
    out.put_given("requirepeer", what.requirepeer());
    out.put_given("require_auth", auth_methods_text(what.require_auth()));
    if (what.lowest_protocol() != protocol_version_3_0)
        out.put("min_protocol_version", version_name(what.lowest_protocol()));
    if (what.highest_protocol() != protocol_version_3_0)
        out.put("max_protocol_version", version_name(what.highest_protocol()));
    if (what.channel_binding() != channel_binding::prefer)
        out.put("channel_binding", word_for(what.channel_binding(), channel_binding_words));

    if (what.krbsrvname() != gss_target{}.service)
        out.put("krbsrvname", what.krbsrvname());
    if (what.gssdelegation())
        out.put("gssdelegation", "1");

    tls_options const& tls = what.tls();
    tls_options const usual;
    if (tls.mode != usual.mode)
        out.put("sslmode", word_for(tls.mode, ssl_mode_words));
    if (tls.negotiation != usual.negotiation)
        out.put("sslnegotiation", word_for(tls.negotiation, ssl_negotiation_words));
    out.put_given("sslrootcert", tls.root_certificate);
    out.put_given("sslcert", tls.certificate);
    out.put_given("sslkey", tls.key);
    if (tls.certificate_mode != usual.certificate_mode)
        out.put("sslcertmode", word_for(tls.certificate_mode, client_certificate_words));
    out.put_given("sslcrl", tls.revocation_list);
    out.put_given("sslcrldir", tls.revocation_directory);
    if (!tls.sni)
        out.put("sslsni", "0");
    if (tls.minimum_version != usual.minimum_version)
        out.put("ssl_min_protocol_version", tls.minimum_version);
    out.put_given("ssl_max_protocol_version", tls.maximum_version);

    socket_settings const& socket = what.socket();
    if (!socket.keepalives)
        out.put("keepalives", "0");
    out.put_number("keepalives_idle", socket.keepalives_idle.count());
    out.put_number("keepalives_interval", socket.keepalives_interval.count());
    out.put_number("keepalives_count", socket.keepalives_count);
    out.put_number("tcp_user_timeout", socket.tcp_user_timeout.count());
    out.put_given("application_name", what.application_name());
    out.put_given("fallback_application_name", what.fallback_application_name());
    out.put_given("options", what.command_line());
    return out.take();
}

} // namespace pgcoro
