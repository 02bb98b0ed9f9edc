#pragma once

#include "session.hpp"

#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <span>
#include <utility>

/// \file
/// A transaction that begins with its first statement. BEGIN leaves in that one's flight, under the
/// same Sync: should it fail, the server skips the statement with it. (Behind a Sync of its own the
/// statement would be carried out all the same, and be made permanent by itself.) Until the server
/// has said that the transaction is open nothing else of it is written. A flight that only parses
/// and describes is such a flight, too: an error in it must fail the transaction. What can't stand
/// behind BEGIN under one Sync, a text of several statements, a COPY, a range, a pipeline, waits
/// for a flight with BEGIN alone. Either is sent when nothing else is in flight, for only then it
/// is known that no other transaction is open. Until then BEGIN is in the queue, before whatever is
/// run through its owner, and there it is again if it was withdrawn with the first statement, or
/// has failed.

namespace pgcoro {

/// The BEGIN waits for what comes behind it.
inline void session::begin_late(std::unique_ptr<exchange> call)
{
    auto begin = std::make_unique<exchange>(
        request{request::protocol::simple, call->request_.sql()}, call->acquires_);
    begin->begins_late_ = true;
    waiting_.push_back(std::move(begin));
    finished_.push_back(std::move(call));
    send_waiting(); // another that was given up may stand before it
}

/// A BEGIN is the first that waits. Gives whether that has changed anything.
inline bool session::begin_next()
{
    owner_id const which = waiting_.front()->via_;
    exchange const* const next = exchange_list::after(*waiting_.front());
    if (next == nullptr && owners_.holds(which))
        return false;
    if (next == nullptr || next->via_ == no_owner || next->begins_late_) { // it has ended
        give_up(waiting_.pop_front());
        return true;
    }
    exchange& begin = *waiting_.front();
    if (begin.error_ || next->ends_unbegun_) {
        std::unique_ptr<exchange> held = waiting_.pop_front();
        std::unique_ptr<exchange> call = waiting_.pop_front();
        if (!call->rolls_back_)
            call->fail(begin.error_);
        if (call->releases_ != which)
            waiting_.insert(0, std::move(held));
        give_up(std::move(call));
        return true;
    }
    if (!in_flight_.empty())
        return false;
    if (status_ != transaction_status::idle) {
        begin.fail(std::make_exception_ptr(transaction_lost{another_is_open}));
        return true;
    }
    std::unique_ptr<exchange> call;
    if (next->request_.how() != request::protocol::extended || next->group_ || next->source_) {
        call = std::make_unique<exchange>(
            request{request::protocol::simple, begin.request_.sql()}, which);
        call->admitted_ = true;
        if (observer_ != nullptr)
            observer_->started(*call);
    }
    std::unique_ptr<exchange> held = waiting_.pop_front();
    if (!call)
        call = waiting_.pop_front();
    call->led_by_ = std::move(held);
    send(std::move(call));
    return true;
}

/// The call was not sent: the BEGIN goes with the next one.
inline void session::keep_begin(exchange& call) noexcept
{
    if (call.request_.how() == request::protocol::simple) // that was BEGIN itself
        call.led_by_->fail(call.error_);
    waiting_.insert(0, std::move(call.led_by_));
}

/// Before everything else of the flight.
inline void session::write_begin(exchange& call)
{
    if (!call.led_by_)
        return;
    constexpr std::byte none[4] = {};
    std::span<std::byte const> const zeros{none};
    write_parse(output_.writer(), {}, call.led_by_->request_.sql(), zeros.first(2));
    write_bind_and_execute(output_.writer(), {}, zeros, zeros.first(2), false);
}

/// Once all of the flight is written.
inline void session::expect_begin(exchange& call) noexcept
{
    call.behind_begin_ = std::exchange(call.expected_, reply::begin);
    call.begin_answers_ = 0;
}

inline constexpr backend_message begin_answers[] = {backend_message::parse_complete,
    backend_message::bind_complete, backend_message::command_complete};

inline bool session::begin_answered(
    exchange& head, backend_message type, std::span<std::byte const> body) noexcept
{
    if (type != begin_answers[head.begin_answers_] ||
        (type != backend_message::command_complete && !body.empty()))
        return false;
    if (++head.begin_answers_ == std::size(begin_answers))
        head.expected_ = head.behind_begin_;
    return true;
}

/// The flight with BEGIN was answered. If that did not begin a transaction all that follows in it
/// fails, but to roll it back.
inline void session::begun(exchange& head)
{
    std::unique_ptr<exchange> begin = std::move(head.led_by_);
    if (status_ != transaction_status::idle)
        return;
    bool const refused = head.begin_answers_ != std::size(begin_answers);
    begin->fail(refused && head.error_ && !head.cancelled_
                    ? head.error_
                    : std::make_exception_ptr(
                          transaction_lost{"the transaction ended with its first statement"}));
    waiting_.insert(0, std::move(begin));
}

} // namespace pgcoro
