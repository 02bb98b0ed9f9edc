#pragma once

#include "sqlstate.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pgcoro {

/// A call, as a tracer hears of it. Its views live as long as the tracer's function runs.
struct traced_call
{
    std::uint32_t process_id = 0; ///< of the server's process: tells the connections apart
    std::uint64_t number = 0;     ///< of the call, on its connection
    std::string_view sql;
    /// Readable, `NULL` and unknown binary ones as \\x… included; only if the tracer wants them.
    std::span<std::string const> arguments;
};

/// How a call ended.
struct traced_end
{
    std::chrono::nanoseconds duration{}; ///< from its start to its last reply, waiting included
    std::uint64_t rows = 0;              ///< that were returned or affected
    /// Bytes of its messages: Parse (if it was sent with the rest), Bind, Execute, a range's or a
    /// COPY's data; and of the rows or the COPY's data that came back.
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    bool cancelled = false;        ///< its caller had gone
    std::exception_ptr error;      ///< null: it succeeded
    std::optional<sqlstate> state; ///< of an error that the server reported
};

/// A connection that a pool lends, as a tracer hears of it.
struct traced_lease
{
    std::uint32_t process_id = 0;      ///< of the server's process
    std::chrono::nanoseconds waited{}; ///< by the caller, until it was there
    std::chrono::nanoseconds held{};   ///< until it was given back
    /// Where it was acquired; empty and 0 for a verb of the pool.
    std::string_view file;
    std::uint32_t line = 0;
};

/// Hears of every statement that a connection runs, those of the library included: BEGIN, ROLLBACK,
/// UNLISTEN… Derive from it and give it to options::trace() or basic_connection::trace(). Its
/// functions are called while the connection works, on its executor: they must be quick and must
/// not call the connection; what they throw is dropped. One tracer may serve many connections.
class tracer
{
public:
    tracer() = default;
    tracer(tracer const&) = delete;
    tracer& operator=(tracer const&) = delete;
    virtual ~tracer() = default;

    /// It was started; it may still have to wait for others before it is sent.
    virtual void started(traced_call const& call) { (void)call; }
    /// Its last reply was read, or it can't have one any more.
    virtual void ended(traced_call const& call, traced_end const& how) { (void)call, (void)how; }
    /// A pool lends a connection, and has it back. On the caller's thread, or whichever gave it
    /// back; it must not call the pool.
    virtual void acquired(traced_lease const& lent) { (void)lent; }
    virtual void released(traced_lease const& lent) { (void)lent; }
    /// Whether arguments are to be made readable, for started() alone. They may be secrets.
    [[nodiscard]] virtual bool wants_arguments() const { return false; }
};

} // namespace pgcoro
