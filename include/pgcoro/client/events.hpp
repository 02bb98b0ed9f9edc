#pragma once

#include "../core/tracer.hpp"
#include "../session/session.hpp"
#include "listening.hpp"
#include "traced_arguments.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace pgcoro {

/// What hears of a notice. It runs on the connection's executor, from its queue: it may call the
/// connection.
using notice_handler = std::function<void(server_message const&)>;
/// What hears of a setting that the server reports, and of the connection's end and its reason; in
/// the same way.
using parameter_handler = std::function<void(std::string const& name, std::string const& value)>;
using termination_handler = std::function<void(std::exception_ptr const& reason)>;

/// Brings what the server says unasked to those who listen, and remembers what of the session
/// belongs to objects. Made when the first of them comes; lives on the connection's home executor.
template <class Driver>
class events final : public session_observer
{
public:
    using listener_state = listening<Driver>;

    /// Of this connection; to be called at home.
    [[nodiscard]] static events& of(Driver& connection)
    {
        if (!connection.observer())
            connection.observe(std::make_shared<events>(connection));
        return static_cast<events&>(*connection.observer());
    }

    explicit events(Driver& connection) : connection_{connection} {}

    void add(std::shared_ptr<listener_state> added)
    {
        std::string const channel = added->channel();
        add(std::move(added), channel);
    }
    /// The same for one of several channels, of which it hears until the connection ends.
    void add(std::shared_ptr<listener_state> added, std::string const& channel)
    {
        listeners_[channel].push_back(std::move(added));
    }
    /// Gives whether it was the last one of its channel.
    bool remove(listener_state const& removed) noexcept
    {
        return remove(removed, removed.channel());
    }
    bool remove(listener_state const& removed, std::string const& channel) noexcept
    {
        auto const at = listeners_.find(channel);
        if (at == listeners_.end())
            return false;
        std::erase_if(at->second, [&removed](auto const& each) { return each.get() == &removed; });
        if (!at->second.empty())
            return false;
        listeners_.erase(at);
        return true;
    }

    /// The keys of the advisory locks that objects hold, one for each object.
    [[nodiscard]] std::vector<std::int64_t>& locks() noexcept { return locks_; }

    /// The connection passes to another user: whatever its last one was to hear of ends.
    void change_user(std::exception_ptr const& reason, std::shared_ptr<tracer> const& by) noexcept
    {
        end_listeners(reason);
        locks_.clear();
        notice_handler_.reset();
        parameter_handler_.reset();
        termination_handler_.reset();
        tracer_ = by;
    }

    void trace(std::shared_ptr<tracer> by) noexcept { tracer_ = std::move(by); }

    void on_notice(notice_handler handler) { notice_handler_ = shared(std::move(handler)); }
    void on_parameter(parameter_handler handler)
    {
        parameter_handler_ = shared(std::move(handler));
    }
    void on_termination(termination_handler handler)
    {
        termination_handler_ = shared(std::move(handler));
        if (auto const ended = connection_.state().closed())
            terminated(ended);
    }

private:
    /// Null for an empty one.
    template <class Handler>
    [[nodiscard]] static std::shared_ptr<Handler const> shared(Handler handler)
    {
        return handler ? std::make_shared<Handler const>(std::move(handler)) : nullptr;
    }
    void notified(notification&& message) override
    {
        if (auto const at = listeners_.find(message.channel); at != listeners_.end())
            for (auto const& each : at->second)
                each->arrived(message);
    }
    /// Not in place: bytes are being parsed, and on a strand no code of users runs.
    void noticed(server_message const& notice) override
    {
        if (notice_handler_)
            asio::post(
                for_handlers_, task{[handler = notice_handler_, notice] { (*handler)(notice); }});
    }
    void parameter_changed(std::string_view name, std::string_view value) override
    {
        if (parameter_handler_)
            asio::post(
                for_handlers_, task{[handler = parameter_handler_, name = std::string{name},
                                        value = std::string{value}] { (*handler)(name, value); }});
    }
    void started(exchange& call) noexcept override
    {
        if (!tracer_)
            return;
        try {
            call.noted() = {++calls_, 0, 0, exchange::clock::now()};
            std::vector<std::string> arguments;
            if (tracer_->wants_arguments())
                arguments = argument_texts(call.asked());
            traced_call heard = heard_of(call);
            heard.arguments = arguments;
            tracer_->started(heard);
        } catch (...) {
        }
    }
    void completed(exchange& call, command_tag const& tag) noexcept override
    {
        if (tracer_)
            call.noted().rows += tag.rows_affected();
    }
    void received(exchange& call, std::size_t bytes) noexcept override
    {
        if (tracer_)
            call.noted().received += bytes;
    }
    void ended(exchange& call) noexcept override
    {
        if (!tracer_ || call.noted().number == 0) // it had started before the tracer came
            return;
        try {
            traced_end how;
            how.duration = exchange::clock::now() - call.noted().begun;
            how.rows = call.noted().rows;
            how.sent = call.sent();
            how.received = call.noted().received;
            how.cancelled = call.abandoned();
            how.error = call.error();
            how.state = state_of(how.error);
            tracer_->ended(heard_of(call), how);
        } catch (...) {
        }
    }
    [[nodiscard]] traced_call heard_of(exchange& call) const noexcept
    {
        return {connection_.state().backend_key().process_id, call.noted().number,
            call.asked().sql(), {}};
    }
    [[nodiscard]] static std::optional<sqlstate> state_of(std::exception_ptr const& error)
    {
        try {
            if (error)
                std::rethrow_exception(error);
        } catch (server_error const& reported) {
            return reported.state();
        } catch (...) {
        }
        return std::nullopt;
    }
    void lost(std::exception_ptr const& reason) noexcept override
    {
        end_listeners(reason);
        try {
            terminated(reason);
        } catch (...) { // out of memory
        }
    }
    /// Once.
    void terminated(std::exception_ptr const& reason)
    {
        if (auto handler = std::exchange(termination_handler_, nullptr))
            asio::post(for_handlers_, task{[handler, reason] { (*handler)(reason); }});
    }
    void end_listeners(std::exception_ptr const& reason) noexcept
    {
        for (auto const& [name, of_channel] : std::exchange(listeners_, {}))
            for (auto const& each : of_channel)
                each->ended(reason);
    }
    void dropped() noexcept override
    {
        tracer_.reset();
        for (auto const& [name, of_channel] : std::exchange(listeners_, {}))
            for (auto const& each : of_channel)
                each->drop_waiter();
    }

    /// The executor itself, or where several threads run it a strand of it: notices keep their
    /// order.
    [[nodiscard]] static typename Driver::home_executor make_for_handlers(Driver& connection)
    {
        if constexpr (Driver::threads::uses_strand)
            return Driver::threads::make_home(connection.home().get_inner_executor());
        else
            return connection.home();
    }

    Driver& connection_;
    typename Driver::home_executor for_handlers_ = make_for_handlers(connection_);
    std::unordered_map<std::string, std::vector<std::shared_ptr<listener_state>>> listeners_;
    std::shared_ptr<notice_handler const> notice_handler_;
    std::shared_ptr<parameter_handler const> parameter_handler_;
    std::shared_ptr<termination_handler const> termination_handler_;
    std::vector<std::int64_t> locks_;
    std::shared_ptr<tracer> tracer_;
    std::uint64_t calls_ = 0;
};

} // namespace pgcoro
