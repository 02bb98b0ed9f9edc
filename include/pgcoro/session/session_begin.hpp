#pragma once

#include "session.hpp"

#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <utility>

/// \file
/// A transaction that begins with its first statement. BEGIN leaves in that one's flight, under the
/// same Sync: should it fail, the server skips the statement with it. (Behind a Sync of its own the
/// statement would be carried out all the same, and be made permanent by itself.) Until the server
/// has said that the transaction is open nothing else of it is written. A flight that only parses
/// and describes is such a flight, too: an error in it must fail the transaction. What can't stand
/// behind BEGIN under one Sync, a text of several statements, a COPY, a range, a pipeline, waits
/// for a flight with BEGIN alone. Either is sent when nothing else is in flight, for only then it
/// is known that no other transaction is open.

namespace pgcoro {

/// Nothing is sent: from now on it owns the connection.
inline void session::begin_late(std::unique_ptr<exchange> call)
{
    begins_ = call->acquires_;
    begin_sql_ = call->request_.sql();
    finished_.push_back(std::move(call));
}

/// A call of that transaction is the first. Gives whether it has nothing to do: it was to end it.
inline bool session::ends_unbegun(exchange& call)
{
    if (begins_ == no_owner || call.via_ != begins_)
        return false;
    if (!call.ends_unbegun_)
        call.begin_sql_ = std::make_unique<std::string>(begin_sql_);
    begins_ = no_owner;
    return call.ends_unbegun_;
}

/// It was never sent: the next one is the first.
inline void session::pass_on_begin(exchange& from) noexcept
{
    auto sql = std::move(from.begin_sql_);
    if (!sql || closed_)
        return;
    for (exchange* each = waiting_.front(); each != nullptr; each = exchange_list::after(*each))
        if (each->via_ == from.via_) {
            each->begin_sql_ = std::move(sql);
            return;
        }
    if (!owners_.holds(from.via_))
        return;
    begins_ = from.via_;
    begin_sql_ = std::move(*sql);
}

/// The first of those that wait has a transaction to begin. Gives whether that changed anything.
inline bool session::send_first()
{
    exchange& first = *waiting_.front();
    if (!in_flight_.empty())
        return false;
    if (status_ != transaction_status::idle) {
        never_begun(first.via_, std::make_exception_ptr(transaction_lost{another_is_open}));
        return true;
    }
    if (first.request_.how() == request::protocol::extended && !first.group_ && !first.source_) {
        send(waiting_.pop_front());
        return true;
    }
    auto alone = std::make_unique<exchange>(
        request{request::protocol::simple, *first.begin_sql_}, first.via_);
    alone->admitted_ = true;
    if (observer_ != nullptr)
        observer_->started(*alone);
    first.begin_sql_.reset();
    begin_flight_ = alone.get();
    send(std::move(alone));
    return true;
}

/// Before everything else of the flight.
inline void session::write_begin(exchange& call)
{
    if (!call.begin_sql_)
        return;
    constexpr std::byte none[4] = {};
    std::span<std::byte const> const zeros{none};
    write_parse(output_.writer(), {}, *call.begin_sql_, zeros.first(2));
    write_bind_and_execute(output_.writer(), {}, zeros, zeros.first(2), false);
    begin_flight_ = &call;
}

/// Once all of the flight is written.
inline void session::expect_begin(exchange& call) noexcept
{
    call.behind_begin_ = std::exchange(call.expected_, reply::begin);
    call.begin_answers_ = 0;
}

inline bool session::begin_answered(
    exchange& head, backend_message type, std::span<std::byte const> body) noexcept
{
    constexpr backend_message answers[] = {backend_message::parse_complete,
        backend_message::bind_complete, backend_message::command_complete};
    if (type != answers[head.begin_answers_] ||
        (type != backend_message::command_complete && !body.empty()))
        return false;
    if (++head.begin_answers_ == std::size(answers))
        head.expected_ = head.behind_begin_;
    return true;
}

/// The flight with BEGIN was answered.
inline void session::begun(exchange& head)
{
    begin_flight_ = nullptr;
    head.begin_sql_.reset();
    if (status_ == transaction_status::idle)
        never_begun(head.via_,
            head.error_ ? head.error_
                        : std::make_exception_ptr(
                              transaction_lost{"the transaction ended with its first statement"}));
}

/// All that was to be part of it fails.
inline void session::never_begun(owner_id which, std::exception_ptr const& why)
{
    exchange_list others;
    while (!waiting_.empty()) {
        std::unique_ptr<exchange> call = waiting_.pop_front();
        if (call->via_ != which) {
            others.push_back(std::move(call));
            continue;
        }
        call->begin_sql_.reset();
        call->fail(why);
        give_up(std::move(call));
    }
    while (!others.empty())
        waiting_.push_back(others.pop_front());
    release_owner(which);
}

} // namespace pgcoro
