#pragma once

#include "../auth/auth_methods.hpp"
#include "../auth/channel_binding.hpp"
#include "../auth/gss_context.hpp"
#include "../auth/scram.hpp"
#include "../auth/scram_memory.hpp"
#include "../auth/secret.hpp"
#include "../auth/tls_identity.hpp"
#include "../protocol/startup.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro {

/// Who logs in, and where to.
struct login_settings
{
    std::string user;
    secret password; ///< may be empty: then a server that asks for one is an error
    /// What goes into the startup packet besides the user: database, application_name…
    std::vector<std::pair<std::string, std::string>> parameters;
    scram_limits scram;
    std::shared_ptr<scram_memory> memory;              ///< of earlier logins; may be null
    auth_methods methods;                              ///< any other gets no answer
    channel_binding binding = channel_binding::prefer; ///< to the certificate of the server's TLS
    tls_identity tls;                                  ///< who is at the other end
    gss_maker gss = known_gss; ///< for Kerberos; null: the program can't do that
    gss_target gss_service;    ///< whom a login by Kerberos is for
    std::uint32_t lowest_protocol = protocol_version_3_0;
    std::uint32_t highest_protocol = protocol_version_3_0; ///< the server may ask for a lower one
    std::string where;       ///< the server, for messages: `"db", port 5432`
    std::string no_password; ///< why there is none, for messages; may be empty
    std::string earlier;     ///< why an attempt before this one failed, for messages
};

} // namespace pgcoro
