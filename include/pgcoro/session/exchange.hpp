#pragma once

#include "../core/block.hpp"
#include "../protocol/command_tag.hpp"
#include "../protocol/copy.hpp"
#include "owner.hpp"
#include "request.hpp"
#include "server_statement.hpp"
#include "source.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro {

class session;

/// One call's way through the connection: what it sends, which replies it expects and where they
/// go. The session owns it from start() until finished(); the layer above derives from it and gets
/// the replies through the virtual functions, all on the session's thread.
class exchange
{
public:
    /// `needs_columns`: the formats of the result can't be chosen before the columns are known.
    exchange(request what, owner_id via, bool needs_columns = false)
        : request_{std::move(what)}, via_{via}, needs_columns_{needs_columns}
    {}
    /// The same, its request being made in place.
    exchange(request::protocol how, std::string_view sql, owner_id via, bool needs_columns = false)
        : request_{how, sql}, via_{via}, needs_columns_{needs_columns}
    {}
    exchange(exchange const&) = delete;
    exchange& operator=(exchange const&) = delete;
    virtual ~exchange() = default;

    /// What the call failed with, so far.
    [[nodiscard]] std::exception_ptr const& error() const noexcept { return error_; }
    /// The first error stays.
    void fail(std::exception_ptr error) noexcept
    {
        if (!error_)
            error_ = std::move(error);
    }

    /// What it runs.
    [[nodiscard]] request const& asked() const noexcept { return request_; }
    /// What an observer of the session notes about it.
    struct note
    {
        std::uint64_t number = 0;
        std::uint64_t rows = 0;
        std::uint64_t received = 0;
        std::chrono::steady_clock::time_point begun{};
    };
    [[nodiscard]] note& noted() noexcept { return note_; }
    /// Bytes of the messages that were last made for it.
    [[nodiscard]] std::uint64_t sent() const noexcept { return end_ - begin_; }

    /// The caller is gone: what still comes is read and dropped.
    [[nodiscard]] bool abandoned() const noexcept { return abandoned_; }

    /// Makes `id` the connection's owner when the exchange starts; it ends if the exchange fails,
    /// or if its caller goes away: then the SQL `undo` is run behind it.
    void take_ownership(owner_id id, std::string name, std::string undo = {})
    {
        owning_ = std::make_unique<owning>();
        owning_->name = std::move(name);
        owning_->undo = std::move(undo);
        acquires_ = id;
    }
    [[nodiscard]] bool takes_ownership() const noexcept { return acquires_ != no_owner; }
    /// Once started it runs, even if its caller goes away before it was sent: what ends a
    /// transaction does, because others may have been started behind it.
    void never_withdraw() noexcept { withdrawable_ = false; }
    /// Refused if a transaction is known to be open: for what begins one.
    void must_begin_idle() noexcept { must_begin_idle_ = true; }
    /// The connection is closed unless the exchange leaves it idle: for what must clean up.
    void must_end_idle() noexcept { must_end_idle_ = true; }
    /// Owns the connection from its start, and sends nothing: its text, a BEGIN, goes before the
    /// first statement that is run through that owner. See session_begin.hpp.
    void begin_late() noexcept { begins_late_ = true; }
    /// Nothing is to be done if the transaction that it is run through has not begun.
    void ends_unbegun() noexcept { ends_unbegun_ = true; }
    /// Strangers share the connection: it is closed if the exchange leaves a transaction open, and
    /// the exchange and all behind it fail with session_state_leaked.
    void share_connection() noexcept { shares_ = true; }
    /// Undoes all that its transaction did before it: what still runs of that may be cancelled.
    void roll_back() noexcept { rolls_back_ = true; }
    /// Ends `id`'s ownership when the exchange starts.
    void release_ownership(owner_id id) noexcept { releases_ = id; }

    using clock = std::chrono::steady_clock;
    /// When the call must be through; clock::time_point::max(), the default, if ever. The session
    /// has no clock: it only tells who is late.
    void expire_at(clock::time_point deadline) noexcept { deadline_ = deadline; }
    [[nodiscard]] clock::time_point deadline() const noexcept { return deadline_; }
    /// What its caller is told then.
    [[nodiscard]] virtual std::exception_ptr too_late() const { return nullptr; }

    /// Neither looks into the statement cache nor leaves something there.
    void bypass_cache() noexcept { cached_ = false; }
    /// Runs this statement, which is its holder's own and not the cache's.
    void use(statement_ref which) noexcept { prepared_ = std::move(which); }
    /// Only has it parsed and described, under a name of its own.
    void prepare(statement_ref which) noexcept
    {
        use(std::move(which));
        only_prepares_ = true;
    }

    /// The types of the parameters must be known before they are sent.
    void ask_first() noexcept { needs_columns_ = true; }

    /// Only asks the server about the statement, which is neither run nor kept.
    void describe_only() noexcept
    {
        bypass_cache();
        only_prepares_ = true;
    }

    /// Its parameters come from here, a set for each execution, all under one Sync: all of it
    /// happens or nothing. Or, of a simple query, which must be a COPY FROM STDIN, its data. For
    /// exchanges that take ownership, which ends with them.
    void feed_from(std::unique_ptr<source> from) noexcept { source_ = std::move(from); }
    [[nodiscard]] bool feeds() const noexcept { return source_ != nullptr; }

    /// A simple query that is a COPY TO STDOUT: rows() gets what it gives.
    void take_copy_data() noexcept { takes_copy_data_ = true; }

    /// The results of a simple query are wanted: columns() and rows() of each of its statements,
    /// then completed().
    void take_rows() noexcept { takes_rows_ = true; }

    /// In place of a statement of its own it runs these, in their order, in one flight: under one
    /// Sync, so that all of it happens or nothing, or, if each stands alone, a Sync each. They are
    /// extended queries that own nothing. Of those by name whose columns are not known yet all are
    /// described in a flight before. The session asks and tells them as it does any exchange, but
    /// they finish with this one, and are not told so. Under one Sync the first error is also this
    /// one's and names the statement; each alone has its own.
    void run_together(std::vector<std::unique_ptr<exchange>> parts, bool each_alone)
    {
        group_ = std::make_unique<group>();
        group_->parts = std::move(parts);
        group_->each_alone = each_alone;
        for (auto const& part : group_->parts) {
            part->is_part_ = true;
            part->joined_ = !each_alone;
        }
    }
    /// What run_together() was given; none for other exchanges.
    [[nodiscard]] std::span<std::unique_ptr<exchange> const> parts() const noexcept
    {
        return group_ ? std::span<std::unique_ptr<exchange> const>{group_->parts}
                      : std::span<std::unique_ptr<exchange> const>{};
    }

    /// A number by which session::abandon() finds the exchange; 0, the default, if nobody will ask.
    void identify(std::uint64_t id) noexcept { id_ = id; }
    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

protected:
    /// Bind's list of result formats. `description` is null where the columns are not known yet.
    virtual void write_result_formats(row_description const* description, byte_writer& out)
    {
        (void)description;
        out.put(std::int16_t{0});
    }
    /// The columns are known: before Bind where they are needed, else before the first row. It may
    /// fail() the exchange; then nothing more is sent for it and no row is handed over.
    virtual void columns(server_statement& from) { (void)from; }
    /// A run of whole DataRow messages in `from`, once per read; or of CopyData messages, which the
    /// server sends a row each.
    virtual void rows(
        block_ref const& from, std::byte const* begin, std::byte const* end, std::size_t count)
    {
        (void)from, (void)begin, (void)end, (void)count;
    }
    /// The server is ready for the data of a COPY, or about to send it.
    virtual void copying(copy_response const& how) { (void)how; }
    virtual void completed(command_tag const& tag) { (void)tag; }
    /// The caller goes away now, reason_left() says why; the replies are still to come, and
    /// finished().
    virtual void caller_left() noexcept {}
    /// ReadyForQuery was read, or the connection is lost. The last call, and the exchange's own
    /// from here: it deletes itself or hands itself on.
    virtual void finished() { delete this; }

    [[nodiscard]] request const& what() const noexcept { return request_; }
    /// To be written to before start().
    [[nodiscard]] request& what() noexcept { return request_; }
    /// What use() or prepare() was given.
    [[nodiscard]] statement_ref const& prepared() const noexcept { return prepared_; }
    /// The exchange was not refused when it started: what it does to owners is done.
    [[nodiscard]] bool admitted() const noexcept { return admitted_; }
    [[nodiscard]] std::exception_ptr const& reason_left() const noexcept { return reason_left_; }
    /// The server was asked to cancel it.
    [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }

    /// From within rows(): no more is to be read for now. Has an effect only while
    /// the exchange owns the connection: everybody else's replies wait too.
    void pause_reading() noexcept { wants_pause_ = true; }
    /// The caller has what it waited for, and the exchange goes on: should it be left from now on,
    /// nobody asked for its end. It is cancelled only if that undoes nothing.
    void be_open() noexcept { open_ = true; }

private:
    friend class session;
    friend class exchange_list;

    /// Which reply comes next.
    enum class reply : std::uint8_t
    {
        startup,
        begin, // what is said of a BEGIN that leads the flight
        close_complete,
        parse_complete,
        parsed_again, // where the description came from another flight
        parameter_description,
        row_description,
        bind_complete,
        rows,            // DataRow, or what ends them
        simple_rows,     // DataRow of a Query, or what ends them
        simple,          // anything a Query may be answered with
        copy_out,        // CopyData to be dropped
        ready_for_query, // all that was asked for is there, or an error skipped it
    };
    struct owning
    {
        std::string name;
        std::string undo; // SQL; may be empty
    };
    struct group
    {
        std::vector<std::unique_ptr<exchange>> parts;
        std::size_t at = 0; // whose reply is next; their number: all are through
        bool each_alone = false;
    };

    request request_;
    exchange* next_ = nullptr;
    std::uint64_t id_ = 0;
    note note_;
    clock::time_point deadline_ = clock::time_point::max();
    std::uint64_t begin_ = 0; // its segment of the output
    std::uint64_t end_ = 0;
    statement_ref statement_; // that it runs
    statement_ref prepared_;  // that it was told to run
    std::unique_ptr<source> source_;
    std::unique_ptr<group> group_;
    std::unique_ptr<owning> owning_;   // of what takes ownership
    std::uint64_t outstanding_ = 0;    // executions written and not answered yet
    std::uint64_t executed_ = 0;       // those that were
    std::vector<std::string> closing_; // statements whose Close leads the flight
    std::size_t closes_expected_ = 0;
    std::exception_ptr error_;
    std::exception_ptr reason_left_;
    std::unique_ptr<exchange> led_by_; // the BEGIN that is in its flight
    std::exception_ptr stale_;         // what it fails with unless it can be run again
    owner_id via_;
    owner_id acquires_{};
    owner_id releases_{};
    reply expected_ = reply::ready_for_query;
    reply behind_begin_ = reply::ready_for_query; // what comes next then
    std::uint8_t begin_answers_ = 0;
    std::uint8_t words_leave_ = unknown_words; // left_by_words() of its text, once asked
    static constexpr std::uint8_t unknown_words = 0xff;
    bool needs_columns_;
    bool cached_ = true;
    bool only_prepares_ = false;
    bool reuses_ = false;    // binds what another flight has parsed
    bool repeated_ = false;  // it was run again
    bool preparing_ = false; // in flight for the description alone
    bool parses_ = false;    // its flight begins with a Parse
    bool abandoned_ = false;
    bool admitted_ = false;
    bool must_begin_idle_ = false;
    bool must_end_idle_ = false;
    bool shares_ = false;
    bool rolls_back_ = false;
    bool begins_late_ = false;
    bool ends_unbegun_ = false;
    bool withdrawable_ = true;
    bool wants_pause_ = false;
    bool takes_copy_data_ = false;
    bool takes_rows_ = false;
    bool open_ = false;
    bool cancelled_ = false;
    bool undone_ = false;     // it failed, and nothing of it has happened
    bool copying_in_ = false; // between CopyInResponse and what ends it
    bool is_part_ = false;
    bool joined_ = false; // a part under its group's Sync
    bool sent_ = false;   // a part that belongs to the flight
    bool again_ = false;  // a part for whose sake its group runs again
};

/// A FIFO of exchanges that owns them.
class exchange_list
{
public:
    exchange_list() noexcept = default;
    exchange_list(exchange_list const&) = delete;
    exchange_list& operator=(exchange_list const&) = delete;
    exchange_list(exchange_list&& other) noexcept
        : first_{std::exchange(other.first_, nullptr)},
          last_{std::exchange(other.last_, nullptr)},
          size_{std::exchange(other.size_, 0)}
    {}
    ~exchange_list()
    {
        while (first_ != nullptr)
            pop_front().reset();
    }

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] exchange* front() const noexcept { return first_; }
    [[nodiscard]] static exchange* after(exchange const& each) noexcept { return each.next_; }

    void push_back(std::unique_ptr<exchange> added) noexcept
    {
        exchange* const raw = added.release();
        raw->next_ = nullptr;
        (last_ == nullptr ? first_ : last_->next_) = raw;
        last_ = raw;
        ++size_;
    }

    [[nodiscard]] std::unique_ptr<exchange> pop_front() noexcept
    {
        exchange* const raw = first_;
        first_ = raw->next_;
        if (first_ == nullptr)
            last_ = nullptr;
        --size_;
        return std::unique_ptr<exchange>{raw};
    }

    /// Puts one where `index` others are before it.
    void insert(std::size_t index, std::unique_ptr<exchange> added) noexcept
    {
        if (index == size_)
            return push_back(std::move(added));
        exchange** at = &first_;
        for (; index != 0; --index)
            at = &(*at)->next_;
        added->next_ = *at;
        *at = added.release();
        ++size_;
    }

    /// The one with this id, or null.
    [[nodiscard]] exchange* find(std::uint64_t id) const noexcept
    {
        exchange* each = first_;
        while (each != nullptr && each->id_ != id)
            each = each->next_;
        return each;
    }

    /// The one with this id, taken out; or null.
    [[nodiscard]] std::unique_ptr<exchange> extract(std::uint64_t id) noexcept
    {
        exchange* before = nullptr;
        for (exchange* each = first_; each != nullptr; before = each, each = each->next_) {
            if (each->id_ != id)
                continue;
            (before == nullptr ? first_ : before->next_) = each->next_;
            if (last_ == each)
                last_ = before;
            --size_;
            return std::unique_ptr<exchange>{each};
        }
        return nullptr;
    }

private:
    exchange* first_ = nullptr;
    exchange* last_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace pgcoro
