#pragma once

#include "../core/error.hpp"
#include "../core/placeholders.hpp"
#include "../core/server_message.hpp"
#include "../core/throw_server_error.hpp"
#include "../protocol/backend_key_data.hpp"
#include "../protocol/copy.hpp"
#include "../protocol/extended_query.hpp"
#include "../protocol/frame.hpp"
#include "../protocol/notice_fields.hpp"
#include "../protocol/notification.hpp"
#include "../protocol/parameter_description.hpp"
#include "../protocol/parameter_status.hpp"
#include "../protocol/simple_query.hpp"
#include "exchange.hpp"
#include "input_buffer.hpp"
#include "leftovers.hpp"
#include "login.hpp"
#include "only_reads.hpp"
#include "output_queue.hpp"
#include "owner.hpp"
#include "session_settings.hpp"
#include "statement_cache.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Hears what the server says unasked. Called on the session's thread, while bytes are being
/// parsed: it must not call the session.
class session_observer
{
public:
    session_observer() = default;
    session_observer(session_observer const&) = delete;
    session_observer& operator=(session_observer const&) = delete;
    virtual void noticed(server_message const& notice) { (void)notice; }
    virtual void notified(notification&& message) { (void)message; }
    /// A setting that the server reports has another value now.
    virtual void parameter_changed(std::string_view name, std::string_view value)
    {
        (void)name, (void)value;
    }
    /// A call starts; a statement of it was completed; it has ended.
    virtual void started(exchange& call) noexcept { (void)call; }
    virtual void completed(exchange& call, command_tag const& tag) noexcept
    {
        (void)call, (void)tag;
    }
    /// Rows came for it, or a COPY's data.
    virtual void received(exchange& call, std::size_t bytes) noexcept { (void)call, (void)bytes; }
    virtual void ended(exchange& call) noexcept { (void)call; }
    /// The connection is closed or was lost; nothing more is said.
    virtual void lost(std::exception_ptr const& reason) noexcept { (void)reason; }
    /// The same without anybody left to be told: the executor is going away.
    virtual void dropped() noexcept {}

protected:
    ~session_observer() = default;
};

/// The protocol's state machine: bytes in, events out; requests in, bytes out. It has no socket, no
/// clock and no C++ value types. One reader feeds received(); whoever has a call gives it to
/// start(); calls run in the order in which they were started, each with a Sync of its own, and
/// their replies find them by that order alone.
/// https://www.postgresql.org/docs/current/protocol-flow.html
class session
{
public:
    explicit session(session_settings settings = {})
        : settings_{settings},
          input_{settings.block_size},
          cache_{settings.statement_cache_size, settings.statement_cache_bytes}
    {}

    // ---- the connection's life

    /// Writes the startup message; `caller` finishes when the server is ready for queries.
    void log_in(login_settings settings, std::unique_ptr<exchange> caller);
    /// Nothing more may be started.
    void refuse_calls() noexcept { refusing_ = true; }
    /// Says goodbye behind everything that was sent; calls that still wait fail.
    void say_goodbye();
    /// The connection is gone: all that is under way fails, and whatever is started later.
    void lose(std::exception_ptr reason) noexcept;
    [[nodiscard]] bool logging_in() const noexcept { return login_.has_value(); }
    /// For messages: where to, and as whom; empty once that is over.
    [[nodiscard]] std::string login_context() const { return login_ ? login_->context() : ""; }
    /// The server refused us before it knew who we are: it may take us with TLS, or without.
    [[nodiscard]] bool refused_login() const noexcept { return refused_login_; }
    /// A login by Kerberos waits for a token of ours: whoever runs the session begins the step, and
    /// ends it when the descriptor that he got becomes readable, or at once if he got -1. Until
    /// then nothing is read, for what the server says next may stand on it.
    [[nodiscard]] bool has_gss_step() const noexcept { return login_ && login_->has_gss_step(); }
    [[nodiscard]] int begin_gss_step() { return login_->begin_gss_step(); }
    void end_gss_step();
    /// Why the connection is closed; null while it is open.
    [[nodiscard]] std::exception_ptr const& closed() const noexcept { return closed_; }

    // ---- bytes in

    /// Room for the next read. Throws std::bad_alloc.
    [[nodiscard]] std::span<std::byte> prepare_input() { return input_.prepare(needed_); }
    /// `count` bytes were read into that room.
    void received(std::size_t count);
    /// Nothing more will come: the other side ended the stream, or, if `how` says so, it broke.
    void received_end(std::string_view how = "the server closed the connection") noexcept;

    // ---- requests in, bytes out, finished calls out

    void start(std::unique_ptr<exchange> call);
    /// Starts it as soon as nobody owns the connection and no transaction is known to be open: for
    /// what cleans up behind objects that are no owners.
    void start_unowned(std::unique_ptr<exchange> call);
    /// To be called whenever that may have come true.
    void start_owed();
    /// The caller of exchange `id` goes away with `reason`. What is not written is withdrawn, what
    /// is written is drained, unless `only_unwritten`: then it stays as it is. Gives whether the
    /// caller is free.
    bool abandon(std::uint64_t id, std::exception_ptr reason, bool only_unwritten = false);
    /// The first deadline of the calls that somebody waits for; clock::time_point::max(): none.
    [[nodiscard]] exchange::clock::time_point next_deadline() const noexcept;
    /// One of those whose deadline has come, or null.
    [[nodiscard]] exchange const* overdue(exchange::clock::time_point now) const noexcept;
    /// The call at the head was abandoned: what is still read is dropped.
    [[nodiscard]] bool drains() const noexcept
    {
        return !in_flight_.empty() && in_flight_.front()->abandoned_;
    }
    /// The server may be asked to cancel what it is running: it is an abandoned call, not one that
    /// begins or ends a transaction, and nothing is written behind it that could be hit instead. A
    /// stream that was dropped must have nothing to lose: it only reads, in no transaction, or what
    /// is next rolls that back. May come true later for that alone.
    [[nodiscard]] bool may_cancel() const noexcept;
    /// The call at the head, which may_cancel(), is about to be.
    void cancels_head() noexcept { in_flight_.front()->cancelled_ = true; }
    /// All of the call at the head is written: it waits for the server alone.
    [[nodiscard]] bool head_is_written() const noexcept
    {
        return feeding_ != in_flight_.front() && unsent_of_head() == 0;
    }
    /// It is a stream that was dropped: its end may be about to come.
    [[nodiscard]] bool head_is_open() const noexcept
    {
        return in_flight_.front()->open_ && !in_flight_.front()->source_;
    }
    /// How much of the output is the head's own, which may be written even while it is cancelled.
    [[nodiscard]] std::size_t unsent_of_head() const noexcept
    {
        return in_flight_.empty() || in_flight_.front()->end_ <= output_.sent()
                   ? 0
                   : static_cast<std::size_t>(in_flight_.front()->end_ - output_.sent());
    }
    /// How many calls have been answered so far: tells one head from the next.
    [[nodiscard]] std::uint64_t answered() const noexcept { return answered_; }
    /// The holder of a statement that was prepared is gone: it is closed with the next flight.
    void close_statement(server_statement& which) { cache_.close(which); }
    [[nodiscard]] output_queue& output() noexcept { return output_; }
    [[nodiscard]] output_queue const& output() const noexcept { return output_; }
    /// A call has more to send than was written yet: feed() when the output has drained.
    [[nodiscard]] bool feeding() const noexcept { return feeding_ != nullptr && !feed_waits_; }
    void feed();
    /// The source of exchange `id` has more now.
    void feed_again(std::uint64_t id) noexcept
    {
        if (feeding_ != nullptr && feeding_->id() == id)
            stop_waiting();
    }
    /// Calls that are through, in order, wait for being told so.
    [[nodiscard]] bool has_finished() const noexcept { return !finished_.empty(); }
    [[nodiscard]] std::size_t finished() const noexcept { return finished_.size(); }
    /// Adds one that was never started and fails with what it holds.
    void hand_back(std::unique_ptr<exchange> call) noexcept { give_up(std::move(call)); }
    /// Tells the first of them. Its caller may run at once, and call the session.
    void finish_next() { finish(finished_.pop_front()); }
    static void finish(std::unique_ptr<exchange> done) { done.release()->finished(); }
    /// Forgets them: nobody is there to be told.
    void drop_finished() noexcept { exchange_list const dropped = std::move(finished_); }

    /// An owner asked to read no further for now, or a token of ours comes first.
    [[nodiscard]] bool paused() const noexcept { return paused_ || waits_for_gss_; }
    /// Gives whether reading was paused.
    bool resume() noexcept { return std::exchange(paused_, false); }

    // ---- what is known

    /// Nothing is kept on the server from one flight to the next. Any thread.
    [[nodiscard]] bool pools_transactions() const noexcept { return settings_.transaction_pooling; }
    [[nodiscard]] transaction_status status() const noexcept { return status_; }
    /// The server did not take a write, or says that it is a standby: 25006, in_hot_standby.
    [[nodiscard]] bool refuses_writes() const noexcept
    {
        return refused_write_ || parameter("in_hot_standby") == "on";
    }
    /// Nothing is under way or waiting.
    [[nodiscard]] bool quiet() const noexcept
    {
        return in_flight_.empty() &&
               (waiting_.empty() || (waiting_.size() == 1 && waiting_.front()->begins_late_));
    }
    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_.size(); }
    /// What is unsent would only lie with the server, which has twice as much to do before it: more
    /// of it may be gathered first, for one write.
    [[nodiscard]] bool may_gather() const noexcept
    {
        if (in_flight_.size() < settings_.gathering_depth || feeding())
            return false;
        exchange const& head = *in_flight_.front();
        return head.end_ <= output_.sent() && // else nothing may ever be answered
               head.begin_ + 2 * output_.unsent().size() < output_.sent();
    }
    /// No transaction is open, or what is under way ends with none, or with the connection.
    [[nodiscard]] bool ends_idle() const noexcept;
    /// A call is under way whose caller has gone, or a stream that was dropped: it may take any
    /// time.
    [[nodiscard]] bool drains_any() const noexcept;
    /// From now on what statements leave behind is noted.
    void note_leftovers() noexcept { notes_leftovers_ = true; }
    /// What was left since the last time: see leftover.
    [[nodiscard]] std::uint8_t take_leftovers() noexcept { return std::exchange(leftovers_, 0); }
    [[nodiscard]] owner_stack const& owners() const noexcept { return owners_; }
    /// Ends an owner, and what was stacked on it: streams among them run to their end unseen.
    void release_owner(owner_id id) noexcept;
    void release_all_owners() noexcept;
    [[nodiscard]] backend_key_data const& backend_key() const noexcept { return key_; }
    /// A setting that the server reports; empty if it never did.
    [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept
    {
        for (auto const& [each, value] : parameters_)
            if (each == name)
                return value;
        return {};
    }
    /// All of them, with their values.
    [[nodiscard]] auto const& parameters() const noexcept { return parameters_; }
    void observe(session_observer* observer) noexcept { observer_ = observer; }

private:
    using reply = exchange::reply;

    // sending (session_send.hpp)
    [[nodiscard]] bool loses_nothing(exchange const& stream) const noexcept;
    [[nodiscard]] bool admits(exchange& call);
    void disown() noexcept;
    [[nodiscard]] static std::exception_ptr being_closed();
    void withdraw(exchange& call, std::exception_ptr reason);
    void send_waiting();
    [[nodiscard]] bool can_send() const noexcept;
    [[nodiscard]] bool waits_for_statement(exchange const& call);
    void send(std::unique_ptr<exchange> call);
    static void check_text(std::string_view sql);
    void write_simple(exchange& call);
    void write_extended(exchange& call);
    [[nodiscard]] statement_ref const* find_statement(exchange const& call);
    void write_owed_closes(exchange& call);
    void write_execution(exchange& call, row_description const* description);
    void write_parse_and_describe(exchange& call);
    [[nodiscard]] static std::exception_ptr wrong_argument_count(
        exchange const& call, std::size_t takes);

    // transactions that begin with their first statement (session_begin.hpp)
    void begin_late(std::unique_ptr<exchange> call);
    [[nodiscard]] bool begin_next();
    void keep_begin(exchange& call) noexcept;
    void write_begin(exchange& call);
    static void expect_begin(exchange& call) noexcept;
    [[nodiscard]] static bool begin_answered(
        exchange& head, backend_message type, std::span<std::byte const> body) noexcept;
    void begun(exchange& head);

    // running again (session_repeat.hpp)
    [[nodiscard]] static bool may_be_stale(exchange const& head, sqlstate code) noexcept;
    [[nodiscard]] static bool may_be_repeated(exchange const& call) noexcept;
    void went_stale(exchange& head, std::shared_ptr<server_message const> message);
    [[nodiscard]] bool comes_to_nothing(exchange const& head) const noexcept;
    static void forget_parameters(exchange& call) noexcept;
    static void fail_stale(exchange& call) noexcept;
    void set_aside(std::unique_ptr<exchange> call) noexcept;
    void fail_set_aside() noexcept;
    [[nodiscard]] bool set_aside_may_be_sent() noexcept;
    void note_tag(std::string_view tag) noexcept;
    void note_leftovers_of(exchange& head, std::string_view tag) noexcept;

    // statements that go together (session_group.hpp)
    void write_group(exchange& call);
    void write_part(exchange& call, std::size_t index);
    [[nodiscard]] static bool is_through(exchange const& call, exchange const& part) noexcept;
    void bring_back(exchange& call);
    [[nodiscard]] exchange& answering() noexcept;
    static void next_part(exchange& head) noexcept;
    void group_failed(exchange& head, std::shared_ptr<server_message const> message);
    [[nodiscard]] static bool may_be_ready(exchange const& head) noexcept;
    [[nodiscard]] static bool expects_more_ready(exchange& head) noexcept;
    static void take_error_of_parts(exchange& head);
    void sort_stale_parts(exchange& head) noexcept;
    static void fail_unanswered(
        exchange& call, std::exception_ptr const& reason, bool in_flight) noexcept;
    void forget_written(exchange& call);

    // feeding (session_feed.hpp)
    void begin_feeding(exchange& call, std::span<std::byte const> result_formats);
    void take_turn(exchange& call);
    void expect_executions(exchange& call) noexcept;
    void executed(exchange& head) noexcept;
    void stop_waiting() noexcept;
    void end_feeding(exchange& call);
    void copy_in_begins(exchange& head, copy_response const& how);
    void copy_out_begins(exchange& head, copy_response const& how);
    void spoil(exchange& call);

    // receiving (session_receive.hpp)
    void parse_frames();
    void completed(exchange& head, command_tag const& tag);
    void parse_rows(exchange& head, backend_message type);
    void handle(backend_message type, std::span<std::byte const> body);
    void handle_reply(exchange& head, backend_message type, std::span<std::byte const> body);
    void handle_ready(std::span<std::byte const> body);
    void handle_login(exchange& head, backend_message type, std::span<std::byte const> body);
    void describe_simple(exchange& head, backend_message type, byte_reader& reader);
    void pause_if_wanted(exchange& head) noexcept;
    void parsed_statement(exchange& head);
    void described_statement(exchange& head, std::shared_ptr<row_description const> description);
    void give_up(std::unique_ptr<exchange> call) noexcept;

    // what nobody asked for (session_unasked.hpp)
    void handle_unasked(backend_message type, std::span<std::byte const> body);

    // errors (session_errors.hpp)
    void handle_error(std::span<std::byte const> body);
    [[nodiscard]] std::exception_ptr server_failure(std::shared_ptr<server_message const> message,
        exchange const* fed = nullptr, std::string_view hint = {}) const;
    void refuse_copy_in(exchange& head);
    void lose_unclean() noexcept;
    void lose_leaking(exchange& head) noexcept;
    void violation(backend_message type, std::string_view what);

    static constexpr char const* another_is_open =
        "cannot begin a transaction: one was started by hand and is still open";
    static constexpr std::size_t most_parameters = 1000;

    /// More than a message of ours has beside its text or values: types, formats, a name.
    static constexpr std::uint32_t message_overhead = 512 * 1024;

    session_settings settings_;
    input_buffer input_;
    output_queue output_;
    std::size_t needed_ = 0; // the whole size of the incomplete message at input_.begin()
    exchange_list waiting_;  // started, not sent
    exchange_list in_flight_;
    exchange_list finished_;
    exchange_list owed_;            // start when nobody owns the connection
    exchange* preparing_ = nullptr; // goes on once its columns are known; nothing overtakes it
    exchange* feeding_ = nullptr;   // has more to send; nothing is written behind it
    statement_cache cache_;
    owner_stack owners_;
    std::optional<login> login_;
    backend_key_data key_;
    std::vector<std::pair<std::string, std::string>> parameters_;
    std::shared_ptr<server_message const> last_words_; // FATAL, or an error that nobody asked for
    std::exception_ptr closed_;
    session_observer* observer_ = nullptr;
    transaction_status status_ = transaction_status::idle;
    std::uint64_t answered_ = 0;
    bool refused_login_ = false;
    bool refused_write_ = false;
    std::uint8_t leftovers_ = 0;
    bool notes_leftovers_ = false;
    bool feed_waits_ = false; // feeding_ has nothing to send for now
    bool refusing_ = false;
    bool goodbye_ = false;
    bool paused_ = false;
    bool waits_for_gss_ = false;
};

} // namespace pgcoro

#include "session_begin.hpp"
#include "session_deadlines.hpp"
#include "session_errors.hpp"
#include "session_feed.hpp"
#include "session_group.hpp"
#include "session_receive.hpp"
#include "session_repeat.hpp"
#include "session_send.hpp"
#include "session_unasked.hpp"
