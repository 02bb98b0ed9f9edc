#pragma once

#include "../core/share.hpp"
#include "session.hpp"

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <utility>

/// \file
/// Statements that go together: one exchange in the queue, which is sent, withdrawn and drained as
/// a whole, and in it one for each statement, to which the replies go in turn.

namespace pgcoro {

/// The group runs again, and not for this one.
inline bool session::is_through(exchange const& call, exchange const& part) noexcept
{
    return call.repeated_ && !part.again_;
}

/// Those by name must know their columns before anything of the group is bound. So the first flight
/// has the descriptions that are missing, all of them, and nothing else.
inline void session::write_group(exchange& call)
{
    exchange::group& all = *call.group_;
    bool describes = false;
    take_error_of_parts(call);
    for (std::size_t i = 0; i < all.parts.size(); ++i) {
        exchange& part = *all.parts[i];
        part.sent_ = false;
        if (is_through(call, part) || !part.needs_columns_ || part.statement_ || part.error_)
            continue;
        // Taken before others of the group can push it out of the cache.
        statement_ref const* const known = find_statement(part);
        if (known == nullptr || (*known)->now != server_statement::state::ready) {
            describes = true;
            continue;
        }
        part.statement_ = *known;
        part.reuses_ = true;
    }
    std::uint64_t const begin = output_.end();
    write_owed_closes(call);
    for (std::size_t i = 0; i < all.parts.size() && !call.error_; ++i)
        if (!is_through(call, *all.parts[i]) &&
            (!describes || (all.parts[i]->needs_columns_ && !all.parts[i]->statement_)))
            write_part(call, i);
    call.preparing_ = describes;
    all.at = 0;
    next_part(call);
    if (all.at != all.parts.size()) {
        if (!all.each_alone)
            write_sync(output_.writer());
        return;
    }
    output_.cut_back(begin); // nothing of it can be sent
    cache_.owe(std::exchange(call.closing_, {}));
    if (describes && !call.error_)
        write_group(call);
}

inline void session::write_part(exchange& call, std::size_t index)
{
    exchange& part = *call.group_->parts[index];
    std::uint64_t const begin = output_.end();
    try {
        // What another flight has parsed and described, and not this group's own.
        if (!part.error_ && part.reuses_ && part.statement_)
            part.columns(*part.statement_);
        if (!part.error_)
            write_extended(part);
    } catch (...) {
        part.fail(std::current_exception());
    }
    part.sent_ = !part.error_;
    part.begin_ = begin;
    part.end_ = output_.end();
    if (part.sent_)
        return;
    output_.cut_back(begin);
    forget_written(part);
    part.outstanding_ = 0;
    take_error_of_parts(call);
}

/// What was described may have been pushed out of the cache by others of its group. It is parsed
/// for this run alone then, and is what it was.
inline void session::bring_back(exchange& call)
{
    server_statement const& was = *call.statement_;
    if (was.now == server_statement::state::ready)
        return;
    auto again = share<server_statement>(std::string{}, was.sql(), was.parameter_types());
    again->now = server_statement::state::ready;
    again->parsed_in = cache_.epoch();
    again->parameters = was.parameters;
    again->description = was.description;
    call.statement_ = std::move(again);
}

/// To whom the next reply belongs.
inline exchange& session::answering() noexcept
{
    exchange& head = *in_flight_.front();
    if (!head.group_ || head.expected_ == reply::close_complete ||
        head.group_->at == head.group_->parts.size())
        return head;
    return *head.group_->parts[head.group_->at];
}

/// Goes on to the first that is not through. Each alone is so with its own ReadyForQuery.
inline void session::next_part(exchange& head) noexcept
{
    exchange::group& all = *head.group_;
    while (all.at < all.parts.size() &&
           (!all.parts[all.at]->sent_ ||
               (!all.each_alone && all.parts[all.at]->expected_ == reply::ready_for_query)))
        ++all.at;
}

inline bool session::may_be_ready(exchange const& head) noexcept
{
    if (!head.group_)
        return true;
    exchange::group const& all = *head.group_;
    if (!all.each_alone)
        return all.at == all.parts.size();
    return all.at < all.parts.size() && all.parts[all.at]->expected_ == reply::ready_for_query;
}

/// Behind a ReadyForQuery: whether it was not the flight's last.
inline bool session::expects_more_ready(exchange& head) noexcept
{
    exchange::group& all = *head.group_;
    if (!all.each_alone) {
        take_error_of_parts(head);
        return false;
    }
    ++all.at;
    next_part(head);
    return all.at != all.parts.size();
}

/// "(statement 1 of the pipeline, from 0: SELECT …)"
[[nodiscard]] inline std::string name_of_part(exchange const& call, std::size_t index)
{
    std::string name = "\n(statement " + std::to_string(index) + " of the pipeline, from 0: ";
    name += call.parts()[index]->asked().sql().substr(0, 1000);
    return name += ')';
}

/// The same error, which tells of which statement it is. (The server's have been told that.)
[[nodiscard]] inline std::exception_ptr named_error(
    std::exception_ptr const& error, std::string const& name)
{
    try {
        std::rethrow_exception(error);
    } catch (encode_error const& ours) {
        return std::make_exception_ptr(encode_error{ours.what() + name});
    } catch (row_mismatch const& ours) {
        return std::make_exception_ptr(row_mismatch{ours.what() + name});
    } catch (decode_error const& ours) {
        return std::make_exception_ptr(decode_error{ours.what() + name});
    } catch (no_rows const& ours) {
        return std::make_exception_ptr(no_rows{ours.what() + name});
    } catch (too_many_rows const& ours) {
        return std::make_exception_ptr(too_many_rows{ours.what() + name});
    } catch (copy_refused const& ours) {
        return std::make_exception_ptr(copy_refused{ours.what() + name});
    } catch (...) {
        return error;
    }
}

/// Ours, not the server's: under one Sync the first of them is the whole call's.
inline void session::take_error_of_parts(exchange& head)
{
    if (head.group_->each_alone || head.error_)
        return;
    for (std::size_t i = 0; i < head.group_->parts.size(); ++i) {
        std::exception_ptr const& error = head.group_->parts[i]->error_;
        if (!error)
            continue;
        head.fail(named_error(error, name_of_part(head, i)));
        return;
    }
}

/// The server skips everything up to the next Sync.
inline void session::group_failed(exchange& head, std::shared_ptr<server_message const> message)
{
    exchange::group& all = *head.group_;
    cache_.owe(std::exchange(head.closing_, {}));
    head.expected_ = reply::ready_for_query;
    exchange& part = answering();
    if (&part == &head) { // as all of it is made permanent
        take_error_of_parts(head);
        head.fail(server_failure(std::move(message)));
        all.at = all.parts.size();
        return;
    }
    std::string hint = name_of_part(head, all.at);
    bool const stale = may_be_stale(part, message->code);
    bool const idle = status_ == transaction_status::idle;
    bool const repeatable = stale && idle && !head.error_ &&
                            (all.each_alone ? head.via_ == no_owner && may_be_repeated(part)
                                            : all.at == 0 && may_be_repeated(head));
    if (all.each_alone)
        part.undone_ = comes_to_nothing(part);
    if (stale) {
        hint += "\nHINT:  The statement had been parsed earlier. It is forgotten now: the next run "
                "parses it anew. ";
        hint += !idle             ? "The transaction has failed, begin it again."
                : !all.each_alone ? "Nothing of the pipeline was done."
                : repeatable      ? "This one was not repeated because what was behind it has run."
                                  : "This one was not repeated because it had been already.";
        for (auto const& each : all.parts) // the others may be no better
            if (each->reuses_ && each->statement_ && (!all.each_alone || each.get() == &part))
                cache_.drop(*each->statement_);
    }
    std::exception_ptr const failure = server_failure(std::move(message), nullptr, hint);
    if (repeatable)
        (all.each_alone ? part : head).stale_ = failure;
    else
        part.fail(failure);
    if (all.each_alone) {
        forget_written(part);
        part.expected_ = reply::ready_for_query;
        return;
    }
    take_error_of_parts(head);
    for (std::size_t i = all.at; i < all.parts.size(); ++i)
        forget_written(*all.parts[i]);
    all.at = all.parts.size();
}

/// Each alone, and all were answered. Run again are those behind which nothing has run.
inline void session::sort_stale_parts(exchange& head) noexcept
{
    exchange::group& all = *head.group_;
    bool has_run = false;
    for (std::size_t i = all.parts.size(); i-- != 0;) {
        exchange& part = *all.parts[i];
        if (part.stale_ && has_run)
            part.fail(std::exchange(part.stale_, nullptr));
        else if (part.stale_)
            head.stale_ = part.stale_;
        else
            has_run = has_run || (part.sent_ && !part.undone_);
    }
    head.undone_ = !has_run;
    if (has_run) // for those that wait to run again it is the same
        fail_set_aside();
}

/// Whether it is in flight or waits. Of those that go together and stand alone what was answered
/// has its result all the same; but one that was to run again has none.
inline void session::fail_unanswered(
    exchange& call, std::exception_ptr const& reason, bool in_flight) noexcept
{
    if (!call.group_ || !call.group_->each_alone || !(in_flight || call.repeated_)) {
        call.fail(reason);
        return;
    }
    exchange::group const& all = *call.group_;
    for (std::size_t i = 0; i < all.parts.size(); ++i)
        if ((call.preparing_ || i >= all.at || all.parts[i]->stale_) &&
            !is_through(call, *all.parts[i]))
            all.parts[i]->fail(reason);
}

} // namespace pgcoro
