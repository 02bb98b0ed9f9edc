#pragma once

// A conversation, and all the ways in which it may go.

#include "backend.hpp"
#include "machine.hpp"

#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using messages = std::vector<std::string>;

[[nodiscard]] inline messages operator+(messages left, messages const& right)
{
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

class script
{
public:
    static constexpr std::size_t nowhere = std::size_t(-1);

    explicit script(std::string name) : name_{std::move(name)} {}

    // ---- what happens

    script& settings(pgcoro::session_settings with)
    {
        settings_ = with;
        return *this;
    }
    /// The login belongs to the script; else it has happened before.
    script& log_in(pgcoro::login_settings with)
    {
        login_ = with;
        return *this;
    }
    script& call(call_spec spec)
    {
        step& added = steps_.emplace_back();
        added.call = std::move(spec);
        return *this;
    }
    /// All output is taken, and must be this.
    script& wrote(messages expected)
    {
        step& added = steps_.emplace_back();
        added.wrote = std::move(expected);
        return *this;
    }
    /// All output is taken, whatever it is.
    script& wrote_anything()
    {
        steps_.emplace_back().takes_output = true;
        return *this;
    }
    script& server(messages sent)
    {
        return server([sent = std::move(sent)](machine const&) { return sent; });
    }
    /// The same, made up from what the client wrote.
    script& server(std::function<messages(machine const&)> sent)
    {
        step& added = steps_.emplace_back();
        added.server = std::move(sent);
        return *this;
    }
    /// Only where the run is faithful.
    script& act(std::function<void(machine&)> what)
    {
        step& added = steps_.emplace_back();
        added.act = std::move(what);
        return *this;
    }

    // ---- what comes of it

    script& result(std::string call, messages rows, messages tags)
    {
        expect([call, rows, tags](machine const& m) -> std::string {
            record const& got = m[call];
            if (got.error)
                return call + " failed: " + text_of(got.error);
            if (got.rows != rows)
                return call + " has " + std::to_string(got.rows.size()) + " rows, or other ones";
            if (got.tags != tags)
                return call + " has other tags";
            return got.finished == 1 ? "" : call + " is not finished";
        });
        return *this;
    }
    template <class Error>
    script& fails(std::string call, std::string text = {})
    {
        expect([call, text](machine const& m) -> std::string {
            record const& got = m[call];
            if (got.finished != 1)
                return call + " is not finished";
            if (!is_a<Error>(got.error))
                return call + " did not fail so, but: " + text_of(got.error);
            if (text_of(got.error).find(text) == std::string::npos)
                return call + " says: " + text_of(got.error);
            return {};
        });
        return *this;
    }
    script& status(char expected)
    {
        expect([expected](machine const& m) -> std::string {
            auto const found = static_cast<char>(m.state.status());
            return found == expected ? "" : std::string{"the status is "} + found;
        });
        return *this;
    }
    script& open()
    {
        expect([](machine const& m) -> std::string {
            if (m.state.closed())
                return "closed: " + text_of(m.state.closed());
            return m.state.quiet() ? "" : "not quiet";
        });
        return *this;
    }
    template <class Error>
    script& closed(std::string text = {})
    {
        expect([text](machine const& m) -> std::string {
            if (!is_a<Error>(m.state.closed()))
                return "not closed so, but: " + text_of(m.state.closed());
            if (text_of(m.state.closed()).find(text) == std::string::npos)
                return "closed: " + text_of(m.state.closed());
            return {};
        });
        return *this;
    }
    script& expect(std::function<std::string(machine const&)> judge)
    {
        judges_.push_back(std::move(judge));
        return *this;
    }

    // ---- how it may go

    /// As written, whole and in pieces.
    void run_in_pieces() const;
    /// The connection ends after each byte.
    void run_with_end_everywhere() const;
    /// An ErrorResponse instead of each message.
    void run_with_error_everywhere() const;
    /// Any message anywhere.
    void run_with_injections() const;
    /// Each call is abandoned at each step.
    void run_with_abandoning() const;
    /// All of them.
    void run() const
    {
        run_in_pieces();
        run_with_end_everywhere();
        run_with_error_everywhere();
        run_with_injections();
        run_with_abandoning();
    }

private:
    struct step
    {
        std::optional<call_spec> call;
        std::optional<messages> wrote;
        bool takes_output = false;
        std::function<messages(machine const&)> server;
        std::function<void(machine&)> act;
    };

    /// What a run does otherwise than written.
    struct deviation
    {
        bool faithful = true;
        bool tells = true;
        std::size_t chunk = nowhere;
        std::size_t write_piece = nowhere;
        std::size_t block_size = 0;     // 0: as set
        std::size_t split_at = nowhere; // in bytes of the server's
        std::size_t end_after = nowhere;
        std::size_t replaced = nowhere; // a message of the server's; ReadyForQuery comes next
        std::size_t injected_at = nowhere;
        std::string message; // instead of the replaced one, or injected before
        std::function<void(machine&, bool was_logging_in)> after_injection;
        std::size_t abandon_at = nowhere; // steps and messages, in order
        std::string abandoned;
        bool only_unwritten = false;
        std::string name; // for the failure's message
    };

    struct size
    {
        std::size_t bytes = 0;
        std::size_t messages = 0;
        std::size_t events = 0; // steps and messages
    };

    size run(deviation const& how) const;
    [[noreturn]] void complain(deviation const& how, std::string const& problem) const;

    std::string name_;
    pgcoro::session_settings settings_;
    std::optional<pgcoro::login_settings> login_;
    std::vector<step> steps_;
    std::vector<std::function<std::string(machine const&)>> judges_;
};
