#pragma once

#include "../core/share.hpp"
#include "bind_writer.hpp"
#include "session.hpp"

namespace pgcoro {

inline void session::log_in(login_settings settings, std::unique_ptr<exchange> caller)
{
    login_.emplace(std::move(settings));
    login_->write_startup_message(output_.writer());
    caller->expected_ = reply::startup;
    in_flight_.push_back(std::move(caller));
}

inline void session::start(std::unique_ptr<exchange> call)
{
    if (!admits(*call)) {
        give_up(std::move(call));
        return;
    }
    if (call->acquires_ != no_owner)
        owners_.push(call->acquires_, std::move(call->owning_->name));
    if (call->begins_late_)
        return begin_late(std::move(call));
    if (call->releases_ != no_owner)
        release_owner(call->releases_);
    call->admitted_ = true;
    if (observer_ != nullptr && !call->group_)
        observer_->started(*call);
    for (auto const& part : call->parts()) {
        part->cached_ = part->cached_ && call->cached_;
        if (observer_ != nullptr)
            observer_->started(*part);
    }
    if (waiting_.empty() && can_send() && !waits_for_statement(*call))
        return send(std::move(call));
    waiting_.push_back(std::move(call));
    send_waiting();
}

inline void session::start_unowned(std::unique_ptr<exchange> call)
{
    owed_.push_back(std::move(call));
    start_owed();
}

inline void session::start_owed()
{
    while (
        !owed_.empty() && owners_.depth() == 0 && !(quiet() && status_ != transaction_status::idle))
        start(owed_.pop_front());
}

/// Whether the call may run at all; if not, it has its error. Decided when the call starts, never
/// later: a call that waited could deadlock with its own owner.
inline bool session::admits(exchange& call)
{
    if (call.error_)
        return false;
    if (closed_) {
        call.fail(closed_);
        return false;
    }
    if (refusing_) {
        call.fail(being_closed());
        return false;
    }
    if (call.via_ == owners_.top()) {
        if (!call.must_begin_idle_ || !quiet() || status_ == transaction_status::idle)
            return true;
        call.fail(std::make_exception_ptr(transaction_lost{another_is_open}));
        return false;
    }
    if (!owners_.holds(call.via_))
        call.fail(std::make_exception_ptr(
            transaction_lost{"the transaction or stream that the call was made on has ended"}));
    else
        call.fail(std::make_exception_ptr(operation_in_progress{std::string{owners_.top_name()}}));
    return false;
}

inline std::exception_ptr session::being_closed()
{
    return std::make_exception_ptr(connection_lost{"the connection is being closed"});
}

inline void session::release_owner(owner_id id) noexcept
{
    owners_.release(id);
    disown();
}

inline void session::release_all_owners() noexcept
{
    owners_.clear();
    disown();
}

/// Whoever is under way as an owner and is none any more must not hold up the others: its replies
/// are read to their end and dropped. A stream is then as good as dropped.
inline void session::disown() noexcept
{
    if (closed_)
        return;
    for (exchange_list const* list : {&in_flight_, &waiting_}) {
        for (exchange* each = list->front(); each != nullptr; each = exchange_list::after(*each)) {
            if (each->acquires_ == no_owner || owners_.holds(each->acquires_) ||
                (each->open_ && each->abandoned_))
                continue;
            each->fail(std::make_exception_ptr(
                transaction_lost{"what the stream or transaction belonged to has ended"}));
            each->abandoned_ = each->abandoned_ || each->open_;
        }
    }
    if (feeding_ != nullptr && (feeding_->error_ || feeding_->abandoned_))
        stop_waiting();
    if (!in_flight_.empty() && (in_flight_.front()->error_ || in_flight_.front()->abandoned_))
        paused_ = false;
}

inline bool session::can_send() const noexcept
{
    return preparing_ == nullptr && feeding_ == nullptr &&
           (in_flight_.empty() || !in_flight_.front()->led_by_) &&
           in_flight_.size() < std::max<std::size_t>(settings_.pipeline_depth, 1) && !login_;
}

inline void session::send_waiting()
{
    while (!waiting_.empty() && can_send() &&
           (!waiting_.front()->stale_ || set_aside_may_be_sent()) &&
           !waits_for_statement(*waiting_.front())) {
        if (!waiting_.front()->begins_late_)
            send(waiting_.pop_front());
        else if (!begin_next())
            return;
    }
}

/// It needs the columns of a statement that another call is just having parsed.
inline bool session::waits_for_statement(exchange const& call)
{
    for (auto const& part : call.parts())
        if (waits_for_statement(*part))
            return true;
    if (!call.needs_columns_ || call.request_.how() != request::protocol::extended)
        return false;
    statement_ref const* const known = find_statement(call);
    return known != nullptr && (*known)->coming();
}

inline void session::send(std::unique_ptr<exchange> call)
{
    std::uint64_t const begin = output_.end();
    try {
        if (call->error_)
            std::rethrow_exception(call->error_);
        if (call->group_)
            write_group(*call);
        else if (call->request_.how() == request::protocol::simple)
            write_simple(*call);
        else
            write_extended(*call);
    } catch (...) {
        call->fail(std::current_exception());
    }
    if (call->error_) {
        feeding_ = nullptr; // nothing else can have been
        output_.cut_back(begin);
        forget_written(*call);
        // What must run, or clean up, leaves the connection as it should not be.
        bool const unclean = call->must_end_idle_ || !call->withdrawable_;
        give_up(std::move(call));
        if (unclean)
            lose_unclean();
        return;
    }
    if (call->led_by_ && call->request_.how() == request::protocol::extended)
        expect_begin(*call);
    call->begin_ = begin;
    call->end_ = output_.end();
    if (call->group_ && call->begin_ == call->end_) // none of its statements can be sent
        return give_up(std::move(call));
    if (call->preparing_) {
        preparing_ = call.get();
    } else if (!may_be_repeated(*call)) {
        forget_parameters(*call);
    }
    in_flight_.push_back(std::move(call));
}

/// What the server would cut off, or end the connection for.
inline void session::check_text(std::string_view sql)
{
    if (sql.find('\0') != std::string_view::npos)
        throw encode_error{"the SQL text holds a zero byte"};
    if (sql.size() > largest_message - message_overhead)
        throw encode_error{"the SQL text is longer than the 1 GiB that a message may have"};
}

inline void session::write_simple(exchange& call)
{
    check_text(call.request_.sql());
    write_query(output_.writer(), call.request_.sql());
    call.expected_ = reply::simple;
    if (call.source_) {
        feeding_ = &call;
        feed_waits_ = true; // until the server asks for it
    }
}

inline void session::write_extended(exchange& call)
{
    request const& what = call.request_;
    if (call.statement_ &&
        (call.is_part_ || call.statement_->now == server_statement::state::ready)) {
        if (call.is_part_)
            bring_back(call);
        // Its own description has just arrived.
        bool const again =
            settings_.transaction_pooling || (call.is_part_ && call.statement_->name().empty());
        call.reuses_ = !again;
        if (again)
            write_parse(output_.writer(), call.statement_->name(), call.statement_->sql(),
                call.statement_->parameter_types());
        write_execution(call, call.statement_->description.get());
        expect_executions(call);
        if (again)
            call.expected_ = reply::parsed_again;
        return;
    }
    if (call.prepared_ && settings_.transaction_pooling)
        throw options_error{"no statement can be kept prepared behind a pooler that lends a "
                            "server's connection for a transaction only, as "
                            "options::transaction_pooler() says: give the verbs the SQL itself"};
    statement_ref known;
    if (statement_ref const* const found = find_statement(call))
        known = *found;
    if (known && known->now == server_statement::state::ready) {
        call.statement_ = std::move(known);
        call.reuses_ = true;
        call.columns(*call.statement_);
        if (call.error_)
            return;
        write_begin(call);
        write_owed_closes(call);
        write_execution(call, call.statement_->description.get());
        if (call.closing_.empty())
            expect_executions(call);
        return;
    }

    check_text(what.sql()); // that of a statement it knows was checked when it was parsed

    // The server takes too many without a word: it believes the types that Parse tells it.
    // (With other rules for strings than the standard's we can't tell.)
    if (what.parameter_count() != 0 && parameter("standard_conforming_strings") != "off") {
        std::size_t const placeholders = highest_placeholder(what.sql());
        if (what.parameter_count() > placeholders) {
            call.fail(wrong_argument_count(call, placeholders));
            return;
        }
    }

    call.reuses_ = false;
    write_begin(call);
    write_owed_closes(call);
    // While another call's Parse of the same name is on its way the name can't be relied on: a Bind
    // behind a failed Parse would report an unknown statement instead of the syntax error.
    if (!known && call.cached_ && cache_.takes(what.sql())) {
        call.statement_ = cache_.add(what.sql(), what.parameter_types());
    } else if (known && known->now == server_statement::state::gone && !known->closed) {
        cache_.renew(*known, what.parameter_types());
        call.statement_ = std::move(known);
    } else {
        call.statement_ =
            share<server_statement>(std::string{}, what.sql(), what.parameter_types());
    }
    call.parses_ = true;
    write_parse_and_describe(call);
    if (call.closing_.empty())
        call.expected_ = reply::parse_complete;
    if (call.only_prepares_) {
        write_sync(output_.writer());
    } else if (call.needs_columns_) {
        call.preparing_ = true;
        if (!call.joined_)
            write_sync(output_.writer());
    } else {
        write_execution(call, nullptr);
    }
}

/// The statement that a call can use, now or once it is parsed.
inline statement_ref const* session::find_statement(exchange const& call)
{
    if (server_statement* const prepared = call.prepared_.get()) {
        if (cache_.lost(*prepared))
            prepared->now = server_statement::state::gone;
        return &call.prepared_;
    }
    request const& what = call.request_;
    return call.cached_ && cache_.takes(what.sql())
               ? cache_.find(what.sql(), what.parameter_types())
               : nullptr;
}

/// What is owed a Close leaves with the next flight, before everything else of it.
inline void session::write_owed_closes(exchange& call)
{
    if (!cache_.owes())
        return;
    call.closing_ = cache_.take_owed();
    call.closes_expected_ = call.closing_.size();
    call.expected_ = reply::close_complete;
    for (std::string const& name : call.closing_)
        write_close_statement(output_.writer(), name);
}

inline void session::write_parse_and_describe(exchange& call)
{
    server_statement const& which = *call.statement_;
    write_parse(output_.writer(), which.name(), which.sql(), which.parameter_types());
    write_describe_statement(output_.writer(), which.name());
}

/// COPY, after which the server would take the executions that follow for data.
[[nodiscard]] inline bool is_copy(std::string_view sql) noexcept
{
    sql.remove_prefix(std::min(sql.find_first_not_of(" \t\r\n"), sql.size()));
    constexpr std::string_view word{"copy"};
    return sql.size() > word.size() && std::equal(word.begin(), word.end(), sql.begin(),
                                           [](char a, char b) { return a == (b | 0x20); });
}

inline void session::write_execution(exchange& call, row_description const* description)
{
    server_statement const& which = *call.statement_;
    if (which.now == server_statement::state::ready &&
        which.parameters.size() != call.request_.parameter_count()) {
        call.fail(wrong_argument_count(call, which.parameters.size()));
        return;
    }
    constexpr std::size_t most = largest_message - message_overhead;
    if (call.request_.parameters().size() > most)
        throw too_large(call.request_.parameters(), most);
    small_byte_writer<64> formats;
    call.write_result_formats(description, formats);
    if (call.source_) {
        if (is_copy(call.request_.sql()))
            throw copy_refused{
                "COPY can't be run for each element of a range: to copy a range use copy_in"};
        return begin_feeding(call, formats.bytes());
    }
    write_bind_and_execute(
        output_.writer(), which.name(), call.request_.parameters(), formats.bytes(), !call.joined_);
    call.outstanding_ = 1;
}

inline std::exception_ptr session::wrong_argument_count(exchange const& call, std::size_t takes)
{
    auto const count = [](std::size_t n, char const* what) {
        return std::to_string(n) + what + (n == 1 ? "" : "s");
    };
    std::size_t const given = call.request_.parameter_count();
    return std::make_exception_ptr(encode_error{
        "the statement takes " + count(takes, " parameter") + " but " + count(given, " argument") +
        (given == 1 ? " was" : " were") + " given: " + std::string{call.request_.sql()}});
}

inline void session::say_goodbye()
{
    if (goodbye_ || closed_)
        return;
    refusing_ = goodbye_ = true;
    feeding_ = nullptr;
    while (!waiting_.empty()) {
        std::unique_ptr<exchange> call = waiting_.pop_front();
        fail_unanswered(*call, being_closed(), false);
        give_up(std::move(call));
    }
    write_terminate(output_.writer());
}

inline bool session::abandon(std::uint64_t id, std::exception_ptr reason, bool only_unwritten)
{
    if (id == 0 || login_)
        return false;
    exchange* const waiting = waiting_.find(id);
    exchange* const call = waiting != nullptr ? waiting : in_flight_.find(id);
    if (call == nullptr || call->abandoned_)
        return false;
    bool const unwritten = waiting != nullptr || call->begin_ >= output_.sent();
    if (unwritten && call->withdrawable_) {
        withdraw(*call, std::move(reason));
        return true;
    }
    if (only_unwritten)
        return false;
    call->abandoned_ = true;
    for (auto const& part : call->parts())
        part->abandoned_ = true;
    call->reason_left_ = std::move(reason);
    if (feeding_ == call)
        stop_waiting();
    if (call->acquires_ != no_owner) {
        release_owner(call->acquires_);
        if (!call->owning_->undo.empty()) {
            auto undo = std::make_unique<exchange>(
                request{request::protocol::simple, call->owning_->undo}, owners_.top());
            if (owners_.top() == no_owner)
                undo->must_end_idle();
            start(std::move(undo));
        }
    }
    call->caller_left();
    return true;
}

inline bool session::may_cancel() const noexcept
{
    if (closed_ || login_ || goodbye_ || !drains() || key_.secret.empty())
        return false;
    exchange const& head = *in_flight_.front();
    exchange const* const next = exchange_list::after(head);
    // What is to be undone begins a transaction. A stream that was never opened is a call like any
    // other.
    bool const harmless = head.source_ || head.acquires_ == no_owner ||
                          (head.owning_->undo.empty() && (!head.open_ || loses_nothing(head)));
    return head.withdrawable_ && harmless && (next == nullptr || next->begin_ >= output_.sent());
}

/// Whether a stream that was dropped may be cancelled, which undoes what its statement did, and
/// fails an open transaction: unless that is rolled back next. (Where backslashes escape in all
/// strings, those can't be told from words.)
inline bool session::loses_nothing(exchange const& stream) const noexcept
{
    if (status_ == transaction_status::idle && !stream.led_by_)
        return only_reads(stream.request_.sql()) &&
               parameter("standard_conforming_strings") != "off";
    exchange const* const behind = exchange_list::after(stream);
    exchange const* const next = behind != nullptr ? behind : waiting_.front();
    return next != nullptr && next->rolls_back_;
}

/// Nothing of what was written for it reaches the server, or will be read there.
inline void session::forget_written(exchange& call)
{
    if (call.statement_ && call.parses_)
        cache_.drop(*call.statement_);
    cache_.owe(std::exchange(call.closing_, {}));
    for (auto const& part : call.parts())
        forget_written(*part);
}

/// Takes a call back of which nothing was sent.
inline void session::withdraw(exchange& call, std::exception_ptr reason)
{
    std::unique_ptr<exchange> withdrawn = waiting_.extract(call.id_);
    if (!withdrawn) {
        std::uint64_t const size = call.end_ - call.begin_;
        output_.withdraw(call.begin_, call.end_);
        for (exchange* later = exchange_list::after(call); later != nullptr;
             later = exchange_list::after(*later)) {
            later->begin_ -= size;
            later->end_ -= size;
        }
        withdrawn = in_flight_.extract(call.id_);
        forget_written(call);
        if (preparing_ == &call)
            preparing_ = nullptr;
        if (feeding_ == &call)
            feeding_ = nullptr;
    }
    withdrawn->fail(std::move(reason));
    give_up(std::move(withdrawn));
    send_waiting();
}

} // namespace pgcoro
