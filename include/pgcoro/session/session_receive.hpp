#pragma once

#include "../core/share.hpp"
#include "session.hpp"

namespace pgcoro {

inline void session::received(std::size_t count)
{
    input_.received(count);
    if (closed_)
        return;
    parse_frames();
    if (!closed_ && !waiting_.empty())
        send_waiting();
}

inline void session::received_end(std::string_view how) noexcept
{
    std::string why{how};
    if (last_words_)
        why += ": " + last_words_->message;
    else if (login_)
        why += " during the login" + login_->context() + "; is it a PostgreSQL server?";
    else if (!in_flight_.empty())
        why += " while a call was under way";
    lose(std::make_exception_ptr(connection_lost{std::move(why)}));
}

inline void session::lose(std::exception_ptr reason) noexcept
{
    if (closed_)
        return;
    closed_ = std::move(reason);
    preparing_ = feeding_ = nullptr;
    login_.reset();
    for (exchange_list* list : {&in_flight_, &waiting_, &owed_}) {
        while (!list->empty()) {
            std::unique_ptr<exchange> call = list->pop_front();
            fail_unanswered(*call, closed_, list == &in_flight_);
            give_up(std::move(call));
        }
    }
    owners_.clear();
    output_.clear();
    if (observer_ != nullptr)
        observer_->lost(closed_);
}

/// Through, for better or worse: finish_next() tells the caller.
inline void session::give_up(std::unique_ptr<exchange> call) noexcept
{
    if (call->led_by_ && !closed_)
        keep_begin(*call);
    if (call->acquires_ != no_owner && (call->error_ || call->source_))
        release_owner(call->acquires_);
    for (auto const& part : call->parts()) {
        if (call->error_)
            part->fail(call->error_);
        if (observer_ != nullptr && call->admitted_)
            observer_->ended(*part);
    }
    if (observer_ != nullptr && call->admitted_ && !call->group_)
        observer_->ended(*call);
    finished_.push_back(std::move(call));
}

inline void session::completed(exchange& head, command_tag const& tag)
{
    if (observer_ != nullptr)
        observer_->completed(head, tag);
    if (!head.error_)
        head.completed(tag);
}

inline void session::parse_frames()
{
    needed_ = 0;
    while (!closed_ && !waits_for_gss_ && input_.size() >= frame_header_size) {
        std::byte const* const frame = input_.begin();
        backend_message const type = frame_type(frame);
        std::uint32_t const length = frame_length(frame);
        std::uint32_t const limit =
            login_ ? settings_.largest_startup_frame : settings_.largest_frame;
        if (length < 4 || length > limit) {
            violation(type, "a message of " + std::to_string(length) + " bytes");
            return;
        }
        std::size_t const size = std::size_t{1} + length;
        if (input_.size() < size) {
            needed_ = size;
            return;
        }
        if (type == backend_message::data_row || type == backend_message::copy_data) {
            bool const copied = type == backend_message::copy_data;
            reply const expected =
                in_flight_.empty() ? reply::ready_for_query : answering().expected_;
            if (copied ? expected == reply::copy_out
                       : expected == reply::rows || expected == reply::simple_rows) {
                parse_rows(answering(), type);
                continue;
            }
        }
        input_.parsed(size);
        handle(type, {frame + frame_header_size, length - 4});
    }
}

/// Hands over all the messages with rows that stand in one run.
inline void session::parse_rows(exchange& head, backend_message type)
{
    bool const copied = type == backend_message::copy_data;
    std::uint32_t const least = copied ? 4 : 6;
    std::byte const* const begin = input_.begin();
    std::byte const* const stop = input_.end();
    std::byte const* at = begin;
    std::size_t count = 0;
    while (static_cast<std::size_t>(stop - at) >= frame_header_size && frame_type(at) == type) {
        std::uint32_t const length = frame_length(at);
        if (length < least || length > settings_.largest_frame ||
            static_cast<std::size_t>(stop - at) < std::size_t{1} + length)
            break;
        at += std::size_t{1} + length;
        ++count;
    }
    if (count == 0 || (!copied && (!head.statement_ || !head.statement_->description))) {
        violation(type, "a row where none can be");
        return;
    }
    input_.parsed(static_cast<std::size_t>(at - begin));
    if (observer_ != nullptr)
        observer_->received(head, static_cast<std::size_t>(at - begin));
    if (head.error_ || head.abandoned_)
        return;
    try {
        head.rows(input_.current(), begin, at, count);
    } catch (...) {
        head.fail(std::current_exception());
    }
    pause_if_wanted(head);
}

/// What may come at any time.
[[nodiscard]] inline bool is_unasked(backend_message type) noexcept
{
    return type == backend_message::notice_response || type == backend_message::parameter_status ||
           type == backend_message::notification_response ||
           type == backend_message::error_response;
}

inline void session::handle(backend_message type, std::span<std::byte const> body)
{
    if (is_unasked(type))
        return handle_unasked(type, body);
    if (in_flight_.empty())
        return violation(type, "a reply that nothing asked for");
    exchange& head = *in_flight_.front();
    if (login_)
        return handle_login(head, type, body);
    if (type == backend_message::ready_for_query)
        return handle_ready(body);
    handle_reply(answering(), type, body);
    if (head.group_ && !closed_)
        next_part(head);
}

inline void session::end_gss_step()
{
    if (!login_)
        return; // it is over, for whatever reason
    try {
        login_->end_gss_step(output_.writer());
    } catch (...) {
        return lose(std::current_exception());
    }
    waits_for_gss_ = false;
    received(0); // what came together with the token
}

/// Everything until the first ReadyForQuery.
inline void session::handle_login(
    exchange& head, backend_message type, std::span<std::byte const> body)
{
    switch (type) {
    case backend_message::authentication:
    case backend_message::negotiate_protocol_version:
        try {
            if (type == backend_message::authentication ? login_->answer(body, output_.writer())
                                                        : login_->negotiate(body)) {
                waits_for_gss_ = login_->has_gss_step();
                return;
            }
        } catch (...) {
            lose(std::current_exception());
            return;
        }
        break;
    case backend_message::backend_key_data:
        if (login_->authenticated() && parse(byte_reader{body}, key_) &&
            (key_.secret.size() == 4 || login_->protocol() != protocol_version_3_0))
            return;
        break;
    case backend_message::ready_for_query:
        if (login_->authenticated() && body.size() == 1 && body[0] == std::byte{'I'}) {
            login_.reset();
            head.expected_ = reply::ready_for_query;
            give_up(in_flight_.pop_front());
            return;
        }
        break;
    default:
        break;
    }
    violation(type, "a message that has no place here, or is malformed");
}

inline void session::handle_reply(
    exchange& head, backend_message type, std::span<std::byte const> body)
{
    byte_reader reader{body};
    copy_response copy;
    switch (head.expected_) {
    case reply::begin:
        if (begin_answered(head, type, body))
            return;
        break;
    case reply::close_complete:
        if (type != backend_message::close_complete || !body.empty())
            break;
        if (--head.closes_expected_ == 0) {
            head.closing_.clear();
            if (head.parses_)
                head.expected_ = reply::parse_complete;
            else
                expect_executions(head);
        }
        return;
    case reply::parse_complete:
        if (type != backend_message::parse_complete || !body.empty())
            break;
        parsed_statement(head);
        return;
    case reply::parsed_again:
        if (type != backend_message::parse_complete || !body.empty())
            break;
        expect_executions(head);
        return;
    case reply::parameter_description:
        if (type != backend_message::parameter_description ||
            !parse(reader, head.statement_->parameters))
            break;
        head.expected_ = reply::row_description;
        return;
    case reply::row_description:
        if (type == backend_message::no_data && body.empty())
            return described_statement(head, nullptr);
        if (type == backend_message::row_description) {
            auto description = share<row_description>();
            if (parse(reader, *description))
                return described_statement(head, std::move(description));
        }
        break;
    case reply::bind_complete:
        if (type != backend_message::bind_complete || !body.empty() || head.outstanding_ == 0)
            break;
        if (head.reuses_)
            head.request_.forget_parameters();
        head.expected_ = reply::rows;
        return;
    case reply::rows:
        if (type == backend_message::copy_in_response && parse(reader, copy))
            return copy_in_begins(head, copy);
        if (type == backend_message::copy_out_response && parse(reader, copy))
            return copy_out_begins(head, copy);
        if (type == backend_message::command_complete) {
            std::string_view const tag = reader.get_string();
            if (!reader.exhausted())
                break;
            executed(head);
            note_tag(tag);
            if (notes_leftovers_)
                note_leftovers_of(head, tag);
            completed(head, command_tag{tag});
            return;
        }
        if (type == backend_message::empty_query_response && body.empty())
            return executed(head);
        break;
    case reply::simple_rows:
        if (type != backend_message::command_complete)
            break;
        head.expected_ = reply::simple;
        head.statement_.reset();
        return handle_reply(head, type, body);
    case reply::simple:
        switch (type) {
        case backend_message::copy_in_response:
            if (parse(reader, copy))
                return copy_in_begins(head, copy);
            break;
        case backend_message::copy_out_response:
            if (parse(reader, copy))
                return copy_out_begins(head, copy);
            break;
        case backend_message::command_complete: {
            std::string_view const tag = reader.get_string();
            if (!reader.exhausted() || (feeding_ == &head && head.copying_in_))
                break;
            note_tag(tag);
            if (notes_leftovers_)
                note_leftovers_of(head, tag);
            completed(head, command_tag{tag});
            ++head.executed_;
            return;
        }
        case backend_message::row_description:
            if (head.takes_rows_)
                return describe_simple(head, type, reader);
            return;
        case backend_message::data_row:
            return;
        case backend_message::empty_query_response:
            if (body.empty())
                return;
            break;
        default:
            break;
        }
        break;
    case reply::copy_out:
        if (type != backend_message::copy_done || !body.empty())
            break;
        head.expected_ =
            head.request_.how() == request::protocol::simple ? reply::simple : reply::rows;
        return;
    case reply::startup:
    case reply::ready_for_query:
        break;
    }
    violation(type, "a message that has no place here, or is malformed");
}

/// The rows of one statement of a text are about to come.
inline void session::describe_simple(exchange& head, backend_message type, byte_reader& reader)
{
    auto description = share<row_description>();
    if (!parse(reader, *description))
        return violation(type, "a malformed message");
    head.statement_ =
        share<server_statement>(std::string{}, std::string_view{}, std::span<std::byte const>{});
    head.statement_->description = std::move(description);
    head.expected_ = reply::simple_rows;
    if (head.error_ || head.abandoned_)
        return;
    try {
        head.columns(*head.statement_);
    } catch (...) {
        head.fail(std::current_exception());
    }
}

inline void session::pause_if_wanted(exchange& head) noexcept
{
    if (std::exchange(head.wants_pause_, false) && !head.error_ && head.acquires_ != no_owner &&
        owners_.holds(head.acquires_))
        paused_ = true;
}

/// The server has the statement from now on, whatever fails behind it.
inline void session::parsed_statement(exchange& head)
{
    server_statement& which = *head.statement_;
    which.parsed_in = cache_.epoch();
    head.expected_ = reply::parameter_description;
    if (which.now == server_statement::state::pending)
        which.now = server_statement::state::parsed;
    else // evicted meanwhile
        cache_.owe_close(which);
}

/// The statement can be bound by everybody from now on.
inline void session::described_statement(
    exchange& head, std::shared_ptr<row_description const> description)
{
    server_statement& which = *head.statement_;
    which.description = std::move(description);
    head.parses_ = false;
    if (which.now == server_statement::state::parsed)
        which.now = server_statement::state::ready;
    if (head.preparing_)
        head.expected_ = reply::ready_for_query;
    else
        expect_executions(head);
    if (!head.only_prepares_ && which.parameters.size() != head.request_.parameter_count())
        head.fail(wrong_argument_count(head, which.parameters.size()));
    if (head.error_)
        return;
    try {
        head.columns(which);
    } catch (...) {
        head.fail(std::current_exception());
    }
}

inline void session::handle_ready(std::span<std::byte const> body)
{
    exchange& head = *in_flight_.front();
    byte_reader reader{body};
    auto const status = static_cast<transaction_status>(reader.get<char>());
    bool const known = status == transaction_status::idle ||
                       status == transaction_status::in_transaction ||
                       status == transaction_status::failed;
    bool const simple = head.request_.how() == request::protocol::simple;
    if (feeding_ == &head && simple && !head.copying_in_) {
        feeding_ = nullptr;
        head.fail(std::make_exception_ptr(
            copy_refused{"the statement asked for no data: it is no COPY FROM STDIN"}));
    }
    if (!reader.exhausted() || !known || feeding_ == &head || !may_be_ready(head) ||
        (head.expected_ != reply::ready_for_query && head.expected_ != reply::simple))
        return violation(
            backend_message::ready_for_query, "a message that has no place here, or is malformed");
    status_ = status;
    ++answered_;
    last_words_.reset(); // they were not the last
    if (head.led_by_)
        begun(head);
    if (head.group_ && expects_more_ready(head))
        return;
    if (preparing_ == &head) {
        preparing_ = nullptr;
        head.preparing_ = false;
        if (head.abandoned_ && head.withdrawable_) // the statement itself was not written yet
            head.fail(head.reason_left_);
        else if (goodbye_)
            head.fail(being_closed());
        if (!head.error_) {
            send(in_flight_.pop_front());
            return;
        }
    }
    if (head.group_ && head.group_->each_alone)
        sort_stale_parts(head);
    if (head.stale_)
        return set_aside(in_flight_.pop_front());
    if (!waiting_.empty() && waiting_.front()->stale_ && !head.undone_)
        fail_set_aside();
    paused_ = false; // only the head can have asked for it
    bool const unclean = head.must_end_idle_ && status != transaction_status::idle;
    if (head.shares_ && status != transaction_status::idle)
        return lose_leaking(head);
    give_up(in_flight_.pop_front());
    if (unclean)
        lose_unclean();
}

} // namespace pgcoro
