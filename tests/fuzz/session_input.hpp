#pragma once

// What a fuzzer's bytes mean to the session: a schedule of calls and of a server's messages, good
// and bad ones, and of raw bytes. Throws where a rule is broken that holds whatever a server sends.

#include "../session/backend.hpp"
#include "../session/machine.hpp"
#include "../session/simulation.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace fuzz {

class input
{
public:
    explicit input(std::span<std::uint8_t const> bytes) : bytes_{bytes} {}

    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    /// 0 behind the end.
    std::uint8_t take()
    {
        if (bytes_.empty())
            return 0;
        std::uint8_t const value = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return value;
    }
    std::string take(std::size_t count)
    {
        count = std::min(count, bytes_.size());
        std::string const taken{reinterpret_cast<char const*>(bytes_.data()), count};
        bytes_ = bytes_.subspan(count);
        return taken;
    }

private:
    std::span<std::uint8_t const> bytes_;
};

inline std::vector<std::string> const& good_messages()
{
    static std::vector<std::string> const all{backend::parse_complete(), backend::parameters(),
        backend::parameters({25}), backend::columns({"a"}), backend::columns({"a", "b"}),
        backend::no_data(), backend::bind_complete(), backend::row({"x"}),
        backend::row({std::nullopt, "y"}), backend::complete("SELECT 1"), backend::ready('I'),
        backend::ready('T'), backend::ready('E'), backend::error_response("22012", "an error"),
        backend::error_response("26000", "unknown"), backend::fatal("57P01", "going"),
        backend::empty_query(), backend::close_complete(), backend::copy_in(), backend::copy_out(),
        backend::copy_data("x"), backend::copy_done(), backend::notice("look"),
        backend::notify("c", "p"), backend::setting("a", "b"), backend::asks(0), backend::asks(3),
        backend::asks(5, "salt"), backend::sasl({"SCRAM-SHA-256"}), backend::key(1, 2),
        backend::asks(7), backend::asks(8, "S"), backend::asks(8, "S1") + backend::asks(0),
        backend::parse_complete() + backend::parameters() + backend::columns({"a"}),
        backend::bind_complete() + backend::row({"x"}) + backend::complete("SELECT 1") +
            backend::ready(),
        backend::asks(0) + backend::key(1, 2) + backend::ready(),
        backend::complete("SELECT 1") + backend::ready()};
    return all;
}

/// Kerberos that takes the server's token by its length.
struct fuzzed_gss final : pgcoro::gss_context
{
    int begin() override { return -1; }
    void end() override
    {
        complete = token.size() == 2;
        problem = token.size() > 8 ? "too long" : "";
        token.resize(token.size() % 2 == 0 ? 1 : 0);
    }
};

/// Calls, a server's messages and everything else that can be done to a session, as told.
inline void conversation(input from)
{
    std::uint8_t const how = from.take();
    pgcoro::session_settings settings;
    settings.statement_cache_size = how % 3;
    settings.pipeline_depth = (how & 4) != 0 ? 2 : 1024;
    settings.block_size = (how & 8) != 0 ? 1 + from.take() : 65536;
    machine m{settings};
    m.resumes = false;
    if ((how & 16) != 0) {
        pgcoro::login_settings who;
        who.user = "app";
        who.password = "secret";
        who.where = "the fuzzer";
        who.gss = [](pgcoro::gss_target const&) -> pgcoro::gss_context* { return new fuzzed_gss; };
        who.gss_service.host = "db";
        m.answers_kerberos = (how & 64) == 0;
        m.log_in(std::move(who));
    } else {
        m.log_in();
    }
    m.chunk = (how & 32) != 0 ? 1 : 1024;

    unsigned calls = 0;
    std::uint64_t owners = 0;
    while (!from.empty()) {
        std::uint8_t const what = from.take();
        switch (what % 10) {
        case 0:
        case 1: {
            std::string const name = std::to_string(calls++);
            std::uint8_t const kind = from.take();
            std::string const sql = (kind & 8) != 0 ? "SELECT $1" : "SELECT";
            std::vector<std::string> const arguments(kind >> 3 & 1, "x");
            call_spec spec = kind % 3 == 0   ? simple(name, sql)
                             : kind % 3 == 1 ? extended(name, sql, arguments)
                                             : by_name(name, sql, arguments);
            spec.via = static_cast<std::uint64_t>(m.state.owners().top());
            if ((kind & 16) != 0) {
                spec.acquires = ++owners;
                spec.undo = (kind & 32) != 0 ? "ROLLBACK" : "";
                spec.pauses = true;
            } else if ((kind & 32) != 0) {
                spec.releases = spec.via;
                spec.must_end_idle = true;
                spec.never_withdraw = true;
            }
            spec.keeps_blocks = (kind & 64) != 0;
            spec.throws_rows = kind == 255;
            m.start(spec);
            break;
        }
        case 2:
        case 3:
        case 4:
            m.feed(good_messages()[from.take() % good_messages().size()]);
            break;
        case 5: // a type and a body of the fuzzer's
            m.feed(backend::message(
                static_cast<char>(from.take()), from.take(std::size_t{from.take()} % 32)));
            break;
        case 6:
            m.feed(from.take(std::size_t{from.take()} % 32));
            break;
        case 7:
            (void)m.take(std::size_t{from.take()} * (what > 127 ? 1 : 100));
            break;
        case 8:
            if (calls != 0)
                (void)m.abandon(std::to_string(from.take() % calls), what > 127);
            break;
        default:
            if (what > 200)
                m.state.say_goodbye();
            else if (what > 180)
                m.answer_kerberos();
            else if (what > 150)
                m.release_owner(from.take());
            else
                (void)m.state.resume();
            m.tell();
            break;
        }
        if (m.largest_room > 1024 * 1024)
            throw std::logic_error{"room for what a header claims"};
    }
    if (m.state.closed() && !is_a<pgcoro::error>(m.state.closed()))
        throw std::logic_error{"closed without a name: " + text_of(m.state.closed())};
    if (std::string const problem = m.check_ends(); !problem.empty())
        throw std::logic_error{problem};
}

/// A schedule between the client and a server that keeps to the protocol.
inline void schedule(input from)
{
    std::size_t spent = 0;
    simulation with{[&](std::size_t below) -> std::size_t {
        if (++spent > 100'000)
            throw std::logic_error{"it goes on for ever"};
        std::size_t const number =
            below > 256 ? from.take() * std::size_t{256} + from.take() : from.take();
        return number % below;
    }};
    if (std::string const problem = with.run(); !problem.empty())
        throw std::logic_error{problem};
}

inline void session(std::span<std::uint8_t const> bytes)
{
    input from{bytes};
    (from.take() & 1) != 0 ? schedule(from) : conversation(from);
}

} // namespace fuzz
