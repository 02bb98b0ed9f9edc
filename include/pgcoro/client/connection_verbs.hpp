#pragma once

#include "copy_out.hpp"
#include "copy_pieces.hpp"
#include "copy_rows.hpp"
#include "copy_writer.hpp"
#include "cursor.hpp"
#include "files.hpp"
#include "row_stream.hpp"
#include "statement.hpp"
#include "verbs.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// The verbs that take more than one call, or outlast one: of whatever holds a connection. `Holder`
/// gives `share_driver()` besides what verbs need.
template <class Holder, class Driver>
class connection_verbs : public verbs<Holder, Driver>
{
public:
    template <class T>
    using awaitable = asio::awaitable<T, typename Driver::executor_type>;

    /// Rows as they arrive, a batch at a time, in constant memory. The stream owns the connection
    /// until it has ended, or is closed or dropped: what becomes of the rest then, see row_stream.
    /// Errors of the statement are thrown here if they come before its columns are known, else by
    /// next(). Cancelled here, it ends as other calls do.
    /// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
    template <class T = record, class... Arguments>
    [[nodiscard]] awaitable<row_stream<T, Driver>> stream(
        std::string_view sql, Arguments const&... arguments)
    {
        return open_stream<T>(self().share_driver(), self().owner(), sql, arguments...);
    }

    template <class Row, class... Arguments>
    [[nodiscard]] awaitable<row_stream<Row, Driver>> stream(
        statement_of<Row(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments)
    {
        return stream<Row>(what.sql(), arguments...);
    }

    /// Of SQL that was put together: see pg::sql.
    template <class T = record>
    [[nodiscard]] awaitable<row_stream<T, Driver>> stream(pgcoro::sql const& query)
    {
        return stream<T>(query.text(), query);
    }
    template <class T = record>
    [[nodiscard]] awaitable<basic_cursor<T, Driver>> cursor(pgcoro::sql const& query)
    {
        return cursor<T>(query.text(), query);
    }

    /// Declares a cursor: the result stays on the server, to be fetched piece by piece. A
    /// transaction's ends with it, unless `how` says that it is held; a connection's is held:
    /// the server stores the whole result. See basic_cursor. Errors as with verbs::fetch().
    /// Cancelled, it leaves none open that would outlive the transaction.
    /// https://www.postgresql.org/docs/current/sql-declare.html
    template <class T = record, class... Arguments>
    [[nodiscard]] awaitable<basic_cursor<T, Driver>> cursor(
        cursor_options how, std::string_view sql, Arguments const&... arguments)
    {
        static_assert((... && !is_awaited_in_pieces<Arguments>),
            "pgcoro: chunks() of a source that gives awaitables can't be an argument of a cursor");
        return open_cursor<T>(self().share_driver(), self().owner(), how, sql,
            sizeof...(Arguments) != 0,
            [&](call<Driver>& declaring) { declaring.encode(arguments...); });
    }
    template <class T = record, class... Arguments>
    [[nodiscard]] awaitable<basic_cursor<T, Driver>> cursor(
        std::string_view sql, Arguments const&... arguments)
    {
        return cursor<T>(cursor_options{}, sql, arguments...);
    }
    template <class Row, class... Arguments>
    [[nodiscard]] awaitable<basic_cursor<Row, Driver>> cursor(cursor_options how,
        statement_of<Row(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments)
    {
        return cursor<Row>(how, what.sql(), arguments...);
    }
    template <class Row, class... Arguments>
    [[nodiscard]] awaitable<basic_cursor<Row, Driver>> cursor(
        statement_of<Row(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments)
    {
        return cursor<Row>(cursor_options{}, what.sql(), arguments...);
    }

    /// Copies the elements of a range into a table: tuples by position, aggregates by their
    /// members' names unless `how` names the columns, or single values. In binary where every
    /// column takes its C++ type so, else in text. Gives the number of rows. Runs in constant
    /// memory. All of it happens or nothing; encode_error tells which element it was.
    /// A range that is an rvalue is moved into the call; an lvalue must live until the call is
    /// through, and stay as it is. The call owns the connection meanwhile. Cancelled, it ends the
    /// COPY: nothing was copied. Of `how` it takes the schema, the columns, freeze() and where();
    /// the format is its own, and any other option an options_error.
    /// https://www.postgresql.org/docs/current/sql-copy.html
    template <iterable Range>
    [[nodiscard]] awaitable<std::uint64_t> copy_in(
        std::string table, Range&& range, copy_options how = {})
    {
        return run_copy_in<Driver, Range>(self().share_driver(), self().owner(), std::move(table),
            std::forward<Range>(range), std::move(how));
    }

    /// Copies data, in the format that `how` tells, from a source that gives it piece by piece: a
    /// file (`copy_in("t", pg::input_file{"t.csv"}, pg::copy_options{}.csv())`), a copy_out() of
    /// another connection, whatever is a piece_source. Gives the number of rows. A source that
    /// throws ends the COPY, as being cancelled does: nothing was copied. An rvalue is moved into
    /// the call; an lvalue must live until it is through. The call owns the connection meanwhile.
    /// https://www.postgresql.org/docs/current/sql-copy.html
    template <piece_source Source>
    [[nodiscard]] awaitable<std::uint64_t> copy_in(
        std::string_view table, Source&& source, copy_options how = {})
    {
        return copy_pieces_in<Driver, Source>(self().share_driver(), self().owner(),
            how.copy_in_sql(table), std::forward<Source>(source), how.progress());
    }

    /// Has a statement parsed, to be run again and again, and to be asked what it takes and gives.
    /// Prepared on a transaction it runs in that; see basic_statement::on() for going on with it.
    /// Throws what the server says of the text, and options_error behind a transaction_pooler().
    /// Cancelled, nothing stays prepared.
    /// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
    [[nodiscard]] awaitable<basic_statement<Driver>> prepare(std::string_view sql)
    {
        return prepare_statement(self().share_driver(), self().owner(), sql);
    }

    /// Starts a COPY FROM STDIN into a table, whose data, in the format that `how` tells, is to be
    /// given piece by piece: see copy_writer. Throws what the server says of the table and the
    /// options. Cancelled, nothing was copied.
    /// https://www.postgresql.org/docs/current/sql-copy.html
    [[nodiscard]] awaitable<copy_writer<Driver>> open_copy_in(
        std::string_view table, copy_options const& how = {})
    {
        return run_copy_writer(self().share_driver(), self().owner(), how.copy_in_sql(table));
    }

    /// The data of a table, in the format that `how` tells, as it arrives: see copy_stream, which
    /// owns the connection until its end. Throws what the server says of the table and the options.
    /// Cancelled, it ends as other calls do.
    /// https://www.postgresql.org/docs/current/sql-copy.html
    [[nodiscard]] awaitable<copy_stream<Driver>> copy_out(
        std::string_view table, copy_options const& how = {})
    {
        return run_copy_out(self().share_driver(), self().owner(), how.copy_out_sql(table));
    }
    /// The same of a query: `copy_out(pg::copy_query{"SELECT … WHERE id > $1", 10})`. It is copied
    /// by the call.
    [[nodiscard]] awaitable<copy_stream<Driver>> copy_out(
        copy_query const& query, copy_options const& how = {})
    {
        return run_copy_out(self().share_driver(), self().owner(), how.copy_query_sql(query.sql()));
    }

    /// Copies the data of a table, in the format that `how` tells, into a sink: a file
    /// (`copy_out("t", pg::output_file{"t.csv"}, pg::copy_options{}.csv())`), a writer of another
    /// connection, whatever is a piece_sink. Gives the number of rows. If the sink throws, or the
    /// caller is cancelled, it ends as a stream that is dropped: see basic_stream. An rvalue is
    /// moved into the call; an lvalue must live until it is through. The call owns the connection
    /// meanwhile.
    /// https://www.postgresql.org/docs/current/sql-copy.html
    template <piece_sink Sink>
    [[nodiscard]] awaitable<std::uint64_t> copy_out(
        std::string_view table, Sink&& sink, copy_options how = {})
    {
        return copy_pieces_out<Driver, Sink>(self().share_driver(), self().owner(),
            how.copy_out_sql(table), std::forward<Sink>(sink), how.progress());
    }
    /// The same of a query.
    template <piece_sink Sink>
    [[nodiscard]] awaitable<std::uint64_t> copy_out(
        copy_query const& query, Sink&& sink, copy_options how = {})
    {
        return copy_pieces_out<Driver, Sink>(self().share_driver(), self().owner(),
            how.copy_query_sql(query.sql()), std::forward<Sink>(sink), how.progress());
    }

    /// The rows of a table as they arrive, decoded, a batch at a time, in constant memory: the same
    /// stream as stream()'s, which costs the server and us as much. Aggregates take columns by
    /// name, and no others are copied; tuples and values take them by position. In binary where
    /// every column has a binary form that its C++ type reads, else in text. What does not fit is a
    /// row_mismatch, before anything is copied. Of `how` it takes schema and columns; any other
    /// option is an options_error. The table's columns are asked for first: two round trips.
    /// Cancelled, it ends as other calls do.
    /// https://www.postgresql.org/docs/current/sql-copy.html
    template <class T>
    [[nodiscard]] awaitable<row_stream<T, Driver>> copy_out(
        std::string_view table, copy_options how = {})
    {
        return run_copy_rows<T, Driver>(self().share_driver(), self().owner(), std::string{table},
            std::string{}, std::move(how));
    }
    /// The same of a query.
    template <class T>
    [[nodiscard]] awaitable<row_stream<T, Driver>> copy_out(
        copy_query const& query, copy_options how = {})
    {
        return run_copy_rows<T, Driver>(
            self().share_driver(), self().owner(), std::string{}, query.sql(), std::move(how));
    }

private:
    [[nodiscard]] Holder& self() noexcept { return static_cast<Holder&>(*this); }
};

} // namespace pgcoro
