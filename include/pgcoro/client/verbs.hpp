#pragma once

#include "record_collector.hpp"
#include "results_call.hpp"
#include "sql.hpp"
#include "statement_of.hpp"
#include "timeout.hpp"
#include "uncached.hpp"
#include "verb_calls.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// The verbs that whatever can run a call has: a connection, a transaction, a pool. `Holder` gives
/// `owner()`, through whom the call goes, and `run_call()`, which starts it.
///
/// Every verb copies what it is given, but for the ranges of execute_many() and the like: the SQL
/// and the arguments may go once it has returned.
/// Nothing is sent before the awaitable is awaited, or started by gather(). Errors are thrown by
/// co_await: server_error and its kinds; operation_in_progress if the connection belongs to a
/// transaction or stream that this is not; encode_error for an argument; row_mismatch and
/// decode_error for the rows; timeout_error where there is a limit; copy_refused if the statement
/// is a COPY FROM STDIN; connection_lost.
/// Cancelled, a call throws std::system_error with asio::error::operation_aborted at once: what was
/// not sent is withdrawn; what was sent is cancelled at the server, or runs to its end unseen if
/// other calls are in flight behind it; the connection stays usable.
/// https://www.postgresql.org/docs/current/protocol-flow.html
template <class Holder, class Driver>
class verbs
{
public:
    template <class T>
    using awaitable = asio::awaitable<T, typename Driver::executor_type>;

    /// The same verbs within a time limit: `conn.with(pg::timeout(200ms)).fetch(sql)` throws
    /// timeout_error when it has passed, and leaves behind what a cancelled call does.
    [[nodiscard]] auto with(timeout limit)
    {
        return limited_verbs<Holder, Driver>{static_cast<Holder&>(*this), limit};
    }

    /// The same verbs past the statement cache: `conn.with(pg::uncached).fetch(sql)` parses the
    /// statement for this call alone, and pushes no other out of the cache.
    [[nodiscard]] auto with(uncached_t)
    {
        return uncached_verbs<Holder, Driver>{static_cast<Holder&>(*this)};
    }

    /// Runs a statement and gives its command tag: `INSERT 0 1`. Rows, if there are any, are
    /// dropped. Without arguments the text may hold several statements, which then run as one
    /// transaction; the tag is the last one's.
    /// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT
    template <class... Arguments>
    [[nodiscard]] awaitable<command_tag> execute(
        std::string_view sql, Arguments const&... arguments)
    {
        using made = execute_call<Driver>;
        if constexpr (sizeof...(Arguments) == 0)
            return start_simple(new made{request::protocol::simple, sql, via()});
        else
            return start(new made{request::protocol::extended, sql, via()}, arguments...);
    }

    /// Runs a text of several statements, without arguments, and gives what each of them does: its
    /// command tag and its rows, in text. They are one transaction, unless the text has commands
    /// that say otherwise; an error tells which of them it was, if it was not the whole text that
    /// the server could not read, and what the others gave is lost.
    /// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT
    [[nodiscard]] awaitable<std::vector<statement_result>> fetch_results(std::string_view sql)
    {
        using made = results_call<Driver>;
        return start_simple(new made{sql, via()});
    }

    /// Sends a notification to all who listen on the channel: within a transaction, with its
    /// COMMIT. The channel's name keeps its case. The server refuses names of more than 63 bytes
    /// and payloads of more than 7999.
    /// https://www.postgresql.org/docs/current/sql-notify.html
    [[nodiscard]] awaitable<command_tag> notify(
        std::string_view channel, std::string_view payload = {})
    {
        return execute("SELECT pg_notify($1, $2)", channel, payload);
    }

    /// Runs one statement for each element of a range, whose parameters are the element: a tuple's
    /// elements, an aggregate's members, or the value alone. Gives the number of rows affected, of
    /// all together. All are sent behind each other under one Sync, as memory allows and without
    /// waiting for any of them, and are one transaction: if one fails, or the caller is cancelled
    /// before all was sent, nothing is done; the error tells which element it was. (Within a
    /// transaction that has then failed.) An empty range does nothing.
    /// A range that is an rvalue is moved into the call; an lvalue must live until the call is
    /// through, and stay as it is. The call owns the connection meanwhile: others throw
    /// operation_in_progress.
    /// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
    template <iterable Range>
    [[nodiscard]] awaitable<std::uint64_t> execute_many(std::string_view sql, Range&& range)
    {
        return start_many<execute_many_call<Driver>>(sql, std::forward<Range>(range));
    }

    /// The same for statements that return rows: gives those of all executions, in their order.
    template <class T = record, iterable Range>
    [[nodiscard]] awaitable<result<T>> fetch_many(std::string_view sql, Range&& range)
    {
        return start_many<fetch_call<T, Driver>>(sql, std::forward<Range>(range));
    }

    /// All rows. `T` is a scalar for one column, a tuple for columns by position, an aggregate for
    /// columns by name, or record. Views in T point into the result.
    template <class T = record, class... Arguments>
    [[nodiscard]] awaitable<result<T>> fetch(std::string_view sql, Arguments const&... arguments)
    {
        using made = fetch_call<T, Driver>;
        return start(new made{sql, via()}, arguments...);
    }

    /// The first row, or nothing. Further rows are read and dropped.
    template <class T = record, class... Arguments>
    [[nodiscard]] awaitable<std::optional<T>> fetch_row(
        std::string_view sql, Arguments const&... arguments)
    {
        using made = fetch_row_call<T, Driver>;
        return start(new made{sql, via()}, arguments...);
    }

    /// The only row. Throws no_rows or too_many_rows.
    template <class T = record, class... Arguments>
    [[nodiscard]] awaitable<T> fetch_one(std::string_view sql, Arguments const&... arguments)
    {
        using made = fetch_one_call<T, true, Driver>;
        return start(new made{sql, via()}, arguments...);
    }

    /// The only column of the first row. Throws no_rows.
    template <class T, class... Arguments>
    [[nodiscard]] awaitable<T> fetch_value(std::string_view sql, Arguments const&... arguments)
    {
        static_assert(check_value_type<T>());
        using made = fetch_one_call<T, false, Driver>;
        return start(new made{sql, via()}, arguments...);
    }

    // The same for a statement_of, which says the types of its arguments and rows.

    template <class Row, class... Arguments>
    [[nodiscard]] awaitable<command_tag> execute(statement_of<Row(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments)
    {
        return execute(what.sql(), arguments...);
    }
    template <class Row, class... Arguments>
    [[nodiscard]] awaitable<result<Row>> fetch(statement_of<Row(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments)
    {
        return fetch<Row>(what.sql(), arguments...);
    }
    template <class Row, class... Arguments>
    [[nodiscard]] awaitable<std::optional<Row>> fetch_row(
        statement_of<Row(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments)
    {
        return fetch_row<Row>(what.sql(), arguments...);
    }
    template <class Row, class... Arguments>
    [[nodiscard]] awaitable<Row> fetch_one(statement_of<Row(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments)
    {
        return fetch_one<Row>(what.sql(), arguments...);
    }
    template <class Row, class... Arguments>
    [[nodiscard]] awaitable<Row> fetch_value(statement_of<Row(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments)
    {
        return fetch_value<Row>(what.sql(), arguments...);
    }
    template <class Row, class... Arguments, iterable Range>
    [[nodiscard]] awaitable<std::uint64_t> execute_many(
        statement_of<Row(Arguments...)> const& what, Range&& range)
    {
        return execute_many(what.sql(), std::forward<Range>(range));
    }
    template <class Row, class... Arguments, iterable Range>
    [[nodiscard]] awaitable<result<Row>> fetch_many(
        statement_of<Row(Arguments...)> const& what, Range&& range)
    {
        return fetch_many<Row>(what.sql(), std::forward<Range>(range));
    }

    /// The same for SQL that was put together: see pg::sql.
    [[nodiscard]] awaitable<command_tag> execute(pgcoro::sql const& query)
    {
        return execute(query.text(), query);
    }
    template <class T = record>
    [[nodiscard]] awaitable<result<T>> fetch(pgcoro::sql const& query)
    {
        return fetch<T>(query.text(), query);
    }
    template <class T = record>
    [[nodiscard]] awaitable<std::optional<T>> fetch_row(pgcoro::sql const& query)
    {
        return fetch_row<T>(query.text(), query);
    }
    template <class T = record>
    [[nodiscard]] awaitable<T> fetch_one(pgcoro::sql const& query)
    {
        return fetch_one<T>(query.text(), query);
    }
    template <class T>
    [[nodiscard]] awaitable<T> fetch_value(pgcoro::sql const& query)
    {
        return fetch_value<T>(query.text(), query);
    }

    /// Runs the statements of a pipeline, or of a batch, in one round trip: all or nothing, as one
    /// transaction. Gives a tuple (of a batch, a vector) of what each gives. Throws the first
    /// error, which names its statement; nothing was done then, unless the server had done all and
    /// it is what came back that did not fit (row_mismatch, decode_error, no_rows, too_many_rows).
    /// Within a transaction an error fails that. Cancelled or timed out it is one call: all of it
    /// is withdrawn, or cancelled and undone, or has run. On a pool it is one acquisition.
    /// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
    template <class Pipeline>
    [[nodiscard]] auto run(Pipeline&& what) requires std::is_rvalue_reference_v<Pipeline&&>
    {
        return std::move(what).template run_on<false, Driver>(static_cast<Holder&>(*this));
    }
    /// The same with errors kept apart: each statement is a transaction of its own, and gives an
    /// outcome, its value or its error, whatever becomes of the others. Throws for what concerns
    /// all: operation_in_progress, a connection that was lost before, a time limit. (Within a
    /// transaction the first error fails all that is behind it.)
    template <class Pipeline>
    [[nodiscard]] auto run_each(Pipeline&& what) requires std::is_rvalue_reference_v<Pipeline&&>
    {
        return std::move(what).template run_on<true, Driver>(static_cast<Holder&>(*this));
    }

private:
    [[nodiscard]] owner_id via() const { return static_cast<Holder const&>(*this).owner(); }

    template <class Call>
    [[nodiscard]] awaitable<typename Call::result_type> run_made(std::unique_ptr<call<Driver>> made)
    {
        return static_cast<Holder&>(*this).template run_call<Call>(std::move(made));
    }
    template <class Call>
    [[nodiscard]] awaitable<typename Call::result_type> start_simple(Call* made)
    {
        return run_made<Call>(std::unique_ptr<call<Driver>>{made});
    }
    template <class Call, class Range>
    [[nodiscard]] awaitable<typename Call::result_type> start_many(
        std::string_view sql, Range&& range)
    {
        auto made = std::make_unique<Call>(sql, via());
        if (!made->encode_each(std::forward<Range>(range)))
            return nothing_done<typename Call::result_type, typename Driver::executor_type>();
        return run_made<Call>(std::move(made));
    }
    template <class Call, class... Arguments>
    [[nodiscard]] awaitable<typename Call::result_type> start(
        Call* made, Arguments const&... arguments)
    {
        std::unique_ptr<call<Driver>> owned{made};
        if constexpr ((... || is_awaited_in_pieces<Arguments>)) {
            auto sources = sources_to_await(arguments...);
            owned->encode(arguments...);
            return run_with_sources(run_made<Call>(std::move(owned)), std::move(sources));
        } else {
            owned->encode(arguments...);
            return run_made<Call>(std::move(owned));
        }
    }
};

} // namespace pgcoro
