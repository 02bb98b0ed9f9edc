#pragma once

#include "copy_in.hpp"
#include "opening_call.hpp"
#include "wait_on.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// What a copy_writer, the COPY's source and its exchange share. Lives on the connection's home
/// executor.
template <class Driver>
class copy_writer_state : public std::enable_shared_from_this<copy_writer_state<Driver>>
{
public:
    using waiter = numbered_resumption<std::uint64_t, Driver>;

    copy_writer_state(std::shared_ptr<Driver> driver, std::uint64_t id)
        : driver_{std::move(driver)}, id_{id}
    {}

    [[nodiscard]] Driver& connection() const noexcept { return *driver_; }
    /// Of the writer as an owner, and of its exchange.
    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

    // ---- for the writer

    /// The caller waits until its bytes have been taken, and keeps them until then.
    void write(std::span<std::byte const> bytes, waiter caller)
    {
        if (waiter_ || over_)
            return caller.complete_later(driver_->home(), refusal(), {});
        bytes_ = bytes;
        waiter_ = std::move(caller);
        driver_->feed_again(id_);
    }
    /// The caller waits for the end of the COPY.
    void finish(waiter caller)
    {
        if (waiter_ || over_)
            return caller.complete_later(driver_->home(), refusal(), {});
        finishing_ = true;
        waiter_ = std::move(caller);
        driver_->feed_again(id_);
    }
    /// Whoever waits, or is dropped, goes away, and the COPY with it. A `number` is that of one who
    /// waited: he may have been through by now.
    void leave(std::exception_ptr reason, std::uint64_t number = 0)
    {
        if (number != 0 && !waiter_.is(number))
            return;
        bytes_ = {};
        if (waiter_) {
            waiter leaving = std::move(waiter_);
            leaving.complete_later(driver_->home(), reason, {});
        }
        if (std::exchange(over_, true))
            return;
        driver_->abandon(id_, std::move(reason), false);
    }

    // ---- for the source and the exchange

    [[nodiscard]] source::turn feed(byte_writer& out)
    {
        source::turn now;
        now.more = true;
        std::span<std::byte const> const piece =
            bytes_.first(std::min(bytes_.size(), source::enough));
        if (!piece.empty()) {
            write_copy_data(out, piece);
            bytes_ = bytes_.subspan(piece.size());
            return now;
        }
        if (finishing_) {
            now.more = false;
            return now;
        }
        now.waits = true;
        if (waiter_)
            std::exchange(waiter_, {}).complete_later(driver_->home(), nullptr, {});
        return now;
    }
    void ended(std::exception_ptr error, std::uint64_t rows)
    {
        over_ = true;
        error_ = error;
        bytes_ = {};
        if (waiter_)
            std::exchange(waiter_, {}).complete_later(driver_->home(), std::move(error), rows);
    }
    /// The connection is gone without a word, and the executor with it: so is who waits.
    void drop_waiter() noexcept { waiter const dropped = std::move(waiter_); }

private:
    [[nodiscard]] std::exception_ptr refusal() const
    {
        if (error_)
            return error_;
        if (over_)
            return std::make_exception_ptr(copy_refused{"the COPY is over"});
        return std::make_exception_ptr(operation_in_progress{"a COPY's write()"});
    }

    std::shared_ptr<Driver> driver_;
    std::uint64_t id_;
    std::span<std::byte const> bytes_; // the parked caller's
    waiter waiter_;
    std::exception_ptr error_;
    bool finishing_ = false;
    bool over_ = false;
};

/// Data for a COPY FROM STDIN, from wherever it comes: write() as often as need be, then finish().
/// Owns the connection until then, or until it is dropped: then nothing was copied. Move-only.
/// One call at a time: a second throws operation_in_progress; copy_refused when the COPY is over.
/// https://www.postgresql.org/docs/current/sql-copy.html
template <class Driver>
class copy_writer
{
public:
    template <class T>
    using awaitable = asio::awaitable<T, typename Driver::executor_type>;
    using state_type = copy_writer_state<Driver>;

    copy_writer() noexcept = default;
    explicit copy_writer(std::shared_ptr<state_type> state) : state_{std::move(state)} {}
    copy_writer(copy_writer&&) noexcept = default;
    copy_writer& operator=(copy_writer&& other) noexcept
    {
        if (this != &other) {
            abandon();
            state_ = std::move(other.state_);
        }
        return *this;
    }
    ~copy_writer() { abandon(); }

    /// Sends a piece of the data; rows may be cut anywhere. The bytes must live until it returns,
    /// which it does when they are on their way. Throws what the server says of the data so far.
    /// Cancelled, it ends the COPY: nothing was copied.
    [[nodiscard]] awaitable<void> write(std::span<std::byte const> bytes)
    {
        return without_count(wait([bytes](state_type& state, typename state_type::waiter caller) {
            state.write(bytes, std::move(caller));
        }));
    }
    [[nodiscard]] awaitable<void> write(std::string_view text)
    {
        return write(std::as_bytes(std::span{text.data(), text.size()}));
    }

    /// Says that this was all, and waits for the server. Gives the number of rows. Throws what is
    /// wrong with them: then nothing was copied. Cancelled, it ends the COPY if it can: what had
    /// all been sent is copied, unseen.
    [[nodiscard]] awaitable<std::uint64_t> finish()
    {
        return wait([](state_type& state, typename state_type::waiter caller) {
            state.finish(std::move(caller));
        });
    }

private:
    static awaitable<void> without_count(awaitable<std::uint64_t> wait)
    {
        co_await std::move(wait);
    }

    template <class Start>
    [[nodiscard]] awaitable<std::uint64_t> wait(Start start)
    {
        if (!state_)
            throw connection_lost{"the COPY is empty or was moved from"};
        return wait_on<Driver, std::uint64_t>(state_, start);
    }

    void abandon() noexcept
    {
        if (!state_)
            return;
        auto const state = std::move(state_);
        state->connection().at_home_from_destructor([state] {
            state->leave(std::make_exception_ptr(connection_lost{"the COPY was dropped"}));
        });
    }

    std::shared_ptr<state_type> state_;
};

/// The COPY's way through the connection. Its caller is resumed when the server asks for data.
template <class Driver>
class copy_writer_call final : public opening_call<call<Driver>, copy_writer<Driver>, Driver>
{
    using base = opening_call<call<Driver>, copy_writer<Driver>, Driver>;
    using state_type = typename base::state_type;

    class written final : public source
    {
    public:
        explicit written(std::shared_ptr<state_type> by) : by_{std::move(by)} {}
        [[nodiscard]] turn feed(byte_writer& out) override { return by_->feed(out); }

    private:
        std::shared_ptr<state_type> by_;
    };

public:
    copy_writer_call(std::string_view sql, owner_id via)
        : base{request{request::protocol::simple, sql}, via}
    {}

    void open(std::shared_ptr<Driver> driver, copy_writer<Driver>& place, char const* name)
    {
        base::open(std::move(driver), place, name);
        this->feed_from(std::make_unique<written>(this->state()));
    }

private:
    void copying(copy_response const&) override { this->give_handle(); }
    void completed(command_tag const& tag) override { rows_ += tag.rows_affected(); }
    void settled() override
    {
        base::settled();
        if (this->opened())
            this->state()->ended(this->error(), rows_);
    }

    std::uint64_t rows_ = 0;
};

template <class Driver>
[[nodiscard]] asio::awaitable<copy_writer<Driver>, typename Driver::executor_type> run_copy_writer(
    std::shared_ptr<Driver> driver, owner_id via, std::string_view sql)
{
    return run_open(std::move(driver), std::make_unique<copy_writer_call<Driver>>(sql, via),
        "a COPY FROM STDIN");
}

} // namespace pgcoro
