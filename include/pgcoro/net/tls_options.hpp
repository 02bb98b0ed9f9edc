#pragma once

#include "../auth/channel_binding.hpp"
#include "../auth/secret.hpp"

#include <string>

namespace pgcoro {

/// Whether the connection is encrypted, and how much is known then of who is at the other end:
/// libpq's sslmode. On a Unix socket there is never TLS, whatever the mode.
/// https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS
enum class ssl_mode
{
    disable,     ///< never
    allow,       ///< without; if the server refuses that, with
    prefer,      ///< with, if the server can; else without. Protects from nobody who interferes
    require,     ///< with; the certificate is checked only if there is a root certificate file
    verify_ca,   ///< with, and the server's certificate leads to one that we trust
    verify_full, ///< that, and it is made out for the host that we asked for
};

/// How TLS begins: libpq's sslnegotiation.
enum class ssl_negotiation
{
    postgres, ///< the server is asked first whether it wants TLS
    direct, ///< at once, which saves a round trip: PostgreSQL 17 on, and sslmode require or better
};

/// Whether we show a certificate of ours: libpq's sslcertmode.
enum class client_certificate
{
    disable, ///< never, even if there is one
    allow,   ///< if the server asks and there is one
    require, ///< a server that doesn't ask for it is refused
};

/// All that is to be said about TLS. File names are used as they stand; an empty one means libpq's
/// default below ~/.postgresql, if that file exists.
/// https://www.postgresql.org/docs/current/libpq-ssl.html
struct tls_options
{
    tls_options() {} // declared: gcc 12 destroys braced aggregates twice in a co_await expression
    explicit tls_options(ssl_mode how) : mode{how} {}

    ssl_mode mode = ssl_mode::prefer;
    ssl_negotiation negotiation = ssl_negotiation::postgres;
    /// sslrootcert: whom we trust, PEM. "": ~/.postgresql/root.crt. "system": OpenSSL's own
    /// store, with verify_full alone.
    std::string root_certificate;
    /// sslcert: ours, with what leads to its root, PEM. "": ~/.postgresql/postgresql.crt.
    std::string certificate;
    /// sslkey: its key, PEM or DER; nobody else may be able to read it. "":
    /// ~/.postgresql/postgresql.key.
    std::string key;
    /// sslpassword: what the key is encrypted with.
    secret key_password;
    client_certificate certificate_mode = client_certificate::allow; ///< sslcertmode
    /// sslcrl: certificates that are not to be trusted any more, PEM. "":
    /// ~/.postgresql/root.crl, unless there is a directory.
    std::string revocation_list;
    /// sslcrldir: the same as a directory made by `openssl rehash`.
    std::string revocation_directory;
    /// sslsni: tell the server, in clear text, the name of the host that we want.
    bool sni = true;
    /// ssl_min_protocol_version: TLSv1, TLSv1.1, TLSv1.2, TLSv1.3; "" is OpenSSL's lowest.
    std::string minimum_version = "TLSv1.2";
    /// ssl_max_protocol_version; "" is the highest there is.
    std::string maximum_version;

    friend bool operator==(tls_options const&, tls_options const&) = default;
};

} // namespace pgcoro
