#pragma once

#include "../core/share.hpp"
#include "session.hpp"

#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

/// \file
/// What the session does about errors: those the server reports, and those it makes.

namespace pgcoro {

inline void session::handle_error(std::span<std::byte const> body)
{
    auto message = share<server_message>();
    if (!parse(byte_reader{body}, *message))
        return violation(backend_message::error_response, "a malformed message");
    bool const fatal =
        message->severity_nonlocalized == "FATAL" || message->severity_nonlocalized == "PANIC";
    if (fatal || in_flight_.empty())
        last_words_ = message;
    if (in_flight_.empty())
        return;
    refused_write_ = refused_write_ || message->code == sqlstate{"25006"};
    exchange& head = *in_flight_.front();
    if (login_) {
        // "Cannot connect now" has nothing to do with who we are and how we come.
        refused_login_ = !login_->authenticated() && message->code != sqlstate{"57P03"};
        lose(server_failure(std::move(message)));
        return;
    }
    if (notes_leftovers_) // the locks of a session are not undone
        note_leftovers_of(answering(), {});
    if (head.group_)
        return group_failed(head, std::move(message));
    if (feeding_ == &head && head.request_.how() == request::protocol::simple)
        feeding_ = nullptr; // it takes no more, and needs no Sync
    head.undone_ = comes_to_nothing(head);
    if (may_be_stale(head, message->code)) {
        went_stale(head, std::move(message));
    } else {
        // A syntax error is found before any of them is run.
        bool const named =
            head.takes_rows_ && (head.executed_ != 0 || message->code != sqlstate{"42601"});
        std::string const name =
            named ? "\n(statement " + std::to_string(head.executed_) + " of the text, from 0)"
                  : std::string{};
        head.fail(server_failure(std::move(message), head.source_ ? &head : nullptr, name));
        if (head.statement_ && head.parses_)
            cache_.drop(*head.statement_);
    }
    cache_.owe(std::exchange(head.closing_, {}));
    head.expected_ = reply::ready_for_query;
}

inline std::exception_ptr session::server_failure(
    std::shared_ptr<server_message const> message, exchange const* fed, std::string_view hint) const
{
    std::string advice;
    if (login_)
        advice = login_->context();
    else if (message->code == sqlstate{"42P18"})
        advice = "\nHINT:  Write a cast that says the type: $1::text.";
    else if ((message->code == sqlstate{"26000"} || message->code == sqlstate{"42P05"}) &&
             message->message.find("\"pgcoro_") != std::string::npos)
        advice =
            "\nHINT:  Behind a pooler that lends a server's connection for a transaction only, "
            "use options::transaction_pooler().";
    advice += hint;
    if (fed != nullptr && fed->outstanding_ != 0)
        advice += "\n(for element " + std::to_string(fed->executed_) + " of the range, from 0)";
    return make_server_error(std::move(message), advice);
}

inline void session::lose_unclean() noexcept
{
    lose(std::make_exception_ptr(
        connection_lost{"the connection was closed: it could not be brought back to idle"}));
}

/// What has run behind the statement was in its transaction, which is gone with the connection. So
/// is what the statement itself did from where it began that.
inline void session::lose_leaking(exchange& head) noexcept
{
    auto const why = std::make_exception_ptr(session_state_leaked{
        "the connection was closed: a statement on a connection that is shared left a transaction "
        "open; run it on a connection of its own"});
    head.fail(why);
    give_up(in_flight_.pop_front());
    lose(why);
}

/// A COPY that nobody asked for. CopyFail ends it, but in the extended protocol the server has
/// skipped our Sync while it waited for data: without a second one it would wait for ever.
inline void session::refuse_copy_in(exchange& head)
{
    head.fail(std::make_exception_ptr(
        copy_refused{"COPY FROM STDIN needs data: run it with copy_in, not as a plain statement"}));
    exchange& call = *in_flight_.front(); // that it is, or is a part of
    bool const last = &call == &head || &head == call.parts().back().get();
    if (output_.sent() > call.end_ || head.source_ || !last) {
        lose(std::make_exception_ptr(connection_lost{
            "the connection was closed: a plain statement started COPY FROM STDIN while more "
            "was already written behind it; run it with copy_in"}));
        return;
    }
    small_byte_writer<128> end_of_copy;
    write_copy_fail(end_of_copy, "COPY FROM STDIN was not run with copy_in");
    if (head.request_.how() == request::protocol::extended)
        write_sync(end_of_copy);
    output_.insert(call.end_, end_of_copy.bytes());
    call.end_ += end_of_copy.size();
    head.expected_ = reply::ready_for_query; // behind the error that CopyFail brings
    for (exchange* later = exchange_list::after(call); later != nullptr;
         later = exchange_list::after(*later)) {
        later->begin_ += end_of_copy.size();
        later->end_ += end_of_copy.size();
    }
}

/// The server broke the protocol: the first call learns what it sent, all learn that it is over.
inline void session::violation(backend_message type, std::string_view what)
{
    std::string text = "the server broke the protocol: ";
    text += what;
    text += " (message '";
    auto const code = static_cast<unsigned char>(type);
    if (code >= 0x20 && code < 0x7f) {
        text += static_cast<char>(code);
    } else {
        text += "\\x";
        text += "0123456789abcdef"[code / 16];
        text += "0123456789abcdef"[code % 16];
    }
    text += "')";
    if (login_)
        text += " during the login" + login_->context() + "; is it a PostgreSQL server?";
    else if (in_flight_.empty())
        text += " while no call was under way";
    else if (std::string_view const sql = answering().request_.sql(); !sql.empty())
        text += " in reply to: " + std::string{sql.substr(0, 200)};
    lose(std::make_exception_ptr(protocol_error{std::move(text)}));
}

} // namespace pgcoro
