#pragma once

#include "session.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace pgcoro {

/// \file
/// A statement that was parsed earlier may be of no use any more: its tables or types were changed,
/// or somebody has dropped it (DISCARD ALL). Bind says so. Nothing was executed then, and outside a
/// transaction the error spoils nothing: the statement is forgotten and the call runs again, which
/// parses it anew. Not if something that was started later has run meanwhile: the two would have
/// changed their order. What was started later and has failed, with nothing left of it, has not.

/// Whether Bind may have been refused for that. Whatever else it is, it will be said again.
inline bool session::may_be_stale(exchange const& head, sqlstate code) noexcept
{
    if (!head.reuses_ || !head.statement_ || head.expected_ != reply::bind_complete ||
        head.executed_ != 0)
        return false;
    return code == sqlstate{"26000"} || code == sqlstate{"0A000"} || code == sqlstate{"XX000"} ||
           (code.class_code() == "42" && code != sqlstate{"42501"});
}

/// As far as can be known when it is sent. Of statements that stand alone each is asked for itself.
inline bool session::may_be_repeated(exchange const& call) noexcept
{
    if (call.repeated_ || call.source_ || call.via_ != no_owner)
        return false;
    // Under one Sync nothing has run if the first of them could not be bound.
    if (call.group_)
        return !call.group_->each_alone && call.group_->parts.front()->reuses_;
    return call.reuses_;
}

/// It is not to be repeated; but those of its parts that stand alone may be.
inline void session::forget_parameters(exchange& call) noexcept
{
    call.request_.forget_parameters();
    for (auto const& part : call.parts())
        if (!call.group_->each_alone || call.via_ != no_owner || !may_be_repeated(*part))
            part->request_.forget_parameters();
}

[[gnu::cold]] inline void session::went_stale(
    exchange& head, std::shared_ptr<server_message const> message)
{
    cache_.drop(*head.statement_);
    bool const idle = status_ == transaction_status::idle && !head.led_by_;
    bool const repeatable = idle && may_be_repeated(head) && !head.error_;
    std::string hint = "\nHINT:  The statement had been parsed earlier. It is forgotten now: the "
                       "next run parses it anew. This one was not repeated because ";
    hint += !idle          ? "it was part of a transaction; that has failed, begin it again."
            : repeatable   ? "calls that were started later had run already."
            : head.source_ ? "what its arguments came from is used up."
                           : "it had been already.";
    std::exception_ptr failure =
        server_failure(std::move(message), head.source_ ? &head : nullptr, hint);
    if (repeatable)
        head.stale_ = std::move(failure);
    else
        head.fail(std::move(failure));
}

/// Whether an error that comes now leaves nothing of the call: it was not executed yet, or is of a
/// kind that the server undoes altogether. (A procedure or a VACUUM may have committed part of it,
/// and so may several statements in one simple query.)
[[gnu::cold]] inline bool session::comes_to_nothing(exchange const& head) const noexcept
{
    if (status_ != transaction_status::idle || head.request_.how() != request::protocol::extended)
        return false;
    if (head.expected_ != reply::rows && head.expected_ != reply::copy_out &&
        head.expected_ != reply::ready_for_query && head.executed_ == 0)
        return true;
    std::string_view sql = head.request_.sql();
    sql.remove_prefix(std::min(sql.find_first_not_of(" \t\r\n("), sql.size()));
    for (std::string_view const word : {"select", "insert", "update", "delete", "with", "values"})
        if (std::equal(word.begin(), word.end(), sql.begin(),
                sql.begin() + static_cast<std::ptrdiff_t>(std::min(word.size(), sql.size())),
                [](char lower, char any) { return lower == (any | 0x20); }))
            return true;
    return false;
}

/// It, or what of it has to, will not be run again.
[[gnu::cold]] inline void session::fail_stale(exchange& call) noexcept
{
    if (!call.group_ || !call.group_->each_alone)
        call.fail(call.stale_);
    for (auto const& part : call.parts())
        if (part->again_ || part->stale_)
            part->fail(part->stale_ ? std::exchange(part->stale_, nullptr) : call.stale_);
    call.stale_ = nullptr;
}

/// It is to run again as soon as all that is in flight is known not to have run either.
[[gnu::cold]] inline void session::set_aside(std::unique_ptr<exchange> call) noexcept
{
    if (call->abandoned_ || call->error_ || goodbye_) {
        fail_stale(*call);
        return give_up(std::move(call));
    }
    bool const alone = call->group_ && call->group_->each_alone;
    call->statement_.reset();
    call->outstanding_ = 0;
    call->repeated_ = true;
    call->undone_ = false;
    for (auto const& part : call->parts()) {
        part->again_ = !alone || part->stale_;
        if (!part->again_)
            continue;
        part->statement_.reset();
        part->outstanding_ = 0;
        part->preparing_ = false;
        part->repeated_ = true;
    }
    if (call->group_)
        call->group_->at = 0;
    std::size_t before = 0;
    for (exchange* each = waiting_.front(); each != nullptr && each->stale_;
         each = exchange_list::after(*each))
        ++before;
    waiting_.insert(before, std::move(call));
}

/// Something that was started later has run.
[[gnu::cold]] inline void session::fail_set_aside() noexcept
{
    while (!waiting_.empty() && waiting_.front()->stale_) {
        std::unique_ptr<exchange> call = waiting_.pop_front();
        fail_stale(*call);
        give_up(std::move(call));
    }
}

/// Those that are set aside wait until nothing is in flight.
[[gnu::cold]] inline bool session::set_aside_may_be_sent() noexcept
{
    if (!in_flight_.empty())
        return false;
    for (exchange* each = waiting_.front(); each != nullptr && each->stale_;
         each = exchange_list::after(*each)) {
        each->stale_ = nullptr;
        for (auto const& part : each->parts())
            part->stale_ = nullptr;
    }
    return true;
}

/// Some commands drop all statements.
inline void session::note_tag(std::string_view tag) noexcept
{
    if (tag.starts_with('D') && (tag == "DISCARD ALL" || tag == "DEALLOCATE ALL"))
        cache_.forget_all();
}

/// The words of a text are looked for once: with the statement that is kept, else with the call.
/// What cleans up leaves nothing.
inline void session::note_leftovers_of(exchange& head, std::string_view tag) noexcept
{
    if (leftovers_ == leftover::everything || head.must_end_idle_)
        return;
    bool const kept = head.statement_ && head.request_.how() == request::protocol::extended;
    std::uint8_t& known = kept ? head.statement_->words_leave : head.words_leave_;
    if (known == exchange::unknown_words)
        known = left_by_words(kept ? head.statement_->sql() : head.request_.sql());
    leftovers_ |= left_by(tag, known);
}

inline bool session::ends_idle() const noexcept
{
    if (quiet())
        return status_ == transaction_status::idle;
    for (exchange_list const* list : {&in_flight_, &waiting_})
        for (exchange const* each = list->front(); each != nullptr;
             each = exchange_list::after(*each))
            if (!each->must_end_idle_ && !each->begins_late_)
                return false;
    return true;
}

inline bool session::drains_any() const noexcept
{
    for (exchange_list const* list : {&in_flight_, &waiting_})
        for (exchange const* each = list->front(); each != nullptr;
             each = exchange_list::after(*each))
            if (each->abandoned_ || (each->error_ && !each->begins_late_))
                return true;
    return false;
}

} // namespace pgcoro
