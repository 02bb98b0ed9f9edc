#pragma once

#include "../core/share.hpp"
#include "../session/server_statement.hpp"
#include "../types/known_parameters.hpp"
#include "cursor_options.hpp"
#include "pipeline.hpp"
#include "query_plan.hpp"
#include "row_stream.hpp"
#include "timeout.hpp"
#include "verb_calls.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

template <class Driver>
class prepare_call;
template <class T, class Driver>
class basic_cursor;
template <class T, class Driver, class Encode>
[[nodiscard]] auto open_cursor(std::shared_ptr<Driver> driver, owner_id owner, cursor_options how,
    std::string_view query, bool has_arguments, Encode const& encode);

/// A statement that the server keeps parsed: what prepare() of a connection or transaction gives.
/// It is asked what it takes and gives, and run with arguments alone. It is a handle: copies mean
/// the same statement, which is closed with the next call on the connection once the last of them
/// has gone. Should the server have lost it (`DISCARD ALL`, another schema), the next run parses it
/// again, without a word where that is safe.
///
/// Arguments go as the type that the parameter has: a std::int64_t to an integer, a std::string to
/// anything, a vector of ints to bigint[]. What would lose something on the way, such as a
/// sys_time for a timestamp, or another number of arguments than parameters, is an encode_error.
/// The owners of the connection hold here too: a statement runs on whom it was prepared on, or on
/// whom on() says. All else is as in verbs.
/// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
template <class Driver>
class basic_statement
{
public:
    template <class T>
    using awaitable = asio::awaitable<T, typename Driver::executor_type>;

    /// No statement: calls throw connection_lost.
    basic_statement() noexcept = default;

    [[nodiscard]] explicit operator bool() const noexcept { return kept_ != nullptr; }
    /// Lives as long as the statement.
    [[nodiscard]] std::string_view sql() const noexcept
    {
        return kept_ ? std::string_view{kept_->sql} : std::string_view{};
    }
    /// The types of $1, $2…, as the server had settled them when the statement was prepared;
    /// type_name() names the built-in ones. Lives as long as the statement.
    [[nodiscard]] std::span<oid const> parameters() const noexcept
    {
        return kept_ ? std::span<oid const>{kept_->parameters} : std::span<oid const>{};
    }
    /// The columns of its rows, as they were when it was prepared: their names, their types, and
    /// the tables that they come from (client/nullability.hpp asks whether they can be NULL). None
    /// for a statement that returns no rows.
    [[nodiscard]] std::span<column_description const> columns() const noexcept
    {
        return kept_ && kept_->rows ? std::span<column_description const>{kept_->rows->columns}
                                    : std::span<column_description const>{};
    }

    /// The same statement, run on another: on a transaction of the connection that it was prepared
    /// on, or on the connection itself again. Throws std::invalid_argument for any other.
    template <class Holder>
    [[nodiscard]] basic_statement on(Holder const& holder) const
    {
        if (kept_ && holder.share_driver() != kept_->driver)
            throw std::invalid_argument{"a prepared statement can't run on another connection"};
        return {kept_, holder.owner(), limit_};
    }

    /// The same statement, each run of it within a time limit: see verbs::with().
    [[nodiscard]] basic_statement with(timeout limit) const
    {
        return {kept_, owner_, limit.limit()};
    }

    /// Runs it and gives its command tag. Rows, if there are any, are dropped.
    template <class... Arguments>
    [[nodiscard]] awaitable<command_tag> execute(Arguments const&... arguments) const
    {
        return start(
            std::make_unique<execute_call<Driver>>(request::protocol::extended, sql(), owner_),
            arguments...);
    }

    /// All rows. See verbs::fetch().
    template <class T = record, class... Arguments>
    [[nodiscard]] awaitable<result<T>> fetch(Arguments const&... arguments) const
    {
        return start(std::make_unique<fetch_call<T, Driver>>(sql(), owner_), arguments...);
    }

    /// The first row, or nothing.
    template <class T = record, class... Arguments>
    [[nodiscard]] awaitable<std::optional<T>> fetch_row(Arguments const&... arguments) const
    {
        return start(std::make_unique<fetch_row_call<T, Driver>>(sql(), owner_), arguments...);
    }

    /// The only row. Throws no_rows or too_many_rows.
    template <class T = record, class... Arguments>
    [[nodiscard]] awaitable<T> fetch_one(Arguments const&... arguments) const
    {
        return start(
            std::make_unique<fetch_one_call<T, true, Driver>>(sql(), owner_), arguments...);
    }

    /// The only column of the first row. Throws no_rows.
    template <class T, class... Arguments>
    [[nodiscard]] awaitable<T> fetch_value(Arguments const&... arguments) const
    {
        static_assert(check_value_type<T>());
        return start(
            std::make_unique<fetch_one_call<T, false, Driver>>(sql(), owner_), arguments...);
    }

    /// Runs it for each element of a range: see verbs::execute_many().
    template <iterable Range>
    [[nodiscard]] awaitable<std::uint64_t> execute_many(Range&& range) const
    {
        return start_many<execute_many_call<Driver>>(std::forward<Range>(range));
    }
    /// See verbs::fetch_many().
    template <class T = record, iterable Range>
    [[nodiscard]] awaitable<result<T>> fetch_many(Range&& range) const
    {
        return start_many<fetch_call<T, Driver>>(std::forward<Range>(range));
    }

    /// Rows as they arrive: see basic_connection::stream().
    template <class T = record, class... Arguments>
    [[nodiscard]] awaitable<row_stream<T, Driver>> stream(Arguments const&... arguments) const
    {
        auto made = std::make_unique<stream_call<T, Driver>>(sql(), owner_);
        settle(*made, arguments...);
        return run_stream(driver(), std::move(made));
    }

    /// Declares a cursor for it with these arguments: see connection_verbs::cursor().
    template <class T = record, class... Arguments>
    [[nodiscard]] awaitable<basic_cursor<T, Driver>> cursor(
        cursor_options how, Arguments const&... arguments) const
    {
        return open_cursor<T>(
            driver(), owner_, how, sql(), sizeof...(Arguments) != 0, [&](call<Driver>& declaring) {
                declaring.limit(limit_);
                if (kept_)
                    declaring.encode_as(known_parameters{kept_->parameters}, arguments...);
            });
    }
    template <class T = record, class... Arguments>
    [[nodiscard]] awaitable<basic_cursor<T, Driver>> cursor(Arguments const&... arguments) const
    {
        return cursor<T>(cursor_options{}, arguments...);
    }

    /// How the server would run it with these arguments: EXPLAIN (FORMAT JSON), which does not run
    /// it. Gives the plan as a tree that prints.
    /// https://www.postgresql.org/docs/current/sql-explain.html
    template <class... Arguments>
    [[nodiscard]] awaitable<query_plan> explain(Arguments const&... arguments) const
    {
        return start_explaining("EXPLAIN (FORMAT JSON) ", arguments...);
    }
    /// The same with what it really took, EXPLAIN (ANALYZE, FORMAT JSON): the statement is run, and
    /// does what it does.
    template <class... Arguments>
    [[nodiscard]] awaitable<query_plan> explain_analyze(Arguments const&... arguments) const
    {
        return start_explaining("EXPLAIN (ANALYZE, FORMAT JSON) ", arguments...);
    }

    /// For a pipeline: see there.
    template <class... Arguments>
    [[nodiscard]] pipelined_statement to_be_pipelined(Arguments const&... arguments) const
    {
        pipelined_statement made{sql()};
        if (!kept_) {
            made.error = std::make_exception_ptr(connection_lost{"there is no prepared statement"});
            return made;
        }
        made.prepared = kept_->server;
        made.only = kept_->driver;
        try {
            known_parameters const as{kept_->parameters};
            as.encode_types(made.asked.type_writer(), arguments...);
            as.encode_values(made.asked.parameter_writer(), arguments...);
        } catch (...) {
            made.error = std::current_exception();
        }
        return made;
    }

private:
    friend class prepare_call<Driver>;

    /// What all copies share. Its end is the statement's on the server.
    struct shared
    {
        shared(std::shared_ptr<Driver> on, statement_ref which)
            : driver{std::move(on)},
              server{std::move(which)},
              sql{server->sql()},
              parameters{server->parameters},
              rows{server->description}
        {}
        shared(shared const&) = delete;
        shared& operator=(shared const&) = delete;
        ~shared()
        {
            driver->at_home_from_destructor([&home = *driver, which = std::move(server)] {
                home.state().close_statement(*which);
            });
        }

        std::shared_ptr<Driver> driver;
        statement_ref server; // touched at the connection's home only
        std::string sql;
        std::vector<oid> parameters;
        std::shared_ptr<row_description const> rows;
    };

    /// Encodes the elements of a range. It may outlive the handle.
    struct range_parameters
    {
        std::vector<oid> types;

        template <class... Args>
        void encode_types(byte_writer& to, Args const&... args) const
        {
            known_parameters{types}.encode_types(to, args...);
        }
        template <class... Args>
        void encode_values(byte_writer& to, Args const&... args) const
        {
            known_parameters{types}.encode_values(to, args...);
        }
    };

    basic_statement(std::shared_ptr<shared const> kept, owner_id owner,
        std::chrono::nanoseconds limit = no_limit_of_its_own) noexcept
        : kept_{std::move(kept)}, owner_{owner}, limit_{limit}
    {}

    [[nodiscard]] std::shared_ptr<Driver> driver() const noexcept
    {
        return kept_ ? kept_->driver : nullptr;
    }

    template <class... Arguments>
    void settle(call<Driver>& made, Arguments const&... arguments) const
    {
        made.limit(limit_);
        if (!kept_)
            return;
        made.use(kept_->server);
        made.encode_as(known_parameters{kept_->parameters}, arguments...);
    }

    template <class Call, class... Arguments>
    [[nodiscard]] awaitable<typename Call::result_type> start(
        std::unique_ptr<Call> made, Arguments const&... arguments) const
    {
        settle(*made, arguments...);
        return run_for<Call, Driver>(driver(), std::unique_ptr<call<Driver>>{std::move(made)});
    }

    template <class Call, class Range>
    [[nodiscard]] awaitable<typename Call::result_type> start_many(Range&& range) const
    {
        auto made = std::make_unique<Call>(sql(), owner_);
        made->limit(limit_);
        if (kept_) {
            made->use(kept_->server);
            if (!made->encode_each(std::forward<Range>(range), range_parameters{kept_->parameters}))
                return nothing_done<typename Call::result_type, typename Driver::executor_type>();
        }
        return run_for<Call, Driver>(driver(), std::unique_ptr<call<Driver>>{std::move(made)});
    }

    [[nodiscard]] static awaitable<query_plan> read_plan(awaitable<std::string> explaining)
    {
        co_return query_plan{co_await std::move(explaining)};
    }

    template <class... Arguments>
    [[nodiscard]] awaitable<query_plan> start_explaining(
        std::string_view how, Arguments const&... arguments) const
    {
        using made = fetch_one_call<std::string, false, Driver>;
        auto explaining = std::make_unique<made>(std::string{how}.append(sql()), owner_);
        explaining->limit(limit_);
        if (kept_)
            explaining->encode_as(known_parameters{kept_->parameters}, arguments...);
        return read_plan(
            run_for<made, Driver>(driver(), std::unique_ptr<call<Driver>>{std::move(explaining)}));
    }

    /// As call::limit() has it.
    static constexpr std::chrono::nanoseconds no_limit_of_its_own{-1};

    std::shared_ptr<shared const> kept_;
    owner_id owner_{};
    std::chrono::nanoseconds limit_ = no_limit_of_its_own;
};

/// Has a statement parsed and described.
template <class Driver>
class prepare_call final : public call<Driver>
{
public:
    using result_type = basic_statement<Driver>;

    /// `types` are the parameters', as far as they are not to be inferred.
    prepare_call(std::string_view sql, owner_id via, std::span<oid const> types = {})
        : call<Driver>{request{request::protocol::extended, sql}, via}, via_{via}
    {
        byte_writer& to = this->what().type_writer();
        to.put(static_cast<std::uint16_t>(types.size()));
        for (oid const type : types)
            to.put(static_cast<std::uint32_t>(type));
        auto which = share<server_statement>(std::string{}, sql, std::span<std::byte const>{});
        which->now = server_statement::state::gone;
        this->prepare(std::move(which));
    }

    [[nodiscard]] result_type take_result() { return std::move(made_); }

private:
    /// Made here: should the caller be gone, it is closed.
    void settled() override
    {
        if (this->awaited() && !this->error())
            made_ = {std::make_shared<shared const>(this->connection(), this->prepared()), via_};
        else if (this->admitted())
            this->connection()->state().close_statement(*this->prepared());
    }

    using shared = typename basic_statement<Driver>::shared;

    owner_id via_;
    basic_statement<Driver> made_;
};

template <class Driver>
[[nodiscard]] auto prepare_statement(std::shared_ptr<Driver> driver, owner_id via,
    std::string_view sql, std::span<oid const> types = {})
{
    return run_for<prepare_call<Driver>, Driver>(std::move(driver),
        std::unique_ptr<call<Driver>>{std::make_unique<prepare_call<Driver>>(sql, via, types)});
}

} // namespace pgcoro
