#pragma once

#include "../core/quoting.hpp"
#include "transaction.hpp"

namespace pgcoro {

/// BEGIN or SAVEPOINT: the exchange owns the connection from its start, its transaction afterwards.
template <class Driver>
class begin_call final : public call<Driver>
{
public:
    using result_type = basic_transaction<Driver>;

    begin_call(std::string_view sql, owner_id parent, owner_id id, std::string savepoint)
        : call<Driver>{request{request::protocol::simple, sql}, parent},
          parent_{parent},
          id_{id},
          savepoint_{std::move(savepoint)}
    {
        if (savepoint_.empty())
            this->take_ownership(id, "a transaction", "ROLLBACK");
        else
            this->take_ownership(
                id, "a nested transaction", basic_transaction<Driver>::rollback_sql(savepoint_));
        if (savepoint_.empty())
            this->must_begin_idle();
    }

    [[nodiscard]] basic_transaction<Driver> take_result() { return std::move(begun_); }

private:
    void completed(command_tag const&) override
    {
        // The status is still that before this call.
        bool const idle = this->connection()->state().status() == transaction_status::idle;
        if (savepoint_.empty() && !idle)
            this->fail(std::make_exception_ptr(transaction_lost{
                "cannot begin a transaction: one was started by hand and is still open"}));
    }
    /// Made here and not by the caller: should that be gone when it is to be resumed, the
    /// transaction is dropped with the call, and so rolled back.
    void settled() override
    {
        if (this->awaited() && !this->error())
            begun_ =
                basic_transaction<Driver>{this->connection(), id_, parent_, std::move(savepoint_)};
    }

    owner_id parent_;
    owner_id id_;
    std::string savepoint_;
    basic_transaction<Driver> begun_;
};

/// COMMIT, ROLLBACK, or what stands for them in a nested transaction.
template <class Driver>
class end_call final : public call<Driver>
{
public:
    enum class how
    {
        commit,
        prepare,
        rollback
    };

    end_call(how what, std::string_view sql, owner_id id, owner_id parent, std::string undo)
        : call<Driver>{request{request::protocol::simple, sql}, id},
          how_{what},
          parent_{parent},
          undo_{std::move(undo)}
    {
        this->release_ownership(id);
        this->never_withdraw();
        if (what != how::prepare)
            this->ends_unbegun();
        if (what != how::commit && undo_.empty())
            this->must_end_idle();
        if (what == how::rollback)
            this->roll_back();
    }

private:
    void completed(command_tag const& tag) override
    {
        bool const idle = this->connection()->state().status() == transaction_status::idle;
        if (how_ != how::rollback && idle)
            this->fail(std::make_exception_ptr(
                transaction_lost{"the transaction had already ended when it was to be committed"}));
        else if (how_ != how::rollback && tag == "ROLLBACK")
            this->fail(std::make_exception_ptr(transaction_lost{
                std::string{how_ == how::commit ? "COMMIT" : "PREPARE TRANSACTION"} +
                " was answered by ROLLBACK: a statement of the transaction had failed, nothing was "
                "committed"}));
    }

    /// A savepoint that could not be released is rolled back to, so that its parent can go on.
    void settled() override
    {
        if (how_ == how::commit && !undo_.empty() && this->error() && this->admitted())
            this->connection()->start_later(
                std::make_unique<exchange>(request{request::protocol::simple, undo_}, parent_));
    }

    how how_;
    owner_id parent_;
    std::string undo_; // of a nested transaction
};

/// Adopting a snapshot must be the transaction's first statement.
template <class Driver>
[[nodiscard]] auto begin_with_snapshot(std::shared_ptr<Driver> driver, transaction_options how)
    -> asio::awaitable<basic_transaction<Driver>, typename Driver::executor_type>
{
    std::string const sql = "SET TRANSACTION SNAPSHOT " + quote_literal(how.snapshot());
    auto tx = co_await basic_transaction<Driver>::begin(std::move(driver), how.snapshot({}));
    co_await tx.execute(sql);
    co_return tx;
}

template <class Driver>
auto basic_transaction<Driver>::begin(std::shared_ptr<Driver> driver, transaction_options how)
    -> awaitable<basic_transaction>
{
    if (!how.snapshot().empty())
        return begin_with_snapshot(std::move(driver), std::move(how));
    owner_id const id{driver ? driver->new_id() : 0};
    std::unique_ptr<call<Driver>> made =
        std::make_unique<begin_call<Driver>>(how.begin_sql(), no_owner, id, std::string{});
    if (how.is_lazy())
        made->begin_late();
    return run_for<begin_call<Driver>, Driver>(std::move(driver), std::move(made));
}

template <class Driver>
auto basic_transaction<Driver>::begin() -> awaitable<basic_transaction>
{
    auto driver = share_driver();
    owner_id const id{driver ? driver->new_id() : 0};
    std::string savepoint = "pgcoro_" + std::to_string(static_cast<std::uint64_t>(id));
    std::string const sql = "SAVEPOINT " + savepoint;
    std::unique_ptr<call<Driver>> made =
        std::make_unique<begin_call<Driver>>(sql, id_, id, std::move(savepoint));
    return run_for<begin_call<Driver>, Driver>(std::move(driver), std::move(made));
}

template <class Driver>
auto basic_transaction<Driver>::commit() -> awaitable<void>
{
    std::unique_ptr<call<Driver>> made =
        std::make_unique<end_call<Driver>>(end_call<Driver>::how::commit,
            savepoint_.empty() ? std::string{"COMMIT"} : "RELEASE SAVEPOINT " + savepoint_, id_,
            parent_, savepoint_.empty() ? std::string{} : rollback_sql());
    return only_run(share_driver(), std::move(made));
}

template <class Driver>
auto basic_transaction<Driver>::prepare_transaction(std::string_view id) -> awaitable<void>
{
    std::unique_ptr<call<Driver>> made =
        std::make_unique<end_call<Driver>>(end_call<Driver>::how::prepare,
            "PREPARE TRANSACTION " + quote_literal(id), id_, parent_, std::string{});
    if (!savepoint_.empty())
        made->fail(std::make_exception_ptr(
            operation_in_progress{"the transaction that this one is nested in"}));
    return only_run(share_driver(), std::move(made));
}

/// COMMIT PREPARED and ROLLBACK PREPARED: once started they run.
template <class Driver>
[[nodiscard]] auto end_prepared(
    std::shared_ptr<Driver> driver, std::string_view command, std::string_view id)
{
    auto made = std::make_unique<call<Driver>>(
        request{request::protocol::simple, std::string{command} + quote_literal(id)}, no_owner);
    made->never_withdraw();
    return only_run(std::move(driver), std::move(made));
}

template <class Driver>
void basic_transaction<Driver>::abandon() noexcept
{
    if (!driver_)
        return;
    auto const driver = std::move(driver_);
    driver->at_home_from_destructor([&home = *driver, id = id_, savepoint = std::move(savepoint_)] {
        owner_stack const& owners = home.state().owners();
        if (id == no_owner || !owners.holds(id))
            return;
        while (owners.top() != id)
            home.release_owner(owners.top());
        auto undo = std::make_unique<exchange>(
            request{request::protocol::simple,
                savepoint.empty() ? "ROLLBACK" : rollback_sql(savepoint)},
            id);
        undo->release_ownership(id);
        undo->ends_unbegun();
        undo->roll_back();
        if (savepoint.empty())
            undo->must_end_idle();
        home.start_later(std::move(undo));
    });
}

template <class Driver>
auto basic_transaction<Driver>::rollback() -> awaitable<void>
{
    std::unique_ptr<call<Driver>> made =
        std::make_unique<end_call<Driver>>(end_call<Driver>::how::rollback, rollback_sql(), id_,
            parent_, savepoint_.empty() ? std::string{} : rollback_sql());
    return only_run(share_driver(), std::move(made));
}

} // namespace pgcoro
