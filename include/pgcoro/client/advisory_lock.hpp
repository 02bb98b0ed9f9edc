#pragma once

#include "call.hpp"
#include "events.hpp"
#include "needs_session.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Whether others may hold an advisory lock at the same time.
enum class lock_mode : unsigned char
{
    exclusive,
    shared,
};

template <class Driver>
class advisory_lock_call;

/// An advisory lock that a connection holds; made by basic_connection::advisory_lock(). Move-only.
/// Its destructor gives the lock back without waiting: at once, or when the open transaction has
/// ended, whose failure can't undo that.
/// https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
template <class Driver>
class basic_advisory_lock
{
public:
    basic_advisory_lock() noexcept = default;
    basic_advisory_lock(basic_advisory_lock&&) noexcept = default;
    basic_advisory_lock& operator=(basic_advisory_lock&& other) noexcept
    {
        if (this != &other) {
            abandon();
            driver_ = std::move(other.driver_);
            key_ = other.key_;
            mode_ = other.mode_;
        }
        return *this;
    }
    ~basic_advisory_lock() { abandon(); }

    [[nodiscard]] explicit operator bool() const noexcept { return driver_ != nullptr; }
    [[nodiscard]] std::int64_t key() const noexcept { return key_; }

    /// Gives the lock back and waits until it is free. Throws operation_in_progress while a
    /// transaction or stream owns the connection: then the lock is still held. Cancelled once
    /// started, it runs to its end unseen. The object must stay where it is meanwhile.
    [[nodiscard]] asio::awaitable<void, typename Driver::executor_type> unlock()
    {
        auto made = std::make_unique<call<Driver>>(
            request{request::protocol::simple, unlock_sql(key_, mode_)}, no_owner);
        made->never_withdraw();
        try {
            co_await run(driver_, std::move(made));
        } catch (operation_in_progress const&) {
            throw;
        } catch (...) {
            forget();
            throw;
        }
        forget();
    }

private:
    friend class advisory_lock_call<Driver>;

    basic_advisory_lock(std::shared_ptr<Driver> driver, std::int64_t key, lock_mode mode) noexcept
        : driver_{std::move(driver)}, key_{key}, mode_{mode}
    {}

    [[nodiscard]] static std::string unlock_sql(std::int64_t key, lock_mode mode)
    {
        return std::string{"SELECT pg_advisory_unlock"} +
               (mode == lock_mode::shared ? "_shared(" : "(") + std::to_string(key) + ')';
    }
    static void unlock_later(Driver& home, std::string_view sql)
    {
        if (!home.state().closed())
            home.start_unowned(
                std::make_unique<exchange>(request{request::protocol::simple, sql}, no_owner));
    }
    /// Gives whether it was there: a pool takes a connection's locks away with its user.
    static bool remove(Driver& home, std::int64_t key) noexcept
    {
        auto& locks = events<Driver>::of(home).locks();
        auto const at = std::find(locks.begin(), locks.end(), key);
        if (at == locks.end())
            return false;
        locks.erase(at);
        return true;
    }
    /// The lock was given back.
    void forget()
    {
        if (auto const driver = std::move(driver_))
            driver->at_home([driver, key = key_] { remove(*driver, key); });
    }
    void abandon() noexcept
    {
        if (!driver_)
            return;
        auto const driver = std::move(driver_);
        driver->at_home_from_destructor([&home = *driver, key = key_, mode = mode_] {
            if (remove(home, key))
                unlock_later(home, unlock_sql(key, mode));
        });
    }

    std::shared_ptr<Driver> driver_; // null: no lock is held
    std::int64_t key_ = 0;
    lock_mode mode_ = lock_mode::exclusive;
};

/// Takes a lock. Should the caller have gone when the server gives it, it is given back. So is what
/// a statement that was cancelled may have got: the server keeps a session's lock even if the
/// statement that took it fails.
template <class Driver>
class advisory_lock_call final : public call<Driver>
{
public:
    using result_type = basic_advisory_lock<Driver>;

    advisory_lock_call(std::int64_t key, lock_mode mode, bool waits)
        : call<Driver>{request{request::protocol::simple, lock_sql(key, mode, waits)}, no_owner},
          key_{key},
          mode_{mode}
    {}

    [[nodiscard]] basic_advisory_lock<Driver> take_result() { return std::move(lock_); }

private:
    [[nodiscard]] static std::string lock_sql(std::int64_t key, lock_mode mode, bool waits)
    {
        // The tag tells whether it was got: it is there even if nobody reads the rows any more.
        return std::string{
                   waits ? "SELECT pg_advisory_lock" : "SELECT WHERE pg_try_advisory_lock"} +
               (mode == lock_mode::shared ? "_shared(" : "(") + std::to_string(key) + ')';
    }
    void completed(command_tag const& tag) override { got_ = tag.rows_affected() == 1; }
    void settled() override
    {
        using lock = basic_advisory_lock<Driver>;
        if (!this->admitted() || this->connection()->state().closed())
            return;
        Driver& home = *this->connection();
        auto& locks = events<Driver>::of(home).locks();
        if (got_ && this->awaited() && !this->error()) {
            lock_ = lock{this->connection(), key_, mode_};
            locks.push_back(key_);
        } else if (got_) {
            lock::unlock_later(home, lock::unlock_sql(key_, mode_));
        } else if (this->error() && std::find(locks.begin(), locks.end(), key_) == locks.end()) {
            lock::unlock_later(home, lock::unlock_sql(key_, mode_) + held());
        }
    }
    /// Whether this session holds the lock: unlocking another one's would be a warning.
    [[nodiscard]] std::string held() const
    {
        auto const bits = static_cast<std::uint64_t>(key_);
        return " FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted "
               "AND objsubid = 1 AND classid = " +
               std::to_string(bits >> 32U) + " AND objid = " + std::to_string(bits & 0xffff'ffffU) +
               " AND mode = " + (mode_ == lock_mode::shared ? "'ShareLock'" : "'ExclusiveLock'") +
               " LIMIT 1";
    }

    basic_advisory_lock<Driver> lock_;
    std::int64_t key_;
    lock_mode mode_;
    bool got_ = false;
};

template <class Driver>
[[nodiscard]] auto take_advisory_lock(
    std::shared_ptr<Driver> driver, std::int64_t key, lock_mode mode, bool waits)
{
    using made = advisory_lock_call<Driver>;
    std::unique_ptr<call<Driver>> what{new made{key, mode, waits}};
    if (std::exception_ptr const refusal = needs_session(driver, "an advisory lock"))
        what->fail(refusal);
    return run_for<made, Driver>(std::move(driver), std::move(what));
}

} // namespace pgcoro
