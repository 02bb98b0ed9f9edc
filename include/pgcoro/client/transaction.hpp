#pragma once

#include "connection_verbs.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// What a transaction may see of others; server_default is the setting
/// default_transaction_isolation.
/// https://www.postgresql.org/docs/current/transaction-iso.html
enum class isolation : unsigned char
{
    server_default,
    read_uncommitted,
    read_committed,
    repeatable_read,
    serializable,
};

/// How a transaction begins: `isolation::serializable`, or
/// `transaction_options{isolation::serializable}.read_only().deferrable()`.
/// https://www.postgresql.org/docs/current/sql-set-transaction.html
class transaction_options
{
public:
    transaction_options() {} // declared: see options
    transaction_options(isolation level) : isolation_{level} {}

    /// It must not write; false: it may, whatever default_transaction_read_only says.
    transaction_options& read_only(bool value = true) noexcept
    {
        access_ = value ? access::read_only : access::read_write;
        return *this;
    }
    /// One that is serializable and read only waits at its first statement until it can run without
    /// ever being given up.
    transaction_options& deferrable(bool value = true) noexcept
    {
        deferrable_ = value;
        return *this;
    }

    /// Sees what another transaction sees that is still open: `id` is what its pg_export_snapshot()
    /// gave. For isolation::repeatable_read and serializable.
    /// https://www.postgresql.org/docs/current/sql-set-transaction.html
    transaction_options& snapshot(std::string id)
    {
        snapshot_ = std::move(id);
        return *this;
    }
    [[nodiscard]] std::string const& snapshot() const noexcept { return snapshot_; }
    /// BEGIN leaves together with the transaction's first statement: a round trip less. begin()
    /// then only takes the connection. An error of BEGIN is the first statement's, which then was
    /// not run, and of all that follows in the transaction until its end: rollback() has nothing to
    /// do then. One without a statement never was. What is no single statement with arguments or
    /// rows (a text without arguments, a COPY, a range, a pipeline) still has to wait for BEGIN.
    transaction_options& lazy(bool value = true) noexcept
    {
        lazy_ = value;
        return *this;
    }
    [[nodiscard]] bool is_lazy() const noexcept { return lazy_; }

    /// BEGIN, without the snapshot.
    [[nodiscard]] std::string begin_sql() const
    {
        constexpr std::string_view levels[] = {"", " ISOLATION LEVEL READ UNCOMMITTED",
            " ISOLATION LEVEL READ COMMITTED", " ISOLATION LEVEL REPEATABLE READ",
            " ISOLATION LEVEL SERIALIZABLE"};
        constexpr std::string_view accesses[] = {"", " READ ONLY", " READ WRITE"};
        std::string sql = "BEGIN";
        sql += levels[static_cast<unsigned>(isolation_)];
        sql += accesses[static_cast<unsigned>(access_)];
        if (deferrable_)
            sql += " DEFERRABLE";
        return sql;
    }

private:
    enum class access : unsigned char
    {
        server_default,
        read_only,
        read_write
    };

    std::string snapshot_; // empty: its own
    isolation isolation_ = isolation::server_default;
    access access_ = access::server_default;
    bool deferrable_ = false;
    bool lazy_ = false;
};

template <class Driver>
class begin_call;

/// An open transaction, or one nested in it (a savepoint). It owns the connection: while it lives,
/// calls must be made on it, and calls on the connection throw operation_in_progress. Dropped
/// without commit() it is rolled back: its destructor queues the ROLLBACK at once and does not wait
/// for it; the connection may be used right away. Move-only.
/// https://www.postgresql.org/docs/current/tutorial-transactions.html
template <class Driver>
class basic_transaction : public connection_verbs<basic_transaction<Driver>, Driver>
{
public:
    template <class T>
    using awaitable = asio::awaitable<T, typename Driver::executor_type>;

    /// No transaction: calls throw connection_lost.
    basic_transaction() noexcept = default;
    basic_transaction(basic_transaction&&) noexcept = default;
    basic_transaction& operator=(basic_transaction&& other) noexcept
    {
        if (this != &other) {
            abandon();
            connection_verbs<basic_transaction, Driver>::operator=(std::move(other));
            driver_ = std::move(other.driver_);
            id_ = other.id_;
            parent_ = other.parent_;
            savepoint_ = std::move(other.savepoint_);
        }
        return *this;
    }
    ~basic_transaction() { abandon(); }

    /// Makes everything permanent; a nested transaction's work becomes its parent's. Throws
    /// transaction_lost if the server rolled back instead, or the transaction had already ended,
    /// and what the server says of deferred constraints: all that ends it, too. Throws
    /// operation_in_progress while a nested one or a stream is open: then it goes on. Cancelled
    /// once started, it runs to its end unseen.
    /// https://www.postgresql.org/docs/current/sql-commit.html
    [[nodiscard]] awaitable<void> commit();

    /// Makes the transaction ready to be committed by commit_prepared(id), whoever calls it and on
    /// whatever connection, even after a crash; until then it holds its locks. It is not part of
    /// this connection any more. Only for the outermost transaction. The server has to allow it
    /// (max_prepared_transactions); if it refuses, the transaction is rolled back. Cancelled once
    /// started, it runs to its end unseen.
    /// https://www.postgresql.org/docs/current/sql-prepare-transaction.html
    [[nodiscard]] awaitable<void> prepare_transaction(std::string_view id);

    /// Undoes everything since the begin; of a nested transaction, since its own. Throws
    /// transaction_lost if it has already ended, operation_in_progress as commit() does. Cancelled
    /// once started, it runs to its end unseen.
    /// https://www.postgresql.org/docs/current/sql-rollback.html
    [[nodiscard]] awaitable<void> rollback();

    /// Begins a transaction nested in this one, which owns the connection meanwhile: a savepoint,
    /// released when it ends. Throws in_failed_sql_transaction if this one has failed. Cancelled,
    /// it leaves none open.
    /// https://www.postgresql.org/docs/current/sql-savepoint.html
    [[nodiscard]] awaitable<basic_transaction> begin();

    /// Runs `body(tx)` in a nested transaction: see basic_connection::transaction().
    template <class Body>
    [[nodiscard]] auto transaction(Body body)
    {
        return run_in(begin(), std::move(body));
    }

    /// What begin() of a connection does.
    [[nodiscard]] static awaitable<basic_transaction> begin(
        std::shared_ptr<Driver> driver, transaction_options how);

    // ---- for the verbs

    /// Null if there is none any more.
    [[nodiscard]] std::shared_ptr<Driver> share_driver() const noexcept { return driver_; }
    [[nodiscard]] owner_id owner() const noexcept { return id_; }
    template <class Call>
    [[nodiscard]] awaitable<typename Call::result_type> run_call(
        std::unique_ptr<call<Driver>> what) const
    {
        return run_for<Call>(share_driver(), std::move(what));
    }

private:
    friend class begin_call<Driver>;

    basic_transaction(
        std::shared_ptr<Driver> driver, owner_id id, owner_id parent, std::string savepoint)
        : driver_{std::move(driver)}, id_{id}, parent_{parent}, savepoint_{std::move(savepoint)}
    {}

    [[nodiscard]] std::string rollback_sql() const
    {
        return savepoint_.empty() ? "ROLLBACK" : rollback_sql(savepoint_);
    }
    [[nodiscard]] static std::string rollback_sql(std::string const& savepoint)
    {
        return "ROLLBACK TO SAVEPOINT " + savepoint + "; RELEASE SAVEPOINT " + savepoint;
    }

    /// Ends it as its destructor must: unless it has ended, or the connection has.
    void abandon() noexcept;

    std::shared_ptr<Driver> driver_;
    owner_id id_{};
    owner_id parent_{};
    std::string savepoint_; // empty: the outermost
};

/// Runs a body in the transaction that `begin` gives: what transaction() does.
template <class Transaction, class Executor, class Body>
[[nodiscard]] std::invoke_result_t<Body&, Transaction&> run_in(
    asio::awaitable<Transaction, Executor> begin, Body body)
{
    using result = typename std::invoke_result_t<Body&, Transaction&>::value_type;
    Transaction tx = co_await std::move(begin);
    // Nothing is awaited on the way out of an exception: the transaction's destructor rolls back.
    if constexpr (std::is_void_v<result>) {
        co_await body(tx);
        co_await tx.commit();
    } else {
        result value = co_await body(tx);
        co_await tx.commit();
        co_return value;
    }
}

} // namespace pgcoro

#include "transaction_calls.hpp"
