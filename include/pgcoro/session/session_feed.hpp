#pragma once

#include "session.hpp"

namespace pgcoro {

/// The first turn leaves with the messages before it. Where the source ends with it, the call is as
/// any other from here.
inline void session::begin_feeding(exchange& call, std::span<std::byte const> result_formats)
{
    call.source_->begin(call.statement_->name(), result_formats, call.statement_->parameters);
    feeding_ = &call;
    feed_waits_ = false;
    take_turn(call);
}

/// Appends what comes next of the call that has more to send.
inline void session::feed()
{
    if (!feeding() || output_.end() - output_.sent() >= source::enough)
        return;
    exchange& call = *feeding_;
    if (!call.error_ && !call.abandoned_)
        take_turn(call);
    call.end_ = output_.end();
    if (call.error_ || call.abandoned_) {
        if (call.begin_ >= output_.sent())
            return withdraw(call, call.error_);
        spoil(call);
    }
    if (feeding_ == nullptr)
        send_waiting();
}

inline void session::take_turn(exchange& call)
{
    source::turn turn = call.source_->feed(output_.writer());
    call.outstanding_ += turn.executions;
    if (turn.failure)
        call.fail(std::move(turn.failure));
    else if (!turn.more)
        end_feeding(call);
    else
        feed_waits_ = turn.waits;
}

/// What comes next of an exchange whose statement is described, or was already.
inline void session::expect_executions(exchange& call) noexcept
{
    bool const none = call.outstanding_ == 0 && feeding_ != &call;
    call.expected_ = none ? reply::ready_for_query : reply::bind_complete;
}

/// One execution was answered.
inline void session::executed(exchange& head) noexcept
{
    ++head.executed_;
    --head.outstanding_;
    expect_executions(head);
}

/// For a COPY the server must have asked first.
inline void session::stop_waiting() noexcept
{
    feed_waits_ = !feeding_->copying_in_ && feeding_->request_.how() == request::protocol::simple;
}

inline void session::end_feeding(exchange& call)
{
    feeding_ = nullptr;
    call.copying_in_ = false;
    if (call.request_.how() == request::protocol::simple)
        write_copy_done(output_.writer());
    else
        write_sync(output_.writer());
    call.end_ = output_.end();
}

/// Everything that was fed so far must come to nothing: CopyFail, or an error before the Sync.
inline void session::spoil(exchange& call)
{
    if (call.source_->within_message()) {
        lose(std::make_exception_ptr(connection_lost{
            "the connection was closed: a value that was being sent in pieces was given up"}));
        return;
    }
    if (call.request_.how() == request::protocol::simple) {
        feeding_ = nullptr;
        call.copying_in_ = false;
        write_copy_fail(output_.writer(), "the client gave it up");
        call.end_ = output_.end();
        return;
    }
    write_execute(output_.writer(), "pgcoro: the statements before this were given up");
    ++call.outstanding_;
    end_feeding(call);
}

/// Data is wanted: of a call that has it.
inline void session::copy_in_begins(exchange& head, copy_response const& how)
{
    if (feeding_ != &head || head.request_.how() != request::protocol::simple || head.copying_in_)
        return refuse_copy_in(head);
    head.copying_in_ = true;
    feed_waits_ = false;
    if (!head.error_ && !head.abandoned_)
        head.copying(how);
}

inline void session::copy_out_begins(exchange& head, copy_response const& how)
{
    head.expected_ = reply::copy_out;
    if (!head.takes_copy_data_)
        head.fail(std::make_exception_ptr(copy_refused{
            "COPY TO STDOUT gives data: run it with copy_out, not as a plain statement"}));
    else if (!head.error_ && !head.abandoned_)
        head.copying(how);
}

} // namespace pgcoro
