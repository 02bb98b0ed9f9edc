#pragma once

#include "../auth/gss_context.hpp"

#include <gssapi/gssapi.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

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

/// What a login shares with the thread that finds its first answer.
class gssapi_exchange
{
public:
    explicit gssapi_exchange(gss_target const& whom) : whom_{whom} {}
    gssapi_exchange(gssapi_exchange const&) = delete;
    gssapi_exchange& operator=(gssapi_exchange const&) = delete;
    ~gssapi_exchange()
    {
        OM_uint32 ignored = 0;
        if (context_ != GSS_C_NO_CONTEXT)
            ::gss_delete_sec_context(&ignored, &context_, GSS_C_NO_BUFFER);
        if (name_ != GSS_C_NO_NAME)
            ::gss_release_name(&ignored, &name_);
    }

    void answer() noexcept
    {
        try {
            find_answer();
        } catch (...) {
            problem = "out of memory";
        }
        there.store(true, std::memory_order_release);
    }

    std::vector<std::byte> token; // the server's, then ours
    bool complete = false;
    std::string problem;
    std::atomic<bool> there{false};

private:
    void find_answer()
    {
        OM_uint32 minor = 0;
        if (name_ == GSS_C_NO_NAME) {
            std::string whole = whom_.service + '@' + whom_.host;
            gss_buffer_desc name{whole.size(), whole.data()};
            OM_uint32 const major =
                ::gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &name_);
            if (major != GSS_S_COMPLETE) {
                problem = gssapi_text(major, minor);
                return;
            }
        }
        gss_buffer_desc from{token.size(), token.data()};
        gss_buffer_desc to = GSS_C_EMPTY_BUFFER;
        OM_uint32 const wanted =
            GSS_C_MUTUAL_FLAG | (whom_.delegate ? OM_uint32{GSS_C_DELEG_FLAG} : 0U);
        OM_uint32 got = 0;
        OM_uint32 const major = ::gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &context_,
            name_, GSS_C_NO_OID, wanted, 0, GSS_C_NO_CHANNEL_BINDINGS,
            context_ == GSS_C_NO_CONTEXT ? GSS_C_NO_BUFFER : &from, nullptr, &to, &got, nullptr);
        auto const* const bytes = static_cast<std::byte const*>(to.value);
        token.assign(bytes, bytes + to.length);
        if (to.length != 0) {
            OM_uint32 ignored = 0;
            ::gss_release_buffer(&ignored, &to);
        }
        complete = major == GSS_S_COMPLETE;
        if (GSS_ERROR(major))
            problem = gssapi_text(major, minor);
        else if (complete && (got & GSS_C_MUTUAL_FLAG) == 0)
            problem = "the server did not prove who it is";
    }

    gss_target whom_;
    gss_name_t name_ = GSS_C_NO_NAME;
    gss_ctx_id_t context_ = GSS_C_NO_CONTEXT;
};

/// One login's conversation, by the system's GSSAPI.
class gssapi_context final : public gss_context
{
public:
    explicit gssapi_context(gss_target const& whom)
        : exchange_{std::make_shared<gssapi_exchange>(whom)}
    {}

    /// The first is found on a thread of its own, since it may wait for Kerberos' server. Who does
    /// not want to wait any longer leaves the thread behind, as a look-up of a name. It touches no
    /// executor, which may be gone by then: it closes its end of a pair of sockets.
    [[nodiscard]] int begin() override
    {
        exchange_->token = std::move(token);
        exchange_->there = false;
        if (std::exchange(begun_, true)) {
            exchange_->answer();
            return -1;
        }
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
            throw std::system_error{errno, std::generic_category(), "socketpair"};
        for (int const each : ends)
            ::fcntl(each, F_SETFD, FD_CLOEXEC);
        try {
            std::thread{[exchange = exchange_, end = ends[1]] {
                exchange->answer();
                ::close(end);
            }}.detach();
        } catch (...) {
            ::close(ends[0]);
            ::close(ends[1]);
            throw;
        }
        return ends[0];
    }
    void end() override
    {
        if (!exchange_->there.load(std::memory_order_acquire)) {
            problem = "there is no answer";
            return;
        }
        token = std::move(exchange_->token);
        complete = exchange_->complete;
        problem = exchange_->problem;
    }

private:
    std::shared_ptr<gssapi_exchange> exchange_;
    bool begun_ = false;
};

/// From now on known to all logins of the program.
inline bool const gssapi_is_known = [] {
    known_gss = [](gss_target const& whom) -> gss_context* { return new gssapi_context{whom}; };
    return true;
}();

} // namespace pgcoro
