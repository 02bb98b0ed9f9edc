#pragma once

#include "../auth/gss_login.hpp"
#include "../auth/md5.hpp"
#include "../auth/scram.hpp"
#include "../core/error.hpp"
#include "../protocol/authentication.hpp"
#include "../protocol/password.hpp"
#include "../protocol/protocol_negotiation.hpp"
#include "../protocol/startup.hpp"
#include "login_settings.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// The client's side of authentication, a step for each message of the server's.
/// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
class login
{
public:
    explicit login(login_settings settings) : settings_{std::move(settings)} {}
    login(login const&) = delete;
    login& operator=(login const&) = delete;

    void write_startup_message(byte_writer& out) const
    {
        std::vector<std::pair<std::string_view, std::string_view>> parameters{
            {"user", settings_.user}};
        parameters.insert(
            parameters.end(), settings_.parameters.begin(), settings_.parameters.end());
        write_startup(out, settings_.highest_protocol, parameters);
    }

    /// For messages: ` (connecting to "db", port 5432 as user "app")`.
    [[nodiscard]] std::string context() const
    {
        return " (connecting to " + settings_.where + " as user \"" + settings_.user + '"' +
               (settings_.earlier.empty() ? "" : "; before that: " + settings_.earlier) + ')';
    }

    /// The server has let us in.
    [[nodiscard]] bool authenticated() const noexcept { return authenticated_; }

    /// The version of the protocol that is spoken.
    [[nodiscard]] std::uint32_t protocol() const noexcept { return settings_.highest_protocol; }

    /// The server can't do the version or the extensions that we asked for. False if the message
    /// is malformed or out of place. Throws protocol_error if the version is too low for us.
    [[nodiscard]] bool negotiate(std::span<std::byte const> body)
    {
        protocol_negotiation offer;
        if (asked_ || std::exchange(negotiated_, true) || !parse(byte_reader{body}, offer) ||
            offer.unknown_extensions != 0 || offer.version < protocol_version_3_0 ||
            offer.version >= settings_.highest_protocol)
            return false;
        if (offer.version < settings_.lowest_protocol)
            throw protocol_error{"the server speaks the protocol's version " +
                                 version_name(offer.version) + ", and min_protocol_version is " +
                                 version_name(settings_.lowest_protocol) + context()};
        settings_.highest_protocol = offer.version;
        return true;
    }

    /// Answers an Authentication message. False if it is malformed or out of place. Throws
    /// authentication_error where we can't or won't do what is asked.
    [[nodiscard]] bool answer(std::span<std::byte const> body, byte_writer& out)
    {
        authentication asked;
        if (authenticated_ || !parse(byte_reader{body}, asked))
            return false;
        asked_ = true;
        bool const in_sasl = scram_.has_value();
        switch (asked.request) {
        case authentication_request::ok:
            finish();
            return true;
        case authentication_request::cleartext_password:
            if (in_sasl)
                return false;
            admit(auth_method::password);
            write_password(out, password());
            return true;
        case authentication_request::md5_password:
            if (in_sasl)
                return false;
            admit(auth_method::md5);
            answer_md5(asked.data, out);
            return true;
        case authentication_request::gss:
        case authentication_request::sspi: // the same, asked by a server on Windows
            if (in_sasl || gss_.begun() || !asked.data.empty())
                return false;
            start_gss(asked.request);
            return true;
        case authentication_request::gss_continue:
            return gss_.received(asked.data);
        case authentication_request::sasl:
            if (in_sasl)
                return false;
            admit(auth_method::scram_sha_256);
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

    /// Kerberos has to find the answer to a token: see gss_context.
    [[nodiscard]] bool has_gss_step() const noexcept { return gss_.is_due(); }
    [[nodiscard]] int begin_gss_step() { return gss_.begin_step(); }
    /// The answer is there. Throws authentication_error if it is none.
    void end_gss_step(byte_writer& out)
    {
        char const* const problem = gss_.end_step();
        if (problem != nullptr)
            throw authentication_error{"could not log in by Kerberos as the client of " +
                                       settings_.gss_service.service + '@' +
                                       settings_.gss_service.host + ": " + problem + context()};
        if (!gss_.token().empty())
            write_gss_response(out, gss_.token());
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
        return settings_.password.text();
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

    void start_gss(authentication_request asked)
    {
        bool const windows = asked == authentication_request::sspi;
        admit(windows ? auth_method::sspi : auth_method::gss);
        std::string const& host = settings_.gss_service.host;
        if (settings_.gss == nullptr)
            throw authentication_error{
                std::string{"the server asks for Kerberos ("} + (windows ? "SSPI" : "GSSAPI") +
                "), and the program does not include pgcoro/net/gssapi.hpp" + context()};
        if (host.empty() || host.starts_with('/') || host.starts_with('@'))
            throw authentication_error{
                "the server asks for Kerberos, for which it has to have a host's name" + context()};
        gss_.begin(settings_.gss(settings_.gss_service));
    }

    /// Throws unless we may be logged in by this method, and by only one.
    void admit(auth_method method)
    {
        if (method_ != auth_method::none)
            throw authentication_error{"the server asks twice who we are" + context()};
        if (!settings_.methods.allow(method))
            throw authentication_error{
                "the server asks for a method that require_auth rules out (" +
                std::string{auth_method_name(method)} + ')' + context()};
        if (settings_.binding == channel_binding::require && method != auth_method::scram_sha_256)
            throw authentication_error{
                "channel_binding=require, and the server asks for a method that has none (" +
                std::string{auth_method_name(method)} + ')' + context()};
        method_ = method;
    }

    /// The server lets us in: has it done what we demand?
    void finish()
    {
        if (scram_ && !scram_->done())
            throw authentication_error{"the server ended the SCRAM exchange without proving that "
                                       "it knows the password" +
                                       context()};
        if (gss_.begun() && !gss_.complete())
            throw authentication_error{
                "the server ended the login by Kerberos without proving who it is" + context()};
        if (!settings_.methods.allow(method_))
            throw authentication_error{
                "the server let us in without asking for what require_auth demands" + context()};
        if (settings_.binding == channel_binding::require && !scram_)
            throw authentication_error{
                "channel_binding=require, and the server let us in without it" + context()};
        authenticated_ = true;
        if (scram_ && settings_.memory)
            settings_.memory->keep(settings_.password.text(), scram_->keys());
        settings_.password.wipe();
    }

    /// False if the list of mechanisms is malformed.
    [[nodiscard]] bool start_scram(std::span<std::byte const> mechanisms, byte_writer& out)
    {
        byte_reader reader{mechanisms};
        bool plain = false;
        bool bound = false;
        for (std::string_view name = reader.get_string(); !name.empty();
             name = reader.get_string()) {
            plain = plain || name == "SCRAM-SHA-256";
            bound = bound || name == "SCRAM-SHA-256-PLUS";
        }
        if (!reader.exhausted())
            return false;
        scram_options how;
        how.limits = settings_.scram;
        how.binding = choose_binding(bound);
        if (settings_.memory)
            how.known = settings_.memory->find(settings_.password.text());
        if (!plain && how.binding.how != scram_binding::kind::tls_server_end_point)
            throw authentication_error{"the server offers none of the SASL mechanisms that are "
                                       "supported (SCRAM-SHA-256, and with TLS "
                                       "SCRAM-SHA-256-PLUS)" +
                                       context()};
        auto nonce = random_scram_nonce();
        if (!nonce)
            throw authentication_error{"libcrypto has no randomness to give"};
        scram_.emplace(password(), std::move(*nonce), std::move(how));
        write_sasl_initial_response(out, scram_->mechanism(), scram_->client_first());
        return true;
    }

    /// `offered`: by the server. Whoever sits between it and us can take the offer away, but not
    /// unnoticed: the server is told in the proof that we would have bound ourselves.
    [[nodiscard]] scram_binding choose_binding(bool offered) const
    {
        using kind = scram_binding::kind;
        bool const required = settings_.binding == channel_binding::require;
        tls_identity const& tls = settings_.tls;
        if (!tls.encrypted && offered)
            throw authentication_error{
                "the server offers channel binding on a connection without TLS: somebody between "
                "may have taken the encryption away" +
                context()};
        if (required && !tls.encrypted)
            throw authentication_error{"channel_binding=require needs TLS" + context()};
        if (required && !offered)
            throw authentication_error{
                "channel_binding=require, and the server does not offer it" + context()};
        if (!tls.encrypted || settings_.binding == channel_binding::disable)
            return {kind::none, {}};
        if (!offered)
            return {kind::not_offered, {}};
        if (!tls.certificate_hash.empty())
            return {kind::tls_server_end_point, tls.certificate_hash};
        // Nothing to bind to. To do without is safe only if we know already who that is.
        if (required || !tls.verified)
            throw authentication_error{
                "channel binding is not defined for the server's certificate, whose signature has "
                "no hash function of its own (Ed25519): set channel_binding=disable, or verify "
                "the certificate" +
                context()};
        return {kind::none, {}};
    }

    login_settings settings_;
    std::optional<scram_client> scram_;
    gss_login gss_;
    auth_method method_ = auth_method::none; // that the server asked for
    bool asked_ = false;                     // an Authentication message came
    bool negotiated_ = false;
    bool authenticated_ = false;
};

} // namespace pgcoro
