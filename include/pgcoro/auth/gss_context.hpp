#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// \file
/// Logging in by Kerberos, without a library that does it: that comes in by auth/gssapi.hpp, where
/// a program includes it.

namespace pgcoro {

/// The service that a login by Kerberos is for: `service/host` in Kerberos' words.
struct gss_target
{
    std::string service = "postgres"; ///< libpq's krbsrvname
    std::string host;                 ///< as it was asked for; empty or a directory: none
    bool delegate = false;            ///< the server may act for us elsewhere: gssdelegation

    friend bool operator==(gss_target const&, gss_target const&) = default;
};

/// What follows from a token of the server's.
struct gss_answer
{
    std::vector<std::byte> token; ///< for the server; empty: it gets none
    bool complete = false;        ///< the server has proved who it is
    std::string problem;          ///< why there is no answer; "" if there is one
};

/// Who waits for an answer. May be called on any thread, once.
class gss_reply
{
public:
    gss_reply() = default;
    gss_reply(gss_reply const&) = delete;
    gss_reply& operator=(gss_reply const&) = delete;
    virtual ~gss_reply() = default;
    virtual void answered(gss_answer answer) noexcept = 0;
};

/// One login's conversation. To find the first answer takes a ticket, which takes a conversation
/// with Kerberos' own server: so answers may come later, from another thread.
class gss_context
{
public:
    gss_context() = default;
    gss_context(gss_context const&) = delete;
    gss_context& operator=(gss_context const&) = delete;
    virtual ~gss_context() = default;
    /// Finds the answer to a token; the first time to none. `to` is told in any case.
    virtual void step(std::vector<std::byte> token, std::shared_ptr<gss_reply> to) = 0;
};

using gss_maker = std::shared_ptr<gss_context> (*)(gss_target const& whom);

/// Null, unless the program includes auth/gssapi.hpp somewhere.
inline gss_maker known_gss = nullptr;

/// A step that is due: `context` is to answer `token`. Nothing is, where there is no context.
struct gss_step
{
    std::shared_ptr<gss_context> context;
    std::vector<std::byte> token;
};

} // namespace pgcoro
