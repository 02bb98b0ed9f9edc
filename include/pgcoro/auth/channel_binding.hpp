#pragma once

namespace pgcoro {

/// Whether a login by SCRAM is bound to the certificate of the server's TLS, so that nobody can sit
/// between: libpq's channel_binding.
/// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CHANNEL-BINDING
enum class channel_binding
{
    disable, ///< never
    prefer,  ///< if there is TLS, and the server offers it
    require, ///< or nothing: a server that logs us in without it is refused
};

} // namespace pgcoro
