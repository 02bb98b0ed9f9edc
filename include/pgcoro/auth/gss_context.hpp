#pragma once

#include <cstddef>
#include <string>
#include <vector>

/// \file
/// Logging in by Kerberos, without a library that does it: that comes in by net/gssapi.hpp, where a
/// program includes it.

namespace pgcoro {

/// The service that a login by Kerberos is for: `service/host` in Kerberos' words.
struct gss_target
{
    std::string service = "postgres"; ///< libpq's krbsrvname
    std::string host;                 ///< as it was asked for; empty or a directory: none
    bool delegate = false;            ///< the server may act for us elsewhere: gssdelegation

    friend bool operator==(gss_target const&, gss_target const&) = default;
};

/// One login's conversation. To find the first answer takes a ticket, which takes a conversation
/// with Kerberos' own server: so answers may come later.
class gss_context
{
public:
    gss_context() = default;
    gss_context(gss_context const&) = delete;
    gss_context& operator=(gss_context const&) = delete;
    virtual ~gss_context() = default;

    /// Begins to look for the answer to `token`, the first time to none. Gives a descriptor that
    /// becomes readable when it is there, and is the caller's to close; -1: it is there.
    [[nodiscard]] virtual int begin() = 0;
    /// Puts the answer here.
    virtual void end() = 0;

    std::vector<std::byte> token; ///< the server's; behind end() ours, which may be empty
    bool complete = false;        ///< the server has proved who it is
    std::string problem;          ///< why there is no answer; "" if there is one
};

/// Makes one with new: it is the caller's.
using gss_maker = gss_context* (*)(gss_target const& whom);

/// Null, unless the program includes net/gssapi.hpp somewhere.
inline gss_maker known_gss = nullptr;

} // namespace pgcoro
