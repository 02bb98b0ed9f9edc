#pragma once

#include "../core/share.hpp"
#include "cursor_options.hpp"
#include "statement.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// MOVE: by how many rows.
template <class Driver>
class move_call final : public call<Driver>
{
public:
    using result_type = std::uint64_t;

    move_call(std::string_view sql, owner_id via)
        : call<Driver>{request{request::protocol::simple, sql}, via}
    {}
    [[nodiscard]] std::uint64_t take_result() const { return rows_; }

private:
    void completed(command_tag const& tag) override { rows_ = tag.rows_affected(); }

    std::uint64_t rows_ = 0;
};

/// As soon as no transaction is open.
template <class Driver>
void close_cursor_later(Driver& home, std::string sql) noexcept
{
    home.at_home_from_destructor([&home, sql = std::move(sql)] {
        if (!home.state().closed())
            home.start_unowned(
                std::make_unique<exchange>(request{request::protocol::simple, sql}, no_owner));
    });
}

/// CLOSE of a cursor that is held. Should it not come to that, because it is refused or its caller
/// goes away, the cursor is closed as its destructor would do it.
template <class Driver>
class close_cursor_call final : public call<Driver>
{
public:
    close_cursor_call(std::string sql, owner_id via, std::shared_ptr<Driver> const& on)
        : call<Driver>{request{request::protocol::simple, sql}, via}, on_{on}, sql_{std::move(sql)}
    {}
    ~close_cursor_call() override
    {
        if (auto const driver = on_.lock(); driver && !closed_)
            close_cursor_later(*driver, std::move(sql_));
    }

private:
    void completed(command_tag const&) override { closed_ = true; }

    std::weak_ptr<Driver> on_;
    std::string sql_;
    bool closed_ = false;
};

/// A query's result that stays on the server and is fetched piece by piece; made by cursor() of a
/// transaction or a connection. In between the transaction is free for other calls, unlike with a
/// row_stream. It ends with its transaction, a held one with its object: the destructor does not
/// wait. Move-only; call after call, not at once. Errors and cancelling as with verbs; a cursor
/// that has ended is invalid_cursor_name, and each error fails an open transaction. Where a cursor
/// stands after a call that was cancelled is not known; move_to() settles that.
/// https://www.postgresql.org/docs/current/sql-fetch.html
template <class T, class Driver>
class basic_cursor
{
public:
    template <class U>
    using awaitable = asio::awaitable<U, typename Driver::executor_type>;

    /// No cursor: calls throw connection_lost.
    basic_cursor() noexcept = default;
    /// For open_cursor().
    basic_cursor(std::shared_ptr<Driver> driver, owner_id owner, std::string name, bool held)
        : driver_{std::move(driver)}, owner_{owner}, name_{std::move(name)}, held_{held}
    {}
    basic_cursor(basic_cursor&&) noexcept = default;
    basic_cursor& operator=(basic_cursor&& other) noexcept
    {
        if (this != &other) {
            abandon();
            driver_ = std::move(other.driver_);
            owner_ = other.owner_;
            name_ = std::move(other.name_);
            held_ = other.held_;
            fetching_ = std::move(other.fetching_);
        }
        return *this;
    }
    ~basic_cursor() { abandon(); }

    /// The next `count` rows; fewer at the end, and then none.
    [[nodiscard]] awaitable<result<T>> fetch(std::uint64_t count)
    {
        return fetch("FORWARD " + std::to_string(count));
    }
    /// All that are left.
    [[nodiscard]] awaitable<result<T>> fetch_all() { return fetch(std::string{"FORWARD ALL"}); }
    /// The `count` rows before, the nearest first. Of a scrolling cursor.
    [[nodiscard]] awaitable<result<T>> fetch_backward(std::uint64_t count)
    {
        return fetch("BACKWARD " + std::to_string(count));
    }
    /// The next row, or nothing.
    [[nodiscard]] awaitable<std::optional<T>> fetch_row()
    {
        using made = fetch_row_call<T, Driver>;
        auto fetching = std::make_unique<made>("FETCH NEXT FROM " + name_, owner_);
        fetching->use(statement_for(fetching_sql("NEXT")));
        fetching->encode();
        return run_for<made, Driver>(driver_, std::unique_ptr<call<Driver>>{std::move(fetching)});
    }

    /// Passes over the next `count` rows. Gives how many there were.
    [[nodiscard]] awaitable<std::uint64_t> forward(std::uint64_t count)
    {
        return move("FORWARD " + std::to_string(count));
    }
    /// The same backwards. Of a scrolling cursor.
    [[nodiscard]] awaitable<std::uint64_t> backward(std::uint64_t count)
    {
        return move("BACKWARD " + std::to_string(count));
    }
    /// Moves onto row `row`, counted from 1; 0: before the first; negative: from the end. The next
    /// fetch() gives what follows it. Of a scrolling cursor. Gives 1 if there is such a row, else
    /// 0.
    [[nodiscard]] awaitable<std::uint64_t> move_to(std::int64_t row)
    {
        return move("ABSOLUTE " + std::to_string(row));
    }

    /// From now on it is used through `holder`: a held cursor through its connection, once the
    /// transaction has been committed.
    template <class Holder>
    void on(Holder const& holder)
    {
        owner_ = holder.owner();
    }

    /// Ends it before its time, and waits for that. The object is empty from then on, even if it
    /// throws or is cancelled: then the cursor ends with its transaction, or, a held one, as if the
    /// object had been dropped.
    /// https://www.postgresql.org/docs/current/sql-close.html
    [[nodiscard]] awaitable<void> close()
    {
        auto driver = std::move(driver_);
        forget_statement(driver.get());
        std::string sql = "CLOSE " + name_;
        std::unique_ptr<call<Driver>> made;
        if (held_ && driver)
            made = std::make_unique<close_cursor_call<Driver>>(std::move(sql), owner_, driver);
        else
            made = std::make_unique<call<Driver>>(request{request::protocol::simple, sql}, owner_);
        return only_run(std::move(driver), std::move(made));
    }

private:
    [[nodiscard]] std::string fetching_sql(std::string const& what) const
    {
        return "FETCH " + what + " FROM " + name_;
    }
    /// Kept from one fetch to the next: the columns are known then.
    [[nodiscard]] statement_ref const& statement_for(std::string const& sql)
    {
        if (!fetching_ || fetching_->sql() != sql) {
            forget_statement(driver_.get());
            byte_writer none;
            encode_parameter_types(none);
            fetching_ = share<server_statement>(std::string{}, sql, none.bytes());
            fetching_->now = server_statement::state::gone;
        }
        return fetching_;
    }
    void forget_statement(Driver* home) noexcept
    {
        if (auto const which = std::move(fetching_); which && home != nullptr)
            home->at_home_from_destructor([home, alive = home->shared_from_this(), which] {
                home->state().close_statement(*which);
            });
    }

    [[nodiscard]] awaitable<result<T>> fetch(std::string const& what)
    {
        using made = fetch_call<T, Driver>;
        std::string const sql = fetching_sql(what);
        auto fetching = std::make_unique<made>(sql, owner_);
        fetching->use(statement_for(sql));
        fetching->encode();
        return run_for<made, Driver>(driver_, std::unique_ptr<call<Driver>>{std::move(fetching)});
    }
    [[nodiscard]] awaitable<std::uint64_t> move(std::string const& what)
    {
        using made = move_call<Driver>;
        return run_for<made, Driver>(driver_,
            std::unique_ptr<call<Driver>>{new made{"MOVE " + what + " FROM " + name_, owner_}});
    }

    void abandon() noexcept
    {
        if (!driver_)
            return;
        auto const driver = std::move(driver_);
        forget_statement(driver.get());
        if (held_)
            close_cursor_later(*driver, "CLOSE " + name_);
    }

    std::shared_ptr<Driver> driver_; // null: closed
    owner_id owner_{};
    std::string name_;
    bool held_ = false;
    statement_ref fetching_; // what it says of itself is touched at the connection's home only
};

template <class T, class Driver>
[[nodiscard]] asio::awaitable<basic_cursor<T, Driver>, typename Driver::executor_type> run_cursor(
    basic_cursor<T, Driver> opened,
    asio::awaitable<std::unique_ptr<call<Driver>>, typename Driver::executor_type> declaring)
{
    co_await std::move(declaring);
    co_return opened;
}

/// `encode(call)` puts in the arguments, if there are any.
template <class T, class Driver, class Encode>
[[nodiscard]] auto open_cursor(std::shared_ptr<Driver> driver, owner_id owner, cursor_options how,
    std::string_view query, bool has_arguments, Encode const& encode)
{
    if (owner == no_owner)
        how.hold();
    std::string name = "pgcoro_cursor_" + std::to_string(driver ? driver->new_id() : 0);
    std::string const sql = how.declare_sql(name, query);
    auto declaring = std::make_unique<call<Driver>>(
        request{has_arguments ? request::protocol::extended : request::protocol::simple, sql},
        owner);
    if (has_arguments) {
        encode(*declaring);
        // It is run once: not worth a place in the cache.
        auto unnamed = share<server_statement>(std::string{}, sql, std::span<std::byte const>{});
        unnamed->now = server_statement::state::gone;
        unnamed->closed = true;
        declaring->use(std::move(unnamed));
    }
    basic_cursor<T, Driver> opened{driver, owner, std::move(name), how.holds()};
    return run_cursor(std::move(opened), run(std::move(driver), std::move(declaring)));
}

} // namespace pgcoro
