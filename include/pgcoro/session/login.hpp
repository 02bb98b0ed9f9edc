#pragma once

#include "../auth/auth_methods.hpp"
#include "../auth/channel_binding.hpp"
#include "../auth/md5.hpp"
#include "../auth/scram.hpp"
#include "../core/error.hpp"
#include "../protocol/authentication.hpp"
#include "../protocol/password.hpp"
#include "../protocol/startup.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Who logs in, and where to.
struct login_settings
{
    std::string user;
    std::string password; ///< may be empty: then a server that asks for one is an error
    /// What goes into the startup packet besides the user: database, application_name…
    std::vector<std::pair<std::string, std::string>> parameters;
    scram_limits scram;
    auth_methods methods;                              ///< any other gets no answer
    channel_binding binding = channel_binding::prefer; ///< to the certificate of the server's TLS
    std::string where;       ///< the server, for messages: `"db", port 5432`
    std::string no_password; ///< why there is none, for messages; may be empty
};

/// The client's side of authentication, a step for each message of the server's.
/// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
class login
{
public:
    explicit login(login_settings settings) : settings_{std::move(settings)} {}
    login(login const&) = delete;
    login& operator=(login const&) = delete;
    ~login() { cleanse(settings_.password); }

    void write_startup_message(byte_writer& out) const
    {
        std::vector<std::pair<std::string_view, std::string_view>> parameters{
            {"user", settings_.user}};
        parameters.insert(
            parameters.end(), settings_.parameters.begin(), settings_.parameters.end());
        write_startup(out, protocol_version_3_0, parameters);
    }

    /// For messages: ` (connecting to "db", port 5432 as user "app")`.
    [[nodiscard]] std::string context() const
    {
        return " (connecting to " + settings_.where + " as user \"" + settings_.user + "\")";
    }

    /// The server has let us in.
    [[nodiscard]] bool authenticated() const noexcept { return authenticated_; }

    /// Answers an Authentication message. False if it is malformed or out of place. Throws
    /// authentication_error where we can't or won't do what is asked.
    [[nodiscard]] bool answer(std::span<std::byte const> body, byte_writer& out)
    {
        authentication asked;
        if (authenticated_ || !parse(byte_reader{body}, asked))
            return false;
        bool const in_sasl = scram_.has_value();
        switch (asked.request) {
        case authentication_request::ok:
            if (in_sasl && !scram_->done())
                throw authentication_error{
                    "the server ended the SCRAM exchange without proving that it knows the "
                    "password" +
                    context()};
            authenticated_ = true;
            cleanse(settings_.password);
            return true;
        case authentication_request::cleartext_password:
            if (in_sasl)
                return false;
            write_password(out, password());
            return true;
        case authentication_request::md5_password:
            if (in_sasl)
                return false;
            answer_md5(asked.data, out);
            return true;
        case authentication_request::sasl:
            if (in_sasl)
                return false;
            return start_scram(asked.data, out);
        case authentication_request::sasl_continue: {
            if (!in_sasl)
                return false;
            std::string response;
            if (scram_->client_final(as_text(asked.data), response) != scram_status::ok)
                throw authentication_error{scram_->problem() + context()};
            write_sasl_response(out, response);
            return true;
        }
        case authentication_request::sasl_final:
            if (!in_sasl)
                return false;
            if (scram_->verify(as_text(asked.data)) != scram_status::ok)
                throw authentication_error{scram_->problem() + context()};
            return true;
        default:
            throw authentication_error{
                "the server asks for an authentication method that is not supported (" +
                std::string{method_name(asked.request)} + ')' + context()};
        }
    }

private:
    [[nodiscard]] static std::string_view as_text(std::span<std::byte const> bytes) noexcept
    {
        return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
    }

    [[nodiscard]] static std::string_view method_name(authentication_request request) noexcept
    {
        switch (request) {
        case authentication_request::kerberos_v5:
            return "Kerberos V5";
        case authentication_request::gss:
        case authentication_request::gss_continue:
            return "GSSAPI";
        case authentication_request::sspi:
            return "SSPI";
        default:
            return "unknown";
        }
    }

    [[nodiscard]] std::string const& password() const
    {
        if (settings_.password.empty())
            throw authentication_error{
                "the server asks for a password and none was given" +
                (settings_.no_password.empty() ? "" : ": " + settings_.no_password) + context()};
        return settings_.password;
    }

    void answer_md5(std::span<std::byte const> salt, byte_writer& out)
    {
        std::array<std::byte, 4> four{};
        std::copy_n(salt.begin(), 4, four.begin());
        std::string hashed;
        if (!md5_password(settings_.user, password(), four, hashed))
            throw authentication_error{
                "the server asks for an MD5 password and libcrypto refuses to compute MD5"};
        write_password(out, hashed);
    }

    /// False if the list of mechanisms is malformed.
    [[nodiscard]] bool start_scram(std::span<std::byte const> mechanisms, byte_writer& out)
    {
        byte_reader reader{mechanisms};
        bool offered = false;
        for (std::string_view name = reader.get_string(); !name.empty(); name = reader.get_string())
            offered = offered || name == "SCRAM-SHA-256";
        if (!reader.exhausted())
            return false;
        if (!offered)
            throw authentication_error{
                "the server offers none of the SASL mechanisms that are supported (SCRAM-SHA-256)"};
        auto nonce = random_scram_nonce();
        if (!nonce)
            throw authentication_error{"libcrypto has no randomness to give"};
        scram_options how;
        how.limits = settings_.scram;
        scram_.emplace(password(), std::move(*nonce), std::move(how));
        write_sasl_initial_response(out, scram_->mechanism(), scram_->client_first());
        return true;
    }

    login_settings settings_;
    std::optional<scram_client> scram_;
    bool authenticated_ = false;
};

} // namespace pgcoro
