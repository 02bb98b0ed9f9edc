#pragma once

// A server in memory: it answers what a client writes as PostgreSQL would, for statements of its
// own small language. The words of a statement: what it does, then its number, which comes back in
// the row, the tag or the error; `$1`, `$2`… are its parameters, which come back in the row too.

#include "backend.hpp"
#include "frontend.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

class model_server
{
public:
    std::map<std::string, std::string> statements; ///< by name
    std::set<std::string> outdated;                ///< their tables were changed
    std::string output;                            ///< not yet read by the client
    char status = 'I';
    bool gone = false;           ///< it has said FATAL, or got Terminate
    int unknown_statements = 0;  ///< Binds and Describes of names that it doesn't know
    int unexpected_in_copy = 0;  ///< messages that it took for broken data
    int spoilt = 0;              ///< statements of a transaction that had to be rolled back
    bool must_roll_back = false; ///< that is what comes next
    std::set<std::string> slow;  ///< statements that wait for a lock when half of them is done
    std::set<std::string> refused_begins;
    /// What was executed without an error: by whom, and in whose transaction; "" is in none. Who
    /// runs a statement, or begins a transaction, is told by the parameters, else by the last word.
    struct execution
    {
        std::string verb;
        std::string by;
        std::string within;
    };
    std::vector<execution> ran;
    std::map<std::string, bool> begun; ///< whether the transaction was committed

    void receive(std::string_view bytes)
    {
        reader_.add(bytes);
        go_on();
    }

    /// What it is running waits for a lock: nothing is read until wake() or cancel(). The
    /// statement; or empty.
    [[nodiscard]] std::string const& blocked() const noexcept { return blocked_; }
    [[nodiscard]] std::string const& blocked_values() const noexcept { return blocked_values_; }
    void wake()
    {
        if (blocked_.empty() || gone)
            return;
        std::string const sql = std::exchange(blocked_, {});
        finish(sql, blocked_values_);
        end_blocked();
    }
    /// A request to cancel arrives: it hits whatever is run; who waits for data hears of it behind
    /// the next message, and who waits for a statement not at all.
    void cancel()
    {
        if (copying_)
            cancelled_ = true;
        if (blocked_.empty() || gone)
            return;
        fail("57014", "cancelled: " + std::exchange(blocked_, {}));
        end_blocked();
    }
    /// No message is half there.
    [[nodiscard]] bool clean() const { return reader_.clean(); }

    [[nodiscard]] static std::size_t parameter_count(std::string_view sql)
    {
        std::size_t count = 0;
        for (char const c : sql)
            count += c == '$';
        return count;
    }
    [[nodiscard]] static std::string verb(std::string_view sql)
    {
        return std::string{sql.substr(0, sql.find(' '))};
    }

private:
    using message = frontend::message;

    void say(std::string const& bytes) { output += bytes; }

    void go_on()
    {
        while (!gone && blocked_.empty()) {
            auto const received = reader_.next();
            if (!received)
                return;
            handle(*received);
        }
    }
    void end_blocked()
    {
        if (simple_)
            end_query();
        go_on();
    }

    void fail(std::string_view code, std::string const& text)
    {
        say(backend::error_response(code, text));
        skipping_ = true;
        if (status == 'T')
            status = 'E';
    }
    void fail_for(std::string_view code, std::string const& sql) { fail(code, "failed: " + sql); }
    void ready()
    {
        say(backend::ready(status));
        skipping_ = false;
    }

    void handle(message const& each)
    {
        if (copying_) {
            if (std::exchange(cancelled_, false)) {
                copying_ = false;
                fail("57014", "cancelled: " + sql_);
                if (simple_)
                    ready();
                return;
            }
            if (each.type == 'S')
                return; // as PostgreSQL does
            if (each.type == 'd') {
                copied_ += each.body;
                return;
            }
            copying_ = false;
            if (each.type == 'c') {
                note(sql_, {});
                say(backend::complete(sql_));
                if (simple_)
                    ready();
                return;
            }
            if (each.type != 'f')
                ++unexpected_in_copy;
            fail("57014", "COPY from stdin failed");
            if (simple_)
                ready();
            return;
        }
        if (each.type == 'X') {
            gone = true;
            return;
        }
        if (each.type == 'S') {
            if (deferred_ && !skipping_)
                fail_for("23503", *deferred_);
            deferred_.reset();
            ready();
            return;
        }
        if (skipping_ || each.type == 'd' || each.type == 'c' || each.type == 'f')
            return; // what is left of a COPY that has failed
        simple_ = each.type == 'Q';
        if (std::exchange(must_roll_back, false) && verb(each.body) != "rollback" &&
            verb(each.body) != "undo")
            ++spoilt;
        switch (each.type) {
        case 'Q':
            query(each.body);
            break;
        case 'P':
            parse(each);
            break;
        case 'D':
            describe(each.name);
            break;
        case 'B':
            bind(each);
            break;
        case 'E':
            if (!each.name.empty())
                fail("34000", "no portal " + each.name);
            else
                execute(portal_, values_, true);
            break;
        case 'C':
            statements.erase(each.name);
            say(backend::close_complete());
            break;
        default:
            throw std::logic_error{"the model does not know " + each.text()};
        }
    }

    void query(std::string const& sql)
    {
        statements.erase("");
        if (verb(sql) == "fail-parse")
            fail_for("42601", sql);
        else if (refused(sql))
            fail_for("25P02", sql);
        else
            execute(sql, {}, false);
        if (blocked_.empty())
            end_query();
    }

    void end_query()
    {
        if (deferred_ && !skipping_)
            fail_for("23503", *deferred_);
        deferred_.reset();
        if (!copying_ && !gone)
            ready();
    }

    /// A transaction that has failed takes nothing but its end.
    [[nodiscard]] bool refused(std::string const& sql) const
    {
        return status == 'E' && verb(sql) != "rollback" && verb(sql) != "undo" &&
               verb(sql) != "commit";
    }

    void parse(message const& each)
    {
        if (verb(each.body) == "fail-parse")
            return fail_for("42601", each.body);
        if (refused(each.body))
            return fail_for("25P02", each.body);
        if (!each.name.empty() && statements.contains(each.name))
            return fail_for("42P05", each.body);
        statements[each.name] = each.body;
        outdated.erase(each.name);
        say(backend::parse_complete());
    }

    void describe(std::string const& name)
    {
        auto const found = statements.find(name);
        if (found == statements.end()) {
            ++unknown_statements;
            return fail("26000", "unknown statement " + name);
        }
        std::string const& sql = found->second;
        if (verb(sql) == "fail-describe")
            return fail_for("57014", sql);
        say(backend::parameters(std::vector<std::uint32_t>(parameter_count(sql), 25)));
        bool const rows = verb(sql) == "rows" || verb(sql) == "select" || verb(sql) == "fail-rows";
        say(rows ? backend::columns({"sql", "values"}) : backend::no_data());
    }

    void bind(message const& each)
    {
        auto const found = statements.find(each.name);
        if (found == statements.end()) {
            ++unknown_statements;
            return fail("26000", "unknown statement " + each.name);
        }
        portal_ = found->second;
        if (refused(portal_))
            return fail_for("25P02", portal_);
        if (outdated.contains(each.name))
            return fail("0A000", "cached plan must not change result type");
        if (each.values.size() != parameter_count(portal_))
            return fail_for("08P01", portal_);
        if (verb(portal_) == "fail-bind")
            return fail_for("22P02", portal_);
        values_.clear();
        for (auto const& value : each.values)
            values_ += (values_.empty() ? "" : ",") + value.value_or("NULL");
        say(backend::bind_complete());
    }

    void execute(std::string const& sql, std::string const& values, bool described)
    {
        std::string const what = verb(sql);
        told_ = 0;
        if ((what == "rows" || what == "select" || what == "fail-rows") && !described)
            say(backend::columns({"sql", "values"}));
        if (what == "copy-out")
            say(backend::copy_out() + backend::copy_data(sql));
        if (!slow.contains(sql))
            return finish(sql, values);
        if (what == "rows" || what == "select")
            tell_rows(sql, values, row_count(sql) / 2);
        blocked_ = sql;
        blocked_values_ = values;
    }

    /// A number of rows that follows from the statement.
    static std::size_t row_count(std::string const& sql) { return sql.size() % 4; }
    void tell_rows(std::string const& sql, std::string const& values, std::size_t up_to)
    {
        for (; told_ < up_to; ++told_)
            say(backend::row({sql, values}));
    }

    void finish(std::string const& sql, std::string const& values)
    {
        std::string const what = verb(sql);
        if (what == "rows" || what == "select" || what == "fail-rows") {
            tell_rows(sql, values, row_count(sql));
            if (what == "fail-rows")
                return fail_for("22012", sql);
            note(sql, values);
            return say(backend::complete(sql));
        }
        if (refused_begins.contains(sql)) // as with a stale plan, of which there is none
            return fail_for("0A000", sql);
        if (what == "fail-execute")
            return fail_for("22012", sql);
        if (what == "fail-sync")
            deferred_ = sql;
        if (what == "empty")
            return say(backend::empty_query());
        if (what == "deallocate")
            statements.clear();
        if (what == "alter")
            for (auto const& [name, ignored] : statements)
                outdated.insert(name);
        if (what == "copy-in") {
            copying_ = true;
            cancelled_ = false;
            copied_.clear();
            sql_ = sql;
            return say(backend::copy_in());
        }
        if (what == "copy-out") {
            note(sql, values);
            say(backend::copy_done());
            return say(backend::complete(sql));
        }
        if (what == "fatal") {
            say(backend::fatal("57P01", "terminating connection"));
            gone = true;
            return;
        }
        if (what == "begin" && status == 'I') {
            status = 'T';
            transaction_ = who(sql, values);
            begun.emplace(transaction_, false);
        }
        note(sql, values);
        if (what == "commit" || what == "rollback") {
            if (what == "commit" && status == 'T')
                begun[transaction_] = true;
            status = 'I';
            transaction_.clear();
        }
        if (what == "undo" && status == 'E')
            status = 'T';
        if (what == "notice")
            say(backend::notice(sql) + backend::notify("channel", sql) +
                backend::setting("setting", sql));
        say(backend::complete(sql));
    }

    static std::string who(std::string const& sql, std::string const& values)
    {
        return values.empty() ? sql.substr(sql.rfind(' ') + 1) : values;
    }
    void note(std::string const& sql, std::string const& values)
    {
        if (!sql.empty()) // what came behind a broken COPY
            ran.push_back({verb(sql), who(sql, values), transaction_});
    }

    frontend::reader reader_{false};
    std::string transaction_; // who began the one that is open
    std::string portal_;
    std::string values_;
    std::string sql_;                     // of the COPY under way
    std::string copied_;                  // its data
    std::optional<std::string> deferred_; // a statement whose constraint fails at the end
    std::string blocked_;                 // the statement that waits for a lock
    std::string blocked_values_;
    std::size_t told_ = 0;   // of the statement's rows
    bool cancelled_ = false; // while it waits for data
    bool skipping_ = false;  // until Sync, behind an error
    bool copying_ = false;
    bool simple_ = false;
};
