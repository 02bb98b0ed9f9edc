#pragma once

#include "../core/byte_reader.hpp"
#include "../core/share.hpp"
#include "driver.hpp"
#include "park.hpp"
#include "target_session.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// What target_session is about: what kind of session a server has given us.
struct session_kind
{
    bool in_recovery = false; ///< the server is a standby
    bool read_only = false;   ///< its transactions can't write, unless they ask to

    /// Why a session is not what was asked for; null if it is.
    [[nodiscard]] char const* misses(target_session wanted) const noexcept
    {
        switch (wanted) {
        case target_session::any:
            return nullptr;
        case target_session::read_write:
            return read_only ? "the session is read-only, and target_session_attrs=read-write"
                             : nullptr;
        case target_session::read_only:
            return read_only ? nullptr
                             : "the session is not read-only, and target_session_attrs=read-only";
        case target_session::primary:
            return in_recovery ? "the server is a standby, and target_session_attrs=primary"
                               : nullptr;
        case target_session::standby:
        case target_session::prefer_standby:
            return in_recovery ? nullptr
                               : "the server is not a standby, and target_session_attrs=standby";
        }
        return nullptr;
    }
};

/// What the server has reported of it: from PostgreSQL 14 on it does so unasked.
[[nodiscard]] inline std::optional<session_kind> reported_kind(session const& of)
{
    std::string_view const recovery = of.parameter("in_hot_standby");
    std::string_view const read_only = of.parameter("default_transaction_read_only");
    if (recovery.empty() || read_only.empty())
        return std::nullopt;
    return session_kind{recovery == "on", recovery == "on" || read_only == "on"};
}

/// Asks an older server, or a pooler that doesn't report it.
template <class Executor>
class session_kind_exchange final : public exchange
{
public:
    session_kind_exchange(resumed<Executor> handler, session_kind& found)
        : exchange{request{request::protocol::extended,
                       "SELECT pg_catalog.pg_is_in_recovery()::pg_catalog.text, "
                       "pg_catalog.current_setting('transaction_read_only')"},
              no_owner},
          handler_{std::move(handler)},
          kind_{found}
    {
        what().type_writer().put(std::int16_t{0});
        what().parameter_writer().put(std::int16_t{0});
        what().parameter_writer().put(std::int16_t{0});
    }

private:
    void rows(block_ref const&, std::byte const* begin, std::byte const* end, std::size_t) override
    {
        byte_reader row{{begin + 5, end}};
        (void)row.get<std::int16_t>();
        auto const field = [&row] {
            auto const size = row.get<std::int32_t>();
            std::span<std::byte const> const bytes =
                row.get_bytes(size < 0 ? 0 : static_cast<std::size_t>(size));
            return std::string{reinterpret_cast<char const*>(bytes.data()), bytes.size()};
        };
        kind_.in_recovery = field() == "true";
        kind_.read_only = field() == "on";
    }

    void finished() override
    {
        std::exception_ptr failure = error();
        auto handler = std::move(handler_);
        delete this;
        std::move(handler)(std::move(failure));
    }

    resumed<Executor> handler_;
    session_kind& kind_; // the coroutine's
};

/// What kind of session a connection has. Throws what the query throws, timeout_error after
/// `deadline`; then, and when it is cancelled, the connection is closed.
template <class Driver>
[[nodiscard]] asio::awaitable<session_kind, typename Driver::home_executor> find_session_kind(
    std::shared_ptr<Driver> of, std::chrono::steady_clock::time_point deadline)
{
    using home = typename Driver::home_executor;
    using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>, home>;
    if (auto const known = reported_kind(of->state()))
        co_return *known;
    auto const asking = share<bool>(true); // the timer may have run out already
    timer limit{of->home(), deadline};
    limit.async_wait(task{[weak = std::weak_ptr<Driver>{of}, asking](asio::error_code error) {
        if (auto const slow = weak.lock(); !error && slow && *asking)
            slow->close(std::make_exception_ptr(
                timeout_error{"timed out while asking whether the server is a standby"}));
    }});
    session_kind found;
    auto start = [&](resumed<home> handler) {
        close_when_cancelled(asio::get_associated_cancellation_slot(handler), of);
        of->start(
            std::unique_ptr<exchange>{new session_kind_exchange<home>(std::move(handler), found)});
    };
    co_await park<home>(start);
    *asking = false;
    co_return found;
}

} // namespace pgcoro
