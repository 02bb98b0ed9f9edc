#include "script.hpp"

#include "catch.hpp"

#include <algorithm>
#include <stdexcept>

namespace {

std::string joined(messages const& all)
{
    std::string bytes;
    for (auto const& each : all)
        bytes += each;
    return bytes;
}

std::string lines(messages const& all)
{
    std::string text;
    for (auto const& each : all)
        text += "\n    " + each;
    return text;
}

} // namespace

void script::complain(deviation const& how, std::string const& problem) const
{
    FAIL(name_ << ", " << how.name << ": " << problem);
    throw std::logic_error{"not reached"};
}

/// One way through. Where it is not faithful the rest of the script may make no sense: that must
/// end in errors, not in anything worse.
script::size script::run(deviation const& how) const
{
    pgcoro::session_settings with = settings_;
    if (how.block_size != 0)
        with.block_size = how.block_size;
    machine m{with};
    m.chunk = how.chunk;
    m.write_piece = how.write_piece;
    if (login_)
        m.log_in(*login_);
    else
        m.log_in();
    m.tells = how.tells;

    size seen;
    bool on = true;        // the connection
    bool skipping = false; // until ReadyForQuery, behind an error
    auto const event = [&] {
        if (seen.events++ == how.abandon_at && m.records.contains(how.abandoned))
            m.abandon(how.abandoned, how.only_unwritten);
    };
    auto const feed = [&](std::string_view bytes) {
        std::size_t const begin = seen.bytes;
        seen.bytes += bytes.size();
        if (!on)
            return;
        if (how.end_after >= begin && how.end_after < seen.bytes) {
            m.feed(bytes.substr(0, how.end_after - begin));
            m.end();
            on = false;
        } else if (how.split_at > begin && how.split_at < seen.bytes) {
            m.feed(bytes.substr(0, how.split_at - begin));
            m.feed(bytes.substr(how.split_at - begin));
        } else {
            m.feed(bytes);
        }
    };

    for (step const& each : steps_) {
        event();
        if (each.call) {
            m.start(*each.call);
        } else if (each.wrote) {
            messages found;
            for (auto const& sent : m.written())
                found.push_back(sent.text());
            if (how.faithful && found != *each.wrote)
                complain(how, "wrote" + lines(found) + "\nnot" + lines(*each.wrote));
        } else if (each.takes_output) {
            (void)m.written();
        } else if (each.act) {
            if (how.faithful)
                each.act(m);
        } else {
            messages sent;
            try {
                sent = each.server(m);
            } catch (std::exception const&) {
                if (how.faithful)
                    throw;
            }
            // One read may bring all of them: what is done between them needs them apart.
            bool const apart =
                how.abandon_at != nowhere || how.injected_at != nowhere || how.replaced != nowhere;
            if (!apart) {
                seen.messages += sent.size();
                seen.events += sent.size();
                feed(joined(sent));
                continue;
            }
            for (std::string const& one : sent) {
                event();
                std::size_t const index = seen.messages++;
                if (index == how.injected_at && !m.state.closed()) {
                    bool const was_logging_in = m.state.logging_in();
                    m.feed(how.message);
                    if (how.after_injection)
                        how.after_injection(m, was_logging_in);
                }
                if (index == how.replaced) {
                    feed(how.message);
                    skipping = true;
                }
                skipping = skipping && one[0] != 'Z';
                if (!skipping)
                    feed(one);
            }
        }
    }
    if (how.faithful) {
        for (auto const& judge : judges_)
            if (std::string const problem = judge(m); !problem.empty())
                complain(how, problem);
    } else if (m.state.closed() && !is_a<pgcoro::error>(m.state.closed())) {
        complain(how, "closed without a name: " + text_of(m.state.closed()));
    }
    if (std::string const problem = m.check_ends(); !problem.empty())
        complain(how, problem);
    return seen;
}

void script::run_in_pieces() const
{
    deviation how;
    how.name = "whole";
    size const whole = run(how);
    how.write_piece = 1;
    how.name = "written byte by byte";
    run(how);
    for (std::size_t const block : {0u, 1u, 8u, 64u, 100u}) {
        for (std::size_t const chunk : {1u, 2u, 3u, 7u, 50u}) {
            how.block_size = block;
            how.chunk = chunk;
            how.name =
                "blocks of " + std::to_string(block) + " bytes, reads of " + std::to_string(chunk);
            run(how);
        }
    }
    how = {};
    // Long ones are cut at every byte of their beginning, and here and there behind that.
    for (std::size_t at = 1; at < whole.bytes; at += at < 2000 ? 1 : 997) {
        how.split_at = at;
        how.name = "cut at byte " + std::to_string(at);
        run(how);
    }
    if (whole.messages > 200)
        return;
    // What may come at any time changes nothing.
    how = {};
    for (std::size_t at = 0; at < whole.messages; ++at) {
        for (std::string const& message : {backend::notice("look"),
                 backend::setting("TimeZone", "UTC"), backend::notify("c", "p")}) {
            if (login_ && message[0] != 'N') // before the login is through
                continue;
            how.injected_at = at;
            how.message = message;
            how.name =
                std::string{"unasked "} + message[0] + " before message " + std::to_string(at);
            run(how);
        }
    }
}

void script::run_with_end_everywhere() const
{
    size const whole = run({});
    deviation how;
    how.faithful = false;
    for (bool const tells : {true, false}) {
        how.tells = tells;
        for (std::size_t at = 0; at < whole.bytes; at += at < 2000 ? 1 : 997) {
            how.end_after = at;
            how.name = "ended after byte " + std::to_string(at);
            run(how);
        }
    }
}

void script::run_with_error_everywhere() const
{
    size const whole = run({});
    deviation how;
    how.faithful = false;
    for (std::size_t at = 0; at < std::min<std::size_t>(whole.messages, 100); ++at) {
        for (std::string const& message : {backend::error_response("XX000", "injected"),
                 backend::error_response("26000", "injected"),
                 backend::error_response("08P01", "injected"), backend::error_response("", ""),
                 backend::fatal("57P01", "injected")}) {
            how.replaced = at;
            how.message = message;
            how.name = "error instead of message " + std::to_string(at);
            run(how);
        }
    }
}

namespace {

enum class verdict
{
    may_be,   // legal somewhere
    unasked,  // legal everywhere
    illegal,  // legal nowhere: ends the session at once
    swallows, // its length field takes in what follows
};

struct shape
{
    std::string name;
    std::string bytes;
    verdict in_login;
    verdict after_login;
};

/// Each type in each form.
std::vector<shape> shapes()
{
    std::vector<shape> all;
    auto const add = [&](std::string name, std::string bytes, verdict in_login,
                         verdict after_login) {
        all.push_back({std::move(name), std::move(bytes), in_login, after_login});
    };
    std::vector<std::string> const well_formed{backend::authentication_ok(), backend::asks(3),
        backend::asks(5, "salt"), backend::asks(7), backend::asks(9), backend::asks(12, "v=x"),
        backend::asks(11, "r=x,s=QQ==,i=1"), backend::sasl({"SCRAM-SHA-256"}), backend::key(1, 2),
        backend::bind_complete(), backend::close_complete(), backend::complete("SELECT 1"),
        backend::message('W', "\0\0\0"), backend::copy_data("x"), backend::copy_done(),
        backend::copy_in(), backend::copy_out(), backend::row({"x"}), backend::row({}),
        backend::empty_query(), backend::error_response("22012", "injected"),
        backend::fatal("57P01", "injected"), backend::message('V', backend::number(-1)),
        backend::message('v', backend::number(0) + backend::number(0)), backend::no_data(),
        backend::notice("injected"), backend::notify("c", "p"), backend::parameters({25, 23}),
        backend::parameters(), backend::setting("TimeZone", "UTC"), backend::parse_complete(),
        backend::message('s', {}), backend::ready('I'), backend::ready('T'), backend::ready('E'),
        backend::ready('?'), backend::columns({"a", "b"}), backend::columns({}),
        backend::message('\0', {}), backend::message('\xff', "x"), backend::message('p', "x"),
        backend::message('H', "TTP/1.1 400")};
    auto const is_one_of = [](char type, std::string_view types) {
        return types.find(type) != std::string_view::npos;
    };
    using namespace std::string_view_literals;
    for (std::string const& each : well_formed) {
        char const type = each[0];
        std::string const body = each.substr(5);
        bool const illegal_in = is_one_of(type, "23CWdcGHDIVAnt1sTp\0\xff"sv);
        bool const illegal_after = is_one_of(type, "RKWVvsp\0\xff"sv);
        bool const unasked = each == backend::notice("injected");
        bool const unasked_after = is_one_of(type, "NAS");
        // Fixed layouts don't suffer a missing or a surplus byte, where they are read at all.
        bool const strict = is_one_of(type, "23I1nctZASN");
        auto const judge = [](bool illegal, bool fine) {
            return illegal ? verdict::illegal : fine ? verdict::unasked : verdict::may_be;
        };
        auto const wrong_in = judge(illegal_in || strict, false);
        auto const wrong_after = judge(illegal_after || strict, false);
        add("well-formed", each, judge(illegal_in, unasked), judge(illegal_after, unasked_after));
        if (!body.empty()) {
            add("cut short", backend::message(type, body.substr(0, body.size() - 1)), wrong_in,
                wrong_after);
            add("empty", backend::message(type, {}), wrong_in, wrong_after);
        }
        add("too long", backend::message(type, body + '\1'), wrong_in, wrong_after);
        add("one byte more claimed",
            backend::lying(type, static_cast<std::uint32_t>(body.size() + 5), body),
            verdict::may_be, verdict::may_be);
    }
    // Lengths are judged before types are.
    for (char const type : {'D', 'Z', 'N', '\xff'}) {
        for (std::uint32_t const length : {0u, 3u, 0x80000000u, 0xffffffffu})
            add("length " + std::to_string(length), backend::lying(type, length, {}),
                verdict::illegal, verdict::illegal);
        add("length 1 GiB", backend::lying(type, 0x3ffffff0, {}), verdict::illegal,
            verdict::swallows);
    }
    return all;
}

} // namespace

void script::run_with_injections() const
{
    size const whole = run({});
    auto const all = shapes();
    deviation how;
    how.faithful = false;
    for (std::size_t at = 0; at < std::min<std::size_t>(whole.messages, 40); ++at) {
        for (shape const& each : all) {
            how.injected_at = at;
            how.message = each.bytes;
            how.name = each.name + " '" + each.bytes[0] + "' before message " + std::to_string(at);
            how.after_injection = [&](machine& m, bool was_logging_in) {
                verdict const expected = was_logging_in ? each.in_login : each.after_login;
                if (m.largest_room > 1024 * 1024)
                    complain(how, "room for what a header claims");
                if (!m.state.closed()) {
                    if (expected == verdict::illegal)
                        complain(how, "went through");
                } else if (expected == verdict::illegal) {
                    if (!is_a<pgcoro::protocol_error>(m.state.closed()))
                        complain(how, "not a protocol_error: " + text_of(m.state.closed()));
                } else if (expected != verdict::may_be) {
                    complain(how, "closed: " + text_of(m.state.closed()));
                }
            };
            run(how);
        }
    }
}

void script::run_with_abandoning() const
{
    size const whole = run({});
    deviation how;
    how.faithful = false;
    for (step const& each : steps_) {
        if (!each.call)
            continue;
        how.abandoned = each.call->name;
        for (std::size_t at = 0; at < std::min<std::size_t>(whole.events, 200); ++at) {
            for (bool const only_unwritten : {false, true}) {
                how.abandon_at = at;
                how.only_unwritten = only_unwritten;
                how.name = how.abandoned + " abandoned at event " + std::to_string(at);
                run(how);
            }
        }
    }
}
