#pragma once

#include "share.hpp"

#include <memory>
#include <string>
#include <system_error>
#include <utility>

/// \file
/// The errors that the library itself finds. Those that the server reports are in
/// core/server_error.hpp and core/conditions.hpp; all are a pgcoro::error.

namespace pgcoro {

/// What went wrong on this side of the connection: the value of error::code() for every exception
/// that does not come from the server.
enum class errc
{
    invalid_options = 1,
    connect_failed,
    authentication_failed,
    connection_lost,
    protocol_error,
    timeout,
    operation_in_progress,
    transaction_lost,
    no_rows,
    too_many_rows,
    encode_failed,
    decode_failed,
    row_mismatch,
    copy_refused,
    notifications_lost,
    pool_closed,
    server_start_failed,
    tls_failed,
    too_many_waiters,
    session_state_leaked,
    session_state_refused,
};

/// The category of errc; its name is "pgcoro".
[[nodiscard]] inline std::error_category const& client_category() noexcept
{
    class category final : public std::error_category
    {
    public:
        [[nodiscard]] char const* name() const noexcept override { return "pgcoro"; }
        [[nodiscard]] std::string message(int value) const override
        {
            switch (static_cast<errc>(value)) {
            case errc::invalid_options:
                return "invalid connection options";
            case errc::connect_failed:
                return "could not connect";
            case errc::authentication_failed:
                return "authentication failed";
            case errc::connection_lost:
                return "the connection is closed";
            case errc::protocol_error:
                return "the server broke the protocol";
            case errc::timeout:
                return "timed out";
            case errc::operation_in_progress:
                return "another operation is in progress";
            case errc::transaction_lost:
                return "the transaction was lost";
            case errc::no_rows:
                return "the query returned no row";
            case errc::too_many_rows:
                return "the query returned more than one row";
            case errc::encode_failed:
                return "an argument could not be encoded";
            case errc::decode_failed:
                return "a value could not be decoded";
            case errc::row_mismatch:
                return "the columns do not fit the row type";
            case errc::copy_refused:
                return "COPY needs its own call";
            case errc::notifications_lost:
                return "notifications were lost";
            case errc::pool_closed:
                return "the pool is closed";
            case errc::too_many_waiters:
                return "too many callers wait for the pool";
            case errc::session_state_leaked:
                return "a statement left its session changed for others";
            case errc::session_state_refused:
                return "the statement is not for a shared connection";
            case errc::server_start_failed:
                return "the private server did not start";
            case errc::tls_failed:
                return "TLS failed";
            }
            return "unknown error";
        }
    };
    static category const instance;
    return instance;
}

[[nodiscard]] inline std::error_code make_error_code(errc value) noexcept
{
    return {static_cast<int>(value), client_category()};
}

/// The base of everything that this library throws, except what Asio throws for a cancelled call
/// (std::system_error with asio::error::operation_aborted). what() is the whole message: it says
/// what happened, where, and where known how to mend it. It never holds a password.
class error : public std::system_error
{
public:
    error(std::error_code code, std::string message)
        : std::system_error{code}, message_{share<std::string const>(std::move(message))}
    {}

    [[nodiscard]] char const* what() const noexcept override { return message_->c_str(); }

private:
    std::shared_ptr<std::string const> message_; // shared: copying an exception must not throw
};

/// A connection string, a setting or a combination of settings that cannot work.
class options_error : public error
{
public:
    explicit options_error(std::string message)
        : error{make_error_code(errc::invalid_options), std::move(message)}
    {}
};

/// No connection could be made: host not found, refused, not a PostgreSQL server.
class connect_error : public error
{
public:
    explicit connect_error(std::string message)
        : error{make_error_code(errc::connect_failed), std::move(message)}
    {}
};

/// The connection could not be encrypted as the options demand: the server has no TLS, its
/// certificate is not to be trusted or not its own, a file of ours can't be read.
class tls_error : public error
{
public:
    explicit tls_error(std::string message)
        : error{make_error_code(errc::tls_failed), std::move(message)}
    {}
};

/// Our side refuses to log in: a method we can't or won't do, or a server that could not prove
/// that it knows the password. (The server refusing us is invalid_password and the like.)
class authentication_error : public error
{
public:
    explicit authentication_error(std::string message)
        : error{make_error_code(errc::authentication_failed), std::move(message)}
    {}
};

/// The connection is closed, or was lost under the call. Whether a statement in flight took effect
/// is not known.
class connection_lost : public error
{
public:
    explicit connection_lost(std::string message)
        : error{make_error_code(errc::connection_lost), std::move(message)}
    {}
};

/// The server sent what the protocol does not allow there; the connection is closed.
class protocol_error : public error
{
public:
    explicit protocol_error(std::string message)
        : error{make_error_code(errc::protocol_error), std::move(message)}
    {}
};

/// A time limit passed.
class timeout_error : public error
{
public:
    explicit timeout_error(std::string message)
        : error{make_error_code(errc::timeout), std::move(message)}
    {}
};

/// The connection belongs to a transaction, a row stream or the like, and the call did not go
/// through it. The owner goes on unharmed.
class operation_in_progress : public error
{
public:
    explicit operation_in_progress(std::string const& owner)
        : error{make_error_code(errc::operation_in_progress),
              "cannot perform operation: another operation is in progress (" + owner + ")"}
    {}
};

/// The transaction is not there any more: it ended behind the transaction object's back, or COMMIT
/// was answered by ROLLBACK.
class transaction_lost : public error
{
public:
    explicit transaction_lost(std::string message)
        : error{make_error_code(errc::transaction_lost), std::move(message)}
    {}
};

/// A row was asked for and there was none.
class no_rows : public error
{
public:
    explicit no_rows(std::string message)
        : error{make_error_code(errc::no_rows), std::move(message)}
    {}
};

/// Exactly one row was asked for and there were more.
class too_many_rows : public error
{
public:
    explicit too_many_rows(std::string message)
        : error{make_error_code(errc::too_many_rows), std::move(message)}
    {}
};

/// An argument cannot be sent; nothing was.
class encode_error : public error
{
public:
    explicit encode_error(std::string message)
        : error{make_error_code(errc::encode_failed), std::move(message)}
    {}
};

/// A value that came does not fit its C++ type: NULL, too large, malformed. Names the column.
class decode_error : public error
{
public:
    explicit decode_error(std::string message)
        : error{make_error_code(errc::decode_failed), std::move(message)}
    {}
};

/// The columns of a result do not fit the row type: all that is missing or of another type.
class row_mismatch : public error
{
public:
    explicit row_mismatch(std::string message)
        : error{make_error_code(errc::row_mismatch), std::move(message)}
    {}
};

/// A statement started COPY where no copy call was made.
class copy_refused : public error
{
public:
    explicit copy_refused(std::string message)
        : error{make_error_code(errc::copy_refused), std::move(message)}
    {}
};

/// The pool is closed or closing.
class pool_closed : public error
{
public:
    explicit pool_closed(std::string message)
        : error{make_error_code(errc::pool_closed), std::move(message)}
    {}
};

/// As many callers wait for a pool's connections as may.
class too_many_waiters : public error
{
public:
    explicit too_many_waiters(std::string message)
        : error{make_error_code(errc::too_many_waiters), std::move(message)}
    {}
};

/// A statement on a connection that others share left a transaction open. The connection is closed:
/// what was run behind the statement has been rolled back, or may have been.
class session_state_leaked : public error
{
public:
    explicit session_state_leaked(std::string message)
        : error{make_error_code(errc::session_state_leaked), std::move(message)}
    {}
};

/// A statement that would change the session of a connection that others share. It was not run.
class session_state_refused : public error
{
public:
    explicit session_state_refused(std::string message)
        : error{make_error_code(errc::session_state_refused), std::move(message)}
    {}
};

} // namespace pgcoro

template <>
struct std::is_error_code_enum<pgcoro::errc> : std::true_type
{};
