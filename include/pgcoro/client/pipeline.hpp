#pragma once

#include "../core/share.hpp"
#include "../session/session.hpp"
#include "outcome.hpp"
#include "sql.hpp"
#include "statement_of.hpp"
#include "verb_calls.hpp"

#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// A statement with its arguments, of which no connection knows yet.
class pipelined_statement
{
public:
    explicit pipelined_statement(std::string_view sql) : asked{request::protocol::extended, sql} {}

    request asked;
    std::exception_ptr error;         ///< why it can't be sent
    statement_ref prepared;           ///< null: the cache's
    std::shared_ptr<void const> only; ///< the driver that it was prepared on
};

/// A statement that was prepared: it puts itself and its arguments into a pipelined_statement.
template <class T>
concept pipelinable = requires(T const& statement)
{
    statement.to_be_pipelined();
};

/// The calls of which a pipeline is made, without their driver.
struct execute_step
{
    template <class Driver>
    struct call_of : std::type_identity<execute_call<Driver>>
    {};
};
template <class T>
struct fetch_step
{
    template <class Driver>
    struct call_of : std::type_identity<fetch_call<T, Driver>>
    {};
};
template <class T>
struct fetch_row_step
{
    template <class Driver>
    struct call_of : std::type_identity<fetch_row_call<T, Driver>>
    {};
};
template <class T, bool Alone>
struct fetch_one_step
{
    template <class Driver>
    struct call_of : std::type_identity<fetch_one_call<T, Alone, Driver>>
    {};
};

template <class Step, class Driver>
using step_call = typename Step::template call_of<Driver>::type;

/// The one call that runs them all. `Each`: with a Sync each.
template <class Driver>
class together_call : public call<Driver>
{
public:
    together_call(std::size_t count, owner_id via)
        : call<Driver>{request{request::protocol::extended,
                           "a pipeline of " + std::to_string(count) + " statements"},
              via}
    {
        parts_.reserve(count);
    }

    template <class Call>
    void add(pipelined_statement&& what)
    {
        std::unique_ptr<Call> made;
        if constexpr (std::is_same_v<Call, execute_call<Driver>>)
            made =
                std::make_unique<Call>(request::protocol::extended, std::string_view{}, no_owner);
        else
            made = std::make_unique<Call>(std::string_view{}, no_owner);
        made->ask(std::move(what.asked));
        made->use(std::move(what.prepared));
        if (what.error)
            made->fail(std::move(what.error));
        parts_.push_back(std::move(made));
    }
    void all_added(bool each_alone) { this->run_together(std::move(parts_), each_alone); }

protected:
    /// What a part gave. Throws its error, with its name.
    template <class Call>
    [[nodiscard]] typename Call::result_type take(std::size_t index)
    {
        try {
            return static_cast<Call&>(*this->parts()[index]).take_result();
        } catch (...) {
            std::rethrow_exception(
                named_error(std::current_exception(), name_of_part(*this, index)));
        }
    }
    template <class Call>
    [[nodiscard]] outcome<typename Call::result_type> take_outcome(std::size_t index)
    {
        using made = outcome<typename Call::result_type>;
        if (std::exception_ptr const& error = this->parts()[index]->error())
            return made{named_error(error, name_of_part(*this, index))};
        try {
            return made{static_cast<Call&>(*this->parts()[index]).take_result()};
        } catch (...) {
            return made{named_error(std::current_exception(), name_of_part(*this, index))};
        }
    }

private:
    std::vector<std::unique_ptr<exchange>> parts_;
};

template <bool Each, class Driver, class... Calls>
class pipeline_call final : public together_call<Driver>
{
public:
    using result_type =
        std::conditional_t<Each, std::tuple<outcome<typename Calls::result_type>...>,
            std::tuple<typename Calls::result_type...>>;

    pipeline_call(std::vector<pipelined_statement>&& statements, owner_id via)
        : together_call<Driver>{statements.size(), via}
    {
        std::size_t next = 0;
        (this->template add<Calls>(std::move(statements[next++])), ...);
        this->all_added(Each);
    }

    [[nodiscard]] result_type take_result()
    {
        return take_all(std::index_sequence_for<Calls...>{});
    }

private:
    template <std::size_t... I>
    [[nodiscard]] result_type take_all(std::index_sequence<I...>)
    {
        if constexpr (Each)
            return result_type{this->template take_outcome<Calls>(I)...};
        else
            return result_type{this->template take<Calls>(I)...};
    }
};

/// The same of a number that is known at run time only.
template <bool Each, class Driver, class Call>
class batch_call final : public together_call<Driver>
{
public:
    using result_type = std::vector<
        std::conditional_t<Each, outcome<typename Call::result_type>, typename Call::result_type>>;

    batch_call(std::vector<pipelined_statement>&& statements, owner_id via)
        : together_call<Driver>{statements.size(), via}
    {
        for (pipelined_statement& each : statements)
            this->template add<Call>(std::move(each));
        this->all_added(Each);
    }

    [[nodiscard]] result_type take_result()
    {
        result_type all;
        all.reserve(this->parts().size());
        for (std::size_t i = 0; i < this->parts().size(); ++i) {
            if constexpr (Each)
                all.push_back(this->template take_outcome<Call>(i));
            else
                all.push_back(this->template take<Call>(i));
        }
        return all;
    }
};

/// Statements that were collected, to be run by run() or run_each() of the verbs.
class statement_list
{
public:
    [[nodiscard]] std::size_t size() const noexcept { return statements_.size(); }
    [[nodiscard]] bool empty() const noexcept { return statements_.empty(); }

protected:
    statement_list() = default;

    template <class... Arguments>
    void add_statement(std::string_view sql, Arguments const&... arguments)
    {
        static_assert((... && !is_sent_in_pieces<Arguments>),
            "pgcoro: chunks() can't be sent in a pipeline: nothing may be written behind them");
        pipelined_statement& added = statements_.emplace_back(sql);
        try {
            encode_parameters(
                added.asked.type_writer(), added.asked.parameter_writer(), arguments...);
        } catch (...) {
            added.error = std::current_exception();
        }
    }
    template <pipelinable Statement, class... Arguments>
    void add_statement(Statement const& statement, Arguments const&... arguments)
    {
        statements_.push_back(statement.to_be_pipelined(arguments...));
    }

    static constexpr std::size_t any_number = ~std::size_t{0};
    /// `count`: how many the call is made for.
    template <class Call, class Driver, class Holder>
    [[nodiscard]] auto start(Holder& on, std::size_t count = any_number)
        -> asio::awaitable<typename Call::result_type, typename Driver::executor_type>
    {
        std::vector<pipelined_statement> statements = std::exchange(statements_, {});
        bool const spent = count != any_number && statements.size() != count;
        if (spent)
            for (statements.clear(); statements.size() != count;)
                statements.emplace_back("");
        if (statements.empty())
            return nothing_done<typename Call::result_type, typename Driver::executor_type>();
        std::shared_ptr<void const> home;
        if constexpr (requires { on.share_driver(); })
            home = on.share_driver();
        bool elsewhere = false;
        for (pipelined_statement const& each : statements)
            elsewhere = elsewhere || (each.only && each.only != home);
        auto made = std::make_unique<Call>(std::move(statements), on.owner());
        if (spent)
            made->fail(std::make_exception_ptr(
                std::invalid_argument{"the pipeline has been run already, or was moved from"}));
        if (elsewhere)
            made->fail(std::make_exception_ptr(std::invalid_argument{
                "a prepared statement can't run on another connection, nor on a pool"}));
        return on.template run_call<Call>(std::unique_ptr<call<Driver>>{std::move(made)});
    }

private:
    std::vector<pipelined_statement> statements_;
};

/// Statements of different kinds that run in one round trip, collected with the verbs' names:
///
///     auto [count, found, tag] = co_await conn.run(pg::pipeline{}
///         .fetch_value<std::int64_t>("SELECT count(*) FROM users")
///         .fetch<user>("SELECT * FROM users WHERE user_id < $1", 10)
///         .execute("UPDATE users SET seen = now() WHERE user_id = $1", 7));
///
/// SQL and arguments are copied; each is one statement, with or without arguments. Rows by name of
/// a statement that the connection does not know yet take a round trip more, in which all of those
/// are described; so they can't be of a table that a statement before them makes, unless they are
/// taken by position. Besides SQL the verbs take a statement_of, a pg::sql, and a statement that
/// was prepared on the connection on which it is to run. Arguments that can't be encoded are an
/// error when it runs. Move-only; it is run once.
/// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
template <class... Steps>
class pipeline : public statement_list
{
public:
    pipeline() requires(sizeof...(Steps) == 0) {}
    pipeline(pipeline&&) noexcept = default;
    pipeline& operator=(pipeline&&) noexcept = default;
    ~pipeline() = default;

    /// For the verbs below: the others', with one more.
    explicit pipeline(statement_list&& statements) noexcept : statement_list{std::move(statements)}
    {}

    /// Gives the command tag. Rows are dropped.
    template <class... Arguments>
    [[nodiscard]] pipeline<Steps..., execute_step> execute(
        std::string_view sql, Arguments const&... arguments) &&
    {
        return with<execute_step>(sql, arguments...);
    }
    /// Gives a result<T>: all rows.
    template <class T = record, class... Arguments>
    [[nodiscard]] pipeline<Steps..., fetch_step<T>> fetch(
        std::string_view sql, Arguments const&... arguments) &&
    {
        return with<fetch_step<T>>(sql, arguments...);
    }
    /// Gives a std::optional<T>: the first row.
    template <class T = record, class... Arguments>
    [[nodiscard]] pipeline<Steps..., fetch_row_step<T>> fetch_row(
        std::string_view sql, Arguments const&... arguments) &&
    {
        return with<fetch_row_step<T>>(sql, arguments...);
    }
    /// Gives the only row, a T. Otherwise no_rows or too_many_rows: by then all has been done.
    template <class T = record, class... Arguments>
    [[nodiscard]] pipeline<Steps..., fetch_one_step<T, true>> fetch_one(
        std::string_view sql, Arguments const&... arguments) &&
    {
        return with<fetch_one_step<T, true>>(sql, arguments...);
    }
    /// Gives the only column of the first row, a T. Otherwise no_rows: by then all has been done.
    template <class T, class... Arguments>
    [[nodiscard]] pipeline<Steps..., fetch_one_step<T, false>> fetch_value(
        std::string_view sql, Arguments const&... arguments) &&
    {
        static_assert(check_value_type<T>());
        return with<fetch_one_step<T, false>>(sql, arguments...);
    }

    // The same for a statement_of, which says the types of its arguments and rows.

    template <class Row, class... Arguments>
    [[nodiscard]] auto execute(statement_of<Row(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments) &&
    {
        return with<execute_step>(what.sql(), arguments...);
    }
    template <class Row, class... Arguments>
    [[nodiscard]] auto fetch(statement_of<Row(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments) &&
    {
        return with<fetch_step<Row>>(what.sql(), arguments...);
    }
    template <class Row, class... Arguments>
    [[nodiscard]] auto fetch_row(statement_of<Row(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments) &&
    {
        return with<fetch_row_step<Row>>(what.sql(), arguments...);
    }
    template <class Row, class... Arguments>
    [[nodiscard]] auto fetch_one(statement_of<Row(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments) &&
    {
        return with<fetch_one_step<Row, true>>(what.sql(), arguments...);
    }
    template <class Row, class... Arguments>
    [[nodiscard]] auto fetch_value(statement_of<Row(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments) &&
    {
        static_assert(check_value_type<Row>());
        return with<fetch_one_step<Row, false>>(what.sql(), arguments...);
    }

    // The same for SQL that was put together: see pg::sql.

    [[nodiscard]] auto execute(pgcoro::sql const& query) &&
    {
        return with<execute_step>(query.text(), query);
    }
    template <class T = record>
    [[nodiscard]] auto fetch(pgcoro::sql const& query) &&
    {
        return with<fetch_step<T>>(query.text(), query);
    }
    template <class T = record>
    [[nodiscard]] auto fetch_row(pgcoro::sql const& query) &&
    {
        return with<fetch_row_step<T>>(query.text(), query);
    }
    template <class T = record>
    [[nodiscard]] auto fetch_one(pgcoro::sql const& query) &&
    {
        return with<fetch_one_step<T, true>>(query.text(), query);
    }
    template <class T>
    [[nodiscard]] auto fetch_value(pgcoro::sql const& query) &&
    {
        static_assert(check_value_type<T>());
        return with<fetch_one_step<T, false>>(query.text(), query);
    }

    // The same for a statement that was prepared.

    template <pipelinable Statement, class... Arguments>
    [[nodiscard]] auto execute(Statement const& statement, Arguments const&... arguments) &&
    {
        return with<execute_step>(statement, arguments...);
    }
    template <class T = record, pipelinable Statement, class... Arguments>
    [[nodiscard]] auto fetch(Statement const& statement, Arguments const&... arguments) &&
    {
        return with<fetch_step<T>>(statement, arguments...);
    }
    template <class T = record, pipelinable Statement, class... Arguments>
    [[nodiscard]] auto fetch_row(Statement const& statement, Arguments const&... arguments) &&
    {
        return with<fetch_row_step<T>>(statement, arguments...);
    }
    template <class T = record, pipelinable Statement, class... Arguments>
    [[nodiscard]] auto fetch_one(Statement const& statement, Arguments const&... arguments) &&
    {
        return with<fetch_one_step<T, true>>(statement, arguments...);
    }
    template <class T, pipelinable Statement, class... Arguments>
    [[nodiscard]] auto fetch_value(Statement const& statement, Arguments const&... arguments) &&
    {
        static_assert(check_value_type<T>());
        return with<fetch_one_step<T, false>>(statement, arguments...);
    }

    /// For the verbs run() and run_each().
    template <bool Each, class Driver, class Holder>
    [[nodiscard]] auto run_on(Holder& on) &&
    {
        return this
            ->template start<pipeline_call<Each, Driver, step_call<Steps, Driver>...>, Driver>(
                on, sizeof...(Steps));
    }

private:
    template <class Step, class Statement, class... Arguments>
    [[nodiscard]] pipeline<Steps..., Step> with(
        Statement const& statement, Arguments const&... arguments)
    {
        this->add_statement(statement, arguments...);
        return pipeline<Steps..., Step>{static_cast<statement_list&&>(*this)};
    }
};

/// Statements of one kind, as many as there are at run time: commands, which give a vector of their
/// tags, or, as batch<T>, queries, which give a vector of a result<T> each. All else is as in
/// pipeline.
template <class Row = void>
class batch : public statement_list
{
public:
    batch() {}
    batch(batch&&) noexcept = default;
    batch& operator=(batch&&) noexcept = default;
    ~batch() = default;

    template <class... Arguments>
    void add(std::string_view sql, Arguments const&... arguments)
    {
        this->add_statement(sql, arguments...);
    }
    void add(pgcoro::sql const& query) { this->add_statement(query.text(), query); }
    template <class Any, class... Arguments>
    void add(statement_of<Any(Arguments...)> const& what,
        std::type_identity_t<Arguments> const&... arguments)
    {
        this->add_statement(what.sql(), arguments...);
    }
    template <pipelinable Statement, class... Arguments>
    void add(Statement const& statement, Arguments const&... arguments)
    {
        this->add_statement(statement, arguments...);
    }

    /// For the verbs run() and run_each().
    template <bool Each, class Driver, class Holder>
    [[nodiscard]] auto run_on(Holder& on) &&
    {
        using step = std::conditional_t<std::is_void_v<Row>, execute_step, fetch_step<Row>>;
        return this->template start<batch_call<Each, Driver, step_call<step, Driver>>, Driver>(on);
    }
};

} // namespace pgcoro
