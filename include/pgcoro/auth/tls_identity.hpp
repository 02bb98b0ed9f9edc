#pragma once

#include <cstddef>
#include <vector>

namespace pgcoro {

/// What TLS told about who is at the other end; of a connection without it, nothing.
struct tls_identity
{
    bool encrypted = false;
    bool verified = false; ///< the certificate leads to one that we trust
    /// What a login can be bound to; empty if that is not defined for the certificate.
    std::vector<std::byte> certificate_hash;
};

} // namespace pgcoro
