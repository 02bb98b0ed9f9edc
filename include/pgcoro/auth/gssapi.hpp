#pragma once

#include "gss_context.hpp"

#include <gssapi/gssapi.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

/// \file
/// Logging in by Kerberos. A program that includes this anywhere, and is linked with the GSSAPI
/// library (`-lgssapi_krb5`), can be asked for it by a server, and then does it with the ticket
/// that kinit got, or the keytab that KRB5_CLIENT_KTNAME names. No other header of ours needs that
/// library.
/// https://www.postgresql.org/docs/current/gssapi-auth.html

namespace pgcoro {

/// What GSSAPI says of a failure: `No credentials were supplied: No Kerberos credentials
/// available`.
[[nodiscard]] inline std::string gssapi_text(OM_uint32 major, OM_uint32 minor)
{
    std::string all;
    auto const add = [&all](OM_uint32 status, int kind) {
        OM_uint32 more = 0;
        do {
            OM_uint32 ignored = 0;
            gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
            if (::gss_display_status(&ignored, status, kind, GSS_C_NO_OID, &more, &text) !=
                GSS_S_COMPLETE)
                return;
            all += all.empty() ? "" : ": ";
            all.append(static_cast<char const*>(text.value), text.length);
            ::gss_release_buffer(&ignored, &text);
        } while (more != 0);
    };
    add(major, GSS_C_GSS_CODE);
    if (minor != 0)
        add(minor, GSS_C_MECH_CODE);
    return all;
}

/// One login's conversation, by the system's GSSAPI.
class gssapi_context final : public gss_context, public std::enable_shared_from_this<gssapi_context>
{
public:
    explicit gssapi_context(gss_target whom) : whom_{std::move(whom)} {}
    ~gssapi_context() override
    {
        OM_uint32 ignored = 0;
        if (context_ != GSS_C_NO_CONTEXT)
            ::gss_delete_sec_context(&ignored, &context_, GSS_C_NO_BUFFER);
        if (name_ != GSS_C_NO_NAME)
            ::gss_release_name(&ignored, &name_);
    }

    /// The first is found on a thread of its own, since it may wait for Kerberos' server. Who does
    /// not want to wait any longer leaves the thread behind, as a look-up of a name.
    void step(std::vector<std::byte> token, std::shared_ptr<gss_reply> to) override
    {
        if (context_ != GSS_C_NO_CONTEXT)
            return to->answered(next(token));
        try {
            std::thread{[self = shared_from_this(), to] { to->answered(self->next({})); }}.detach();
        } catch (std::exception const& none) {
            to->answered({{}, false, none.what()});
        }
    }

private:
    [[nodiscard]] gss_answer next(std::vector<std::byte> const& token) noexcept
    try {
        OM_uint32 minor = 0;
        gss_answer answer;
        if (name_ == GSS_C_NO_NAME) {
            std::string whole = whom_.service + '@' + whom_.host;
            gss_buffer_desc name{whole.size(), whole.data()};
            OM_uint32 const major =
                ::gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &name_);
            if (major != GSS_S_COMPLETE) {
                answer.problem = gssapi_text(major, minor);
                return answer;
            }
        }
        // GSSAPI reads it, and takes it as not const.
        gss_buffer_desc from{token.size(), const_cast<std::byte*>(token.data())};
        gss_buffer_desc to = GSS_C_EMPTY_BUFFER;
        OM_uint32 const wanted =
            GSS_C_MUTUAL_FLAG | (whom_.delegate ? OM_uint32{GSS_C_DELEG_FLAG} : 0U);
        OM_uint32 got = 0;
        OM_uint32 const major = ::gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &context_,
            name_, GSS_C_NO_OID, wanted, 0, GSS_C_NO_CHANNEL_BINDINGS,
            context_ == GSS_C_NO_CONTEXT ? GSS_C_NO_BUFFER : &from, nullptr, &to, &got, nullptr);
        auto const* const bytes = static_cast<std::byte const*>(to.value);
        answer.token.assign(bytes, bytes + to.length);
        if (to.length != 0) {
            OM_uint32 ignored = 0;
            ::gss_release_buffer(&ignored, &to);
        }
        answer.complete = major == GSS_S_COMPLETE;
        if (GSS_ERROR(major))
            answer.problem = gssapi_text(major, minor);
        else if (answer.complete && (got & GSS_C_MUTUAL_FLAG) == 0)
            answer.problem = "the server did not prove who it is";
        return answer;
    } catch (...) {
        return {{}, false, "out of memory"};
    }

    gss_target whom_;
    gss_name_t name_ = GSS_C_NO_NAME;
    gss_ctx_id_t context_ = GSS_C_NO_CONTEXT;
};

/// From now on known to all logins of the program.
inline bool const gssapi_is_known = [] {
    known_gss = [](gss_target const& whom) -> std::shared_ptr<gss_context> {
        return std::make_shared<gssapi_context>(whom);
    };
    return true;
}();

} // namespace pgcoro
