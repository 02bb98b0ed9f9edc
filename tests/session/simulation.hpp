#pragma once

// A client and a server in memory, and whatever may happen between them.

#include "machine.hpp"
#include "model_server.hpp"

#include <pgcoro/core/server_error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// One schedule. `choose(n)` gives a number below n and makes all of its decisions.
class simulation
{
public:
    explicit simulation(std::function<std::size_t(std::size_t)> choose)
        : choose_{std::move(choose)}, settings_{make_settings()}, m_{settings_}
    {
        streams_ = chance(25);
        lazies_ = chance(40);
        m_.resumes = false;
        m_.log_in();
    }

    /// Runs it. Empty if all went well.
    [[nodiscard]] std::string run()
    {
        for (std::size_t left = 5 + choose_(60); left != 0 && !m_.state.closed(); --left) {
            act();
            release_finished_streams();
        }
        if (std::string problem = drain(); !problem.empty())
            return problem;
        if (!m_.state.closed()) {
            if (std::string problem = judge_quiet(); !problem.empty())
                return problem;
        } else if (!may_close()) {
            return "closed: " + text_of(m_.state.closed());
        }
        m_.tell();
        for (auto const& each : calls_)
            if (std::string problem = judge(each); !problem.empty())
                return each.spec.name + " (" + each.spec.sql + "): " + problem;
        if (std::string problem = judge_order(); !problem.empty())
            return problem;
        if (std::string problem = judge_transactions(); !problem.empty())
            return problem;
        if (!m_.state.closed() && !said_goodbye_)
            if (std::string problem = judge_cache(); !problem.empty())
                return problem;
        return m_.check_ends();
    }

    [[nodiscard]] std::size_t calls() const { return calls_.size(); }

private:
    struct started
    {
        call_spec spec;
        bool admissible = true; // through the owner, on an open connection
        bool left = false;      // abandon() said so
        std::uint64_t stream = 0;
        std::size_t group = 0;       // of a part: the place of what it is part of, from 1
        std::size_t transaction = 0; // the place of its BEGIN, from 1
        bool known_open = false;     // all that it is nested in was when this started
        bool nobodys = false;        // nobody waits for it
    };

    pgcoro::session_settings make_settings()
    {
        pgcoro::session_settings settings;
        settings.statement_cache_size = choose_(4);
        settings.pipeline_depth = choose_(3) == 0 ? 1 + choose_(3) : 1024;
        settings.gathering_depth = 2 + choose_(7);
        settings.block_size = choose_(2) == 0 ? 1 + choose_(200) : 65536;
        return settings;
    }

    [[nodiscard]] bool chance(std::size_t percent) { return choose_(100) < percent; }

    void act()
    {
        std::size_t const what = choose_(20);
        if (what < 5 && stream_owns() && chance(85)) // calls through a stream there are none
            return;
        if (streams_ && open_stream() != nullptr && chance(30)) {
            bool const rolls_back = server_.status == 'T' && m_.state.in_flight() == 1;
            return !m_.state.drains() ? leave_one() : rolls_back ? begin_or_end() : cancel();
        }
        switch (what) {
        case 0:
        case 1:
        case 2:
        case 3:
            return (streams_ && chance(15)) || (lazies_ && chance(20))
                       ? begin_or_end()
                       : start(chance(15) ? any_group() : any_call());
        case 4:
            return chance(15) ? drop_transaction() : begin_or_end();
        case 5:
        case 6:
        case 7:
        case 8:
            return write(1 + choose_(200));
        case 9:
        case 10:
        case 11:
        case 12:
            return read(1 + choose_(200));
        case 13:
        case 14:
            if (!streams_ || chance(30))
                leave_one();
            return;
        case 15:
        case 16:
            return cancel();
        case 17:
        case 18:
            if (open_stream() == nullptr || chance(20))
                server_.wake();
            return;
        default:
            if (chance(30))
                return close_prepared();
            if (m_.state.paused() && chance(50))
                (void)m_.state.resume();
            else if (chance(10))
                end_connection();
        }
    }

    // ---- what happens

    call_spec any_call()
    {
        static std::string const extended_verbs[] = {"rows", "rows", "rows", "select", "select",
            "none", "none", "fail-rows", "fail-parse", "fail-describe", "fail-bind", "fail-execute",
            "fail-sync", "notice", "empty"};
        std::string const name = "c" + std::to_string(++last_call_);
        std::string verb = extended_verbs[choose_(std::size(extended_verbs))];
        if (chance(3)) {
            static std::string const rare[] = {
                "copy-in", "copy-out", "copy-out", "deallocate", "alter", "alter"};
            verb = rare[choose_(std::size(rare))];
            deallocated_ = deallocated_ || verb == "deallocate";
            altered_ = altered_ || verb == "alter";
            copied_ = copied_ || verb == "copy-in";
        } else if (chance(1)) {
            verb = "fatal";
        } else if (lazies_ && chance(2)) { // behind our back
            verb = chance(50) ? "begin" : "commit";
            by_hand_ = true;
        }
        if (streams_ && chance(70))
            verb = chance(60) ? "select" : "rows";
        call_spec spec;
        if (chance(5)) {
            spec = copying_in(name, (chance(80) ? "copy-in " : "none ") + name, {}, next_owner());
            spec.elements.assign(choose_(6), {name});
            spec.elements_a_turn = 1 + choose_(4);
            if (chance(10))
                spec.bad_element = choose_(spec.elements.size() + 1);
        } else if (chance(5)) {
            spec = simple(name, (chance(80) ? "copy-out " : "none ") + name);
            spec.takes_copy_data = true;
            spec.throws_rows = chance(10);
            if (chance(50)) {
                spec.opens = true;
                spec.pauses = chance(50);
                spec.acquires = next_owner();
            }
        } else if (chance(25)) {
            spec = simple(name, verb + ' ' + name);
            spec.takes_rows = chance(50);
        } else {
            // Few statements, so that they are found in the cache; the parameter tells the calls
            // apart.
            std::string const sql = verb + ' ' + std::to_string(choose_(4)) + " $1";
            spec = chance(40) ? by_name(name, sql, {name}) : extended(name, sql, {name});
            if (chance(3))
                spec.arguments = {};
            if (chance(3))
                spec.arguments = {name, name};
            if (chance(10)) {
                spec = preparing(name, sql);
                prepared_.push_back({name, sql});
                spec.via = top();
                return spec;
            }
            if (chance(20) && !prepared_.empty()) {
                auto const& [statement, its_sql] = prepared_[choose_(prepared_.size())];
                spec.sql = its_sql;
                verb = model_server::verb(its_sql);
                spec.uses = statement;
            }
            spec.throws_rows = chance(3);
            spec.throws_columns = chance(3);
            spec.keeps_blocks = chance(30);
            if (spec.arguments.size() == 1 && chance(20)) {
                spec.ranged = true;
                spec.acquires = next_owner();
                spec.elements.assign(choose_(6), spec.arguments);
                spec.elements_a_turn = 1 + choose_(4);
                if (chance(10))
                    spec.bad_element = choose_(spec.elements.size() + 1);
            } else if ((verb == "rows" || verb == "select") && chance(streams_ ? 90 : 15)) {
                spec.opens = true;
                spec.pauses = chance(70);
                spec.acquires = next_owner();
            }
        }
        spec.via = top();
        if (chance(5))
            spec.via = choose_(last_owner_ + 1);
        if (chance(!spec.opens ? 15 : streams_ ? 90 : 50))
            server_.slow.insert(spec.sql);
        return spec;
    }

    /// Statements that go together.
    call_spec any_group()
    {
        call_spec spec = together({}, {}, chance(50));
        for (int tries = 0; spec.parts.size() < 1 + choose_(4); ++tries) {
            call_spec part = any_call();
            if (!part.prepares.empty())
                prepared_.pop_back();
            if (tries >= 20) // the choices may have come to an end: then all are alike
                part = extended(part.name, "rows 0 $1", {part.name});
            if (part.how == pgcoro::request::protocol::extended && part.acquires == 0 &&
                part.prepares.empty())
                spec.parts.push_back(std::move(part));
        }
        spec.name = "c" + std::to_string(++last_call_);
        spec.via = top();
        if (chance(5))
            spec.via = choose_(last_owner_ + 1);
        return spec;
    }

    void begin_or_end()
    {
        call_spec spec = simple("c" + std::to_string(++last_call_), {});
        std::size_t const depth = m_.state.owners().depth();
        std::size_t const transaction = open_transaction();
        spec.via = top();
        if (depth == 0 || (depth < 3 && chance(30))) {
            bool const outer = depth == 0;
            spec.sql = (outer ? "begin " : "savepoint ") + spec.name;
            spec.undo = (outer ? "rollback " : "undo ") + spec.name;
            spec.acquires = next_owner();
            spec.begins_late = outer && chance(lazies_ ? 80 : 10);
            has_lazy_ = has_lazy_ || spec.begins_late;
            if (outer && chance(8))
                server_.refused_begins.insert(spec.sql);
        } else {
            bool const commits = chance(50);
            bool const all = chance(20); // as a pool does with what its user leaves
            bool const outer = depth == 1 || all;
            spec.rolls_back = all || !commits;
            spec.sql = (spec.rolls_back ? (outer ? "rollback " : "undo ")
                           : outer      ? "commit "
                                        : "release ") +
                       spec.name;
            if (all)
                m_.state.release_all_owners();
            spec.via = spec.releases = top();
            spec.never_withdraw = true;
            spec.must_end_idle = outer && spec.rolls_back;
            spec.ends_unbegun = spec.rolls_back || !chance(10); // else as PREPARE TRANSACTION
        }
        if (chance(15))
            server_.slow.insert(spec.sql);
        start(std::move(spec), transaction);
    }

    /// As its destructor does.
    void drop_transaction()
    {
        std::uint64_t const id = top();
        for (auto const& each : calls_) {
            std::string const verb = model_server::verb(each.spec.sql);
            if (id == 0 || each.spec.acquires != id || (verb != "begin" && verb != "savepoint"))
                continue;
            bool const outer = verb == "begin";
            std::size_t const transaction = open_transaction();
            std::string const name = "c" + std::to_string(++last_call_);
            call_spec undo = simple(name, (outer ? "rollback " : "undo ") + name);
            undo.via = undo.releases = id;
            undo.rolls_back = undo.ends_unbegun = true;
            undo.must_end_idle = outer;
            start(std::move(undo), transaction);
            calls_.back().nobodys = true;
            return;
        }
    }

    /// The place of its BEGIN, from 1; 0 if there is none.
    [[nodiscard]] std::size_t open_transaction() const
    {
        return outer_ != 0 &&
                       m_.state.owners().holds(pgcoro::owner_id{calls_[outer_ - 1].spec.acquires})
                   ? outer_
                   : 0;
    }

    /// Nobody else makes calls through it. (Here they are made earlier, and through streams, too.)
    [[nodiscard]] bool is_known_open(std::uint64_t via) const
    {
        for (std::size_t i = calls_.size(); i-- != 0 && via != 0;) {
            call_spec const& each = calls_[i].spec;
            if (each.acquires != via)
                continue;
            record const& got = m_[each.name];
            bool const begun = each.begins_late || (got.finished != 0 && !got.error);
            if (each.undo.empty() || !begun)
                return false;
            via = each.via;
        }
        return via == 0;
    }

    void start(call_spec spec) { start(std::move(spec), open_transaction()); }
    void start(call_spec spec, std::size_t transaction)
    {
        started& added = calls_.emplace_back();
        std::size_t const place = calls_.size();
        added.admissible = !m_.state.closed() && !said_goodbye_ && spec.via == top();
        added.stream = spec.opens ? spec.acquires : 0;
        added.spec = std::move(spec);
        if (added.admissible && added.spec.acquires != 0 &&
            model_server::verb(added.spec.sql) == "begin" && !added.spec.undo.empty())
            outer_ = transaction = place;
        added.transaction = transaction;
        added.known_open = added.admissible && is_known_open(added.spec.via);
        started const made = added;
        for (call_spec const& part : made.spec.parts) {
            calls_.push_back(made);
            calls_.back().spec = part;
            calls_.back().group = place;
        }
        m_.start(made.spec);
    }

    void write(std::size_t most)
    {
        if (m_.state.may_gather()) // then the driver does not write, either
            return;
        if (!cancelling_ && m_.state.may_cancel() && chance(80))
            cancel();
        // While a request to cancel is under way nothing is written but the victim's own.
        if (cancelling_) {
            if (m_.state.output().empty())
                m_.state.feed();
            bool const there = m_.state.answered() == victim_;
            most = std::min(most, there ? m_.state.unsent_of_head() : 0);
        }
        std::string const sent = m_.take(most);
        if (!server_.gone)
            server_.receive(sent);
    }

    void read(std::size_t most)
    {
        std::size_t const count = std::min(most, server_.output.size());
        if (count != 0) {
            std::size_t const taken = m_.feed(std::string_view{server_.output}.substr(0, count));
            server_.output.erase(0, taken);
        } else if (server_.gone && !m_.state.closed()) {
            m_.end();
        }
    }

    /// As drain_watch does it, at its own pace: output is held, the request is sent, arrives, its
    /// connection ends.
    void cancel()
    {
        if (m_.state.closed())
            return;
        if (!cancelling_) {
            if (!m_.state.may_cancel())
                return;
            cancelling_ = true;
            victim_ = m_.state.answered();
            request_ = 0;
        } else if (request_ == 1) {
            request_ = 2;
            request_arrives();
        } else if (m_.state.answered() != victim_) {
            cancelling_ = false;
        } else if (request_ == 0) {
            request_ = 1;
            m_.state.cancels_head();
        } else {
            request_ = 0; // it came too early: again
        }
    }

    void request_arrives()
    {
        started const* const stream = open_stream();
        if (stream != nullptr && server_.status == 'T')
            server_.must_roll_back = true;
        else if (stream != nullptr && model_server::verb(server_.blocked()) == "rows")
            undone_ = stream->spec.name;
        server_.cancel();
    }

    [[nodiscard]] bool stream_owns()
    {
        for (auto const& each : calls_)
            if (each.stream != 0 && each.stream == top())
                return true;
        return false;
    }

    /// That the server is running, if it is one.
    [[nodiscard]] started const* open_stream() const
    {
        for (auto const& each : calls_)
            if (each.stream != 0 && m_[each.spec.name].columns_seen != 0 &&
                m_[each.spec.name].finished == 0 && each.spec.sql == server_.blocked() &&
                (each.spec.takes_copy_data || each.spec.name == server_.blocked_values()))
                return &each;
        return nullptr;
    }

    /// A call over a range can be cancelled wherever it waits, as long as nothing else is written,
    /// and so can a stream that only reads.
    [[nodiscard]] bool must_be_cancelled() const
    {
        if (said_goodbye_ || !m_.state.drains() || m_.state.in_flight() != 1)
            return false;
        if (open_stream() != nullptr && server_.status == 'I' &&
            model_server::verb(server_.blocked()) != "rows")
            return true;
        for (auto const& each : calls_)
            if (each.left && each.spec.ranged && each.spec.sql == server_.blocked() &&
                m_[each.spec.name].finished == 0)
                return true;
        return false;
    }

    void close_prepared()
    {
        if (prepared_.empty())
            return;
        auto const& name = prepared_[choose_(prepared_.size())].first;
        m_.state.close_statement(*m_.statements.at(name));
    }

    void leave_one()
    {
        if (calls_.empty())
            return;
        std::size_t place = calls_.size() - 1 - choose_(std::min<std::size_t>(calls_.size(), 8));
        if (calls_[place].group != 0)
            place = calls_[place].group - 1;
        if (started const* const stream = open_stream(); stream != nullptr && chance(70))
            place = static_cast<std::size_t>(stream - calls_.data());
        started& one = calls_[place];
        bool const ended =
            !one.spec.undo.empty() && !m_.state.owners().holds(pgcoro::owner_id{one.spec.acquires});
        if (one.nobodys || ended)
            return;
        bool const only_unwritten = chance(30);
        bool const paused = m_.state.paused();
        if (m_.abandon(one.spec.name, only_unwritten)) {
            one.left = true;
            for (auto& each : calls_)
                if (each.group != 0 && &calls_[each.group - 1] == &one)
                    each.left = true;
        }
        if (one.stream != 0 && one.left) { // as a stream that is dropped does
            m_.release_owner(one.stream);
            if (paused)
                (void)m_.state.resume();
        }
    }

    void release_finished_streams()
    {
        for (auto const& each : calls_)
            if (each.stream != 0 && m_[each.spec.name].finished != 0)
                m_.release_owner(each.stream);
    }

    void end_connection()
    {
        if (chance(50)) {
            said_goodbye_ = true;
            m_.state.say_goodbye();
            if (cancelling_) // the driver does not wait
                m_.state.lose(std::make_exception_ptr(pgcoro::connection_lost{"closed"}));
            m_.tell();
        } else {
            killed_ = server_.gone = true;
        }
    }

    /// Everything is let through.
    std::string drain()
    {
        for (int rounds = 0; rounds < 100'000; ++rounds) {
            bool const moves = !m_.state.output().empty() || m_.state.feeding() ||
                               !server_.output.empty() || m_.state.paused() || cancelling_ ||
                               (!server_.blocked().empty() && !server_.gone) ||
                               (server_.gone && !m_.state.closed());
            if (m_.state.closed() || !moves)
                return m_.state.closed() || m_.state.quiet() ? "" : "it hangs";
            write(std::size_t(-1));
            if (must_be_cancelled() && !cancelling_ && !m_.state.may_cancel())
                return server_.blocked() + " can't be cancelled";
            cancel();
            if (!cancelling_)
                server_.wake();
            (void)m_.state.resume();
            read(std::size_t(-1));
            release_finished_streams();
        }
        return "it goes on for ever";
    }

    // ---- what must hold

    [[nodiscard]] bool may_close() const
    {
        if (is_a<pgcoro::protocol_error>(m_.state.closed()))
            return false;
        return killed_ || server_.gone || copied_ || said_goodbye_;
    }

    std::string judge_quiet() const
    {
        if (!server_.clean())
            return "half a message was written";
        if (static_cast<char>(m_.state.status()) != server_.status)
            return "the status is another one";
        if (server_.unknown_statements != 0 && !deallocated_)
            return "a statement was used that the server does not know";
        if (server_.unexpected_in_copy != 0 && !said_goodbye_)
            return "calls were written behind a refused COPY";
        if (server_.spoilt != 0)
            return "a stream was cancelled whose transaction went on";
        if (!undone_.empty())
            return undone_ + " may have changed something, and was cancelled when it was dropped";
        if (server_.status != 'I' && m_.state.owners().depth() == 0 && !by_hand_ && !said_goodbye_)
            return "nobody's transaction was left open";
        return {};
    }

    std::string judge(started const& call) const
    {
        record const& got = m_[call.spec.name];
        std::string const& sql = call.spec.sql;
        std::string const verb = model_server::verb(sql);
        bool const by_message = call.spec.how == pgcoro::request::protocol::extended;
        std::string const said = text_of(got.error);
        if (got.finished != 1)
            return "not finished";
        if (!got.intact())
            return "bytes that it keeps were overwritten";
        if (said.find("cancelled: ") != std::string::npos && !call.left)
            return "was cancelled in place of another";
        if (said.find("cancelled: ") != std::string::npos &&
            (call.spec.never_withdraw || !call.spec.undo.empty()))
            return "begins or ends a transaction, and was cancelled";

        if (!call.spec.parts.empty())
            return judge_group(call, got.error);
        if (call.group != 0) {
            call_spec const& group = calls_[call.group - 1].spec;
            if (m_[group.name].error)
                return got.error ? judge_rows(call, got) : "went well without its group";
            if (got.error && !group.each_alone)
                return "failed without its group";
        }

        bool const copies = !by_message && (call.spec.ranged || call.spec.takes_copy_data);
        if (copies) {
            if (!call.admissible)
                return got.error && got.rows.empty() && got.tags.empty() ? "" : "was admitted";
            for (auto const& each : got.rows)
                if (each != sql)
                    return "got the data " + each;
            if (said_goodbye_)
                return {}; // it may not have come to copying at all
            if (!got.error && call.spec.bad_element < call.spec.elements.size())
                return "went well with bad data";
            if (!got.error && call.spec.ranged && verb != "copy-in")
                return "copied nowhere";
            if (is_a<pgcoro::copy_refused>(got.error))
                return verb == "none" ? "" : "refuses COPY";
            if (is_a<pgcoro::encode_error>(got.error))
                return call.spec.bad_element < call.spec.elements.size() ? "" : said;
            if (is_a<pgcoro::server_error>(got.error) && !m_.state.closed())
                return said.find("failed: " + sql) != std::string::npos ||
                               said.find("cancelled: " + sql) != std::string::npos ||
                               is_of_begin(call, said)
                           ? ""
                           : said;
            if (is_a<pgcoro::transaction_lost>(got.error))
                return call.spec.acquires != 0 || never_begun(call) ? "" : said;
            if (got.error && said.ends_with("() of " + call.spec.name))
                return call.spec.throws_rows ? "" : said;
            bool const gone =
                is_a<left_by_test>(got.error) ? call.left : m_.state.closed() || said_goodbye_;
            return !got.error || gone ? "" : said;
        }

        // Its rows are its own, whatever else happened.
        if (std::string problem = judge_rows(call, got); !problem.empty())
            return problem;
        if (!call.admissible)
            return got.error && got.rows.empty() && got.tags.empty() ? "" : "was admitted";
        std::size_t const runs = !call.spec.prepares.empty() ? 0
                                 : call.spec.ranged          ? call.spec.elements.size()
                                                             : 1;
        bool const fails_late = verb == "fail-rows" || verb == "fail-execute" ||
                                verb == "copy-in" || verb == "copy-out" || verb == "fatal" ||
                                verb == "fail-sync" || verb == "fail-bind";
        if (!got.error && runs == 0 && fails_late)
            return got.tags.empty() && got.rows.empty() ? "" : "did something for nothing";
        if (!got.error) {
            if (verb == "fail-rows" || verb == "fail-parse" || verb == "fail-execute" ||
                verb == "fail-sync" || verb == "copy-in" || verb == "copy-out" || verb == "fatal" ||
                (by_message && (verb == "fail-describe" || verb == "fail-bind")))
                return "went well";
            if (by_message && runs != 0 && call.spec.arguments.size() != 1)
                return "went well without its argument";
            if (call.spec.bad_element < runs)
                return "went well with a bad element";
            bool const gives_rows = verb == "rows" || verb == "select";
            std::size_t const rows =
                (by_message || call.spec.takes_rows) && gives_rows ? runs * (sql.size() % 4) : 0;
            if (got.rows.size() != rows && !call.left)
                return "has " + std::to_string(got.rows.size()) + " rows";
            if (got.tags.empty() && (lazy(call) != nullptr || is_stray(call)) &&
                (call.spec.ends_unbegun || call.spec.rolls_back))
                return {}; // see judge_transactions()
            if (got.tags.size() != (verb == "empty" || call.spec.begins_late ? 0 : runs))
                return "has " + std::to_string(got.tags.size()) + " tags";
            return {};
        }
        if (is_a<left_by_test>(got.error))
            return call.left && (got.tags.empty() || runs > 1) ? "" : "was thought to be left";
        return judge_error(call, got.error);
    }

    static std::string judge_rows(started const& call, record const& got)
    {
        bool const simple = call.spec.how == pgcoro::request::protocol::simple;
        std::string const row = call.spec.sql + '|' + (simple ? "" : call.spec.name);
        for (auto const& each : got.rows)
            if (each != row)
                return "got the row " + each;
        for (auto const& each : got.tags)
            if (each != call.spec.sql)
                return "got the tag " + each;
        return {};
    }

    /// Its error is one of its parts'.
    std::string judge_group(started const& call, std::exception_ptr const& error) const
    {
        if (!call.admissible)
            return error ? "" : "was admitted";
        if (!error)
            return {};
        if (is_a<left_by_test>(error))
            return call.left ? "" : "was thought to be left";
        if (is_of_begin(call, text_of(error)) ||
            (is_a<pgcoro::transaction_lost>(error) && never_begun(call)))
            return {};
        if (call.spec.each_alone && !is_a<pgcoro::connection_lost>(error))
            return text_of(error);
        std::string problem;
        for (auto const& each : calls_) {
            if (each.group == 0 || calls_[each.group - 1].spec.name != call.spec.name)
                continue;
            problem = judge_error(each, error);
            if (problem.empty())
                return {};
        }
        return problem;
    }

    std::string judge_error(started const& call, std::exception_ptr const& error) const
    {
        std::string const& sql = call.spec.sql;
        std::string const verb = model_server::verb(sql);
        std::string const said = text_of(error);
        std::size_t const runs = call.spec.ranged ? call.spec.elements.size() : 1;
        if (is_a<pgcoro::copy_refused>(error))
            return verb == "copy-in" || verb == "copy-out" ? "" : "refuses COPY";
        if (is_a<pgcoro::connection_lost>(error))
            return m_.state.closed() || said_goodbye_ ? "" : said;
        if (is_a<pgcoro::transaction_lost>(error)) // its owner was released under way
            return call.spec.acquires != 0 || never_begun(call) ? "" : said;
        if (is_a<pgcoro::encode_error>(error))
            return call.spec.arguments.size() != 1 || call.spec.bad_element < runs ? "" : said;
        if (is_a<pgcoro::server_error>(error)) {
            bool const its_own = said.find("failed: " + sql) != std::string::npos ||
                                 said.find("cancelled: " + sql) != std::string::npos ||
                                 is_of_begin(call, said) || verb == "fatal" ||
                                 (deallocated_ && said.starts_with("unknown statement")) ||
                                 (altered_ && said.starts_with("cached plan"));
            return its_own ? "" : "got another's error: " + said;
        }
        if (said.ends_with("() of " + call.spec.name))
            return call.spec.throws_rows || call.spec.throws_columns ? "" : said;
        return said;
    }

    /// The BEGIN of its transaction if that was to leave with the first statement, else null.
    [[nodiscard]] started const* lazy(started const& call) const
    {
        if (call.transaction == 0 || !calls_[call.transaction - 1].spec.begins_late)
            return nullptr;
        return &calls_[call.transaction - 1];
    }
    /// Made through what is not there yet, or never will be: it may be taken for one of the
    /// transaction that waits before it.
    [[nodiscard]] bool is_stray(started const& call) const { return has_lazy_ && !call.known_open; }
    /// Its lazy transaction did not come to be, or was ended behind our back.
    [[nodiscard]] bool never_begun(started const& call) const
    {
        started const* const begin = lazy(call);
        return begin == nullptr ? is_stray(call)
                                : by_hand_ || !server_.begun.contains(begin->spec.name);
    }
    [[nodiscard]] bool is_of_begin(started const& call, std::string const& error) const
    {
        started const* const begin = lazy(call);
        std::string const sql = begin != nullptr ? begin->spec.sql : "begin ";
        return (begin != nullptr || is_stray(call)) &&
               (error.find("failed: " + sql) != std::string::npos ||
                   error.find("cancelled: " + sql) != std::string::npos);
    }

    std::string judge_transactions() const
    {
        if (server_.unexpected_in_copy != 0) // the end of a transaction may be among that
            return {};
        // A statement runs in its own transaction, and in no other one.
        for (auto const& each : server_.ran) {
            started const* call = nullptr;
            started const* around = nullptr;
            for (auto const& one : calls_) {
                if (one.spec.name == each.by)
                    call = &one;
                if (one.spec.name == each.within)
                    around = &one;
            }
            if (call == nullptr)
                return each.by + " was never started";
            std::string const own =
                call->transaction == 0 ? "" : calls_[call->transaction - 1].spec.name;
            bool const by_hand = around != nullptr && around->spec.undo.empty();
            bool const undoes = each.verb == "rollback" || each.verb == "undo";
            bool const of_pool = undoes && call->spec.via == 0;
            if (each.within == own || !call->known_open ||
                (by_hand && (lazy(*call) == nullptr || of_pool || server_.begun.contains(own))) ||
                (undoes && !call->spec.undo.empty()) || // of a BEGIN whose caller has left
                (each.within.empty() && (undoes || by_hand_)))
                continue;
            return each.by + " of transaction '" + own + "' (" + each.verb + ") ran in '" +
                   each.within + "'";
        }
        for (auto const& each : calls_) {
            started const* const begin = lazy(each);
            if (begin == nullptr || each.spec.releases == 0 || !each.admissible ||
                each.spec.releases != begin->spec.acquires)
                continue;
            if (std::string problem = judge_end(each, *begin); !problem.empty())
                return each.spec.name + " (" + each.spec.sql + "): " + problem;
        }
        return {};
    }

    /// What a lazy transaction's end says must be so.
    std::string judge_end(started const& end, started const& begin) const
    {
        record const& got = m_[end.spec.name];
        auto const at = server_.begun.find(begin.spec.name);
        bool const committed = at != server_.begun.end() && at->second;
        bool const lost = is_a<pgcoro::connection_lost>(got.error);
        if (end.spec.rolls_back) {
            if (committed && !by_hand_)
                return "was committed";
            return got.error && !lost ? "does not succeed: " + text_of(got.error) : "";
        }
        if (by_hand_)
            return {};
        if (committed && got.error && !lost)
            return "was committed: " + text_of(got.error);
        bool const unbegun = !got.error && got.tags.empty();
        if (unbegun && at != server_.begun.end())
            return "ends nothing, but it had begun";
        if (!committed && !unbegun)
            return {};
        for (auto const& each : server_.ran) // then a failure may have been undone
            if (each.verb == "undo" && each.within == begin.spec.name)
                return {};
        for (auto const& each : calls_) {
            if (each.transaction != end.transaction || !each.admissible)
                continue;
            std::exception_ptr const& error = m_[each.spec.name].error;
            if (is_a<pgcoro::server_error>(error) ||
                (is_a<pgcoro::transaction_lost>(error) && each.spec.acquires == 0))
                return "went well, but not " + each.spec.name + ": " + text_of(error);
        }
        return {};
    }

    /// Those that ran, ran in the order in which they were started.
    std::string judge_order() const
    {
        std::uint64_t last = 0;
        for (auto const& each : calls_) {
            record const& got = m_[each.spec.name];
            bool const ran = !got.tags.empty();
            if (!ran || got.error)
                continue;
            if (got.turn < last)
                return each.spec.name + " finished out of turn";
            last = got.turn;
        }
        return {};
    }

    /// What the cache has forgotten is closed on the server: by the time that all statements in it
    /// are new, only the last one evicted may be left.
    std::string judge_cache()
    {
        while (m_.state.owners().depth() != 0)
            m_.release_owner(top());
        for (auto const& [name, which] : m_.statements)
            m_.state.close_statement(*which);
        std::size_t const first = calls_.size();
        start(simple("end", "rollback end"));
        for (std::size_t i = 0; i < settings_.statement_cache_size + 2; ++i) {
            std::string const name = "new" + std::to_string(i);
            start(extended(name, "rows " + name + " $1", {name}));
            if (std::string problem = drain(); !problem.empty())
                return problem;
        }
        for (std::size_t i = first; i < calls_.size(); ++i)
            if (m_[calls_[i].spec.name].error)
                return "at last: " + text_of(m_[calls_[i].spec.name].error);
        server_.statements.erase("");
        std::size_t const most =
            settings_.statement_cache_size == 0 ? 0 : settings_.statement_cache_size + 1;
        if (server_.statements.size() > most)
            return "the server keeps " + std::to_string(server_.statements.size()) + " statements";
        return {};
    }

    [[nodiscard]] std::uint64_t top()
    {
        return static_cast<std::uint64_t>(m_.state.owners().top());
    }
    [[nodiscard]] std::uint64_t next_owner() { return ++last_owner_; }

    std::function<std::size_t(std::size_t)> choose_;
    pgcoro::session_settings settings_;
    machine m_;
    model_server server_;
    std::vector<started> calls_;
    std::vector<std::pair<std::string, std::string>> prepared_; // their names and SQL
    std::size_t last_call_ = 0;
    std::uint64_t last_owner_ = 0;
    bool cancelling_ = false;
    std::uint64_t victim_ = 0; // session::answered() while it is at the head
    int request_ = 0;          // 1: it was sent, 2: it has arrived
    std::string undone_;
    std::size_t outer_ = 0; // the place of the last transaction's BEGIN, from 1
    bool streams_;          // there are many
    bool lazies_;           // so there are
    bool has_lazy_ = false; // there was one
    bool by_hand_ = false;  // a transaction may have been begun or ended behind our back
    bool deallocated_ = false;
    bool altered_ = false;
    bool copied_ = false;
    bool killed_ = false;
    bool said_goodbye_ = false;
};
