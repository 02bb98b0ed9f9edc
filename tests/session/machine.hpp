#pragma once

// A session without a socket: the tests are its driver.

#include "frontend.hpp"
#include "recorder.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// what() of an error, or "" if there is none.
[[nodiscard]] inline std::string text_of(std::exception_ptr const& error)
{
    if (!error)
        return {};
    try {
        std::rethrow_exception(error);
    } catch (std::exception const& thrown) {
        return thrown.what();
    } catch (...) {
        return "not an exception of ours";
    }
}

template <class Error>
[[nodiscard]] bool is_a(std::exception_ptr const& error)
{
    if (!error)
        return false;
    try {
        std::rethrow_exception(error);
    } catch (Error const&) {
        return true;
    } catch (...) {
        return false;
    }
}

/// The reason with which the tests abandon a call.
struct left_by_test : std::runtime_error
{
    left_by_test() : std::runtime_error{"left by the test"} {}
};

class machine final : private pgcoro::session_observer
{
public:
    explicit machine(pgcoro::session_settings settings = {}) : state{settings}
    {
        state.observe(this);
    }

    pgcoro::session state;
    std::map<std::string, std::shared_ptr<record>> records;
    std::map<std::string, pgcoro::statement_ref> statements; ///< that were prepared
    std::vector<std::string> notices;
    std::vector<std::string> notifications;
    std::size_t chunk = std::size_t(-1);       ///< bytes of one read, at most
    std::size_t write_piece = std::size_t(-1); ///< bytes of one write, at most
    bool resumes = true;                       ///< a pause at once; else reading stops there
    bool tells = true;            ///< finished calls are told; else they go down with the session
    bool answers_kerberos = true; ///< at once; else the test does it
    int pauses = 0;
    std::size_t largest_room = 0; ///< that was ever prepared for a read

    /// Logged in by a server that asks for nothing.
    void log_in()
    {
        pgcoro::login_settings settings;
        settings.user = "app";
        settings.where = "the test";
        log_in(std::move(settings));
        (void)written();
        feed(std::string{"R\0\0\0\x8\0\0\0\0K\0\0\0\xc\0\0\0\1\0\0\0\2Z\0\0\0\5I", 28});
        if (records.at("login")->finished != 1 || records.at("login")->error)
            throw std::logic_error{"no login"};
        records.erase("login");
    }
    void log_in(pgcoro::login_settings settings)
    {
        reader_ = frontend::reader{true};
        auto& made = records["login"] = std::make_shared<record>();
        state.log_in(std::move(settings), std::make_unique<recorder>(simple("login", ""), 0, made));
    }

    void start(call_spec const& spec)
    {
        std::uint64_t const id = ++last_id_;
        ids_[spec.name] = id;
        auto call = make(spec, id);
        std::vector<std::unique_ptr<pgcoro::exchange>> parts;
        for (auto const& part : spec.parts)
            parts.push_back(make(part, 0));
        if (!parts.empty())
            call->run_together(std::move(parts), spec.each_alone);
        state.start(std::move(call));
        tell();
    }
    [[nodiscard]] std::unique_ptr<recorder> make(call_spec const& spec, std::uint64_t id)
    {
        auto& made = records[spec.name] = std::make_shared<record>();
        auto call = std::make_unique<recorder>(spec, id, made);
        if (!spec.prepares.empty()) {
            auto& which = statements[spec.prepares] = std::make_shared<pgcoro::server_statement>(
                std::string{}, spec.sql, std::span<std::byte const>{});
            which->now = pgcoro::server_statement::state::gone;
            call->prepare(which);
        } else if (!spec.uses.empty()) {
            call->use(statements.at(spec.uses));
        }
        return call;
    }
    bool abandon(std::string const& name, bool only_unwritten = false)
    {
        bool const free =
            state.abandon(ids_.at(name), std::make_exception_ptr(left_by_test{}), only_unwritten);
        tell();
        return free;
    }

    void release_owner(std::uint64_t id)
    {
        state.release_owner(pgcoro::owner_id{id});
        tell();
    }

    /// The server's bytes arrive. Gives how many of them were read.
    std::size_t feed(std::string_view bytes)
    {
        std::size_t read = 0;
        while (read < bytes.size() && !state.closed() && !state.paused()) {
            std::span<std::byte> const room = state.prepare_input();
            if (room.empty())
                throw std::logic_error{"no room to read into"};
            largest_room = std::max(largest_room, room.size());
            std::size_t const count = std::min({room.size(), bytes.size() - read, chunk});
            std::memcpy(room.data(), bytes.data() + read, count);
            read += count;
            state.received(count);
            if (answers_kerberos)
                answer_kerberos();
            tell();
            if (resumes && state.resume())
                ++pauses;
        }
        return read;
    }
    void end()
    {
        state.received_end();
        tell();
    }
    void answer_kerberos()
    {
        while (state.has_gss_step()) {
            if (state.begin_gss_step() != -1)
                throw std::logic_error{"the test's own Kerberos answers at once"};
            state.end_gss_step();
        }
    }
    void tell()
    {
        while (tells && state.has_finished())
            state.finish_next();
    }

    /// Takes at most `most` bytes of the output.
    std::string take(std::size_t most)
    {
        std::string taken;
        while (taken.size() < most) {
            if (state.output().empty())
                state.feed();
            if (state.output().empty())
                break;
            std::span<std::byte const> const bytes = state.output().unsent();
            std::size_t const count = std::min({bytes.size(), write_piece, most - taken.size()});
            taken.append(reinterpret_cast<char const*>(bytes.data()), count);
            state.output().consume(count);
        }
        tell();
        return taken;
    }
    /// Takes the whole output; gives the messages in it.
    [[nodiscard]] std::vector<frontend::message> written()
    {
        reader_.add(take(std::size_t(-1)));
        std::vector<frontend::message> all;
        while (auto each = reader_.next())
            all.push_back(std::move(*each));
        last_written = all;
        return all;
    }
    std::vector<frontend::message> last_written;

    [[nodiscard]] record const& operator[](std::string const& name) const
    {
        return *records.at(name);
    }

    /// Every call was ended exactly once. Empty if so. Ends the session.
    [[nodiscard]] std::string check_ends()
    {
        if (!state.closed())
            end();
        tell();
        if (!state.quiet())
            return "a lost session is not quiet";
        if (!state.output().empty())
            return "a lost session wants to write";
        for (auto const& [name, each] : records) {
            if (each->finished != (tells ? 1 : 0) || each->destroyed != (tells ? 1 : 0))
                return name + " finished " + std::to_string(each->finished) + " times, destroyed " +
                       std::to_string(each->destroyed) + " times";
            if (!each->intact())
                return "bytes that " + name + " keeps were overwritten";
        }
        return {};
    }

private:
    void noticed(pgcoro::server_message const& notice) override
    {
        notices.push_back(notice.message);
    }
    void notified(pgcoro::notification&& message) override
    {
        notifications.push_back(message.channel + '=' + message.payload);
    }

    frontend::reader reader_{false};
    std::map<std::string, std::uint64_t> ids_;
    std::uint64_t last_id_ = 0;
};
