#pragma once

namespace pgcoro {

/// What a server must be for a connection to stay there: libpq's target_session_attrs.
/// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS
enum class target_session
{
    any,
    read_write,     ///< it takes writes: no standby, and its sessions are not read only by default
    read_only,      ///< it doesn't
    primary,        ///< no standby
    standby,        ///< in recovery
    prefer_standby, ///< a standby if one can be reached, else any
};

} // namespace pgcoro
