#pragma once

#include "../core/error.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// A step of a plan, and below it those that it takes its rows from.
/// https://www.postgresql.org/docs/current/using-explain.html
struct plan_node
{
    std::string node_type;          ///< "Seq Scan", "Hash Join"…
    std::string relation;           ///< the table that it reads; empty if none
    std::string alias;              ///< as the statement calls it
    std::string index;              ///< the index that it uses; empty if none
    double startup_cost = 0;        ///< until the first row, in the planner's units
    double total_cost = 0;          ///< until the last one
    double plan_rows = 0;           ///< as the planner guesses, of one loop
    std::int64_t width = 0;         ///< bytes of a row, likewise
    bool was_executed = false;      ///< of explain_analyze(): the following are known
    double actual_startup_time = 0; ///< ms, an average of all loops
    double actual_total_time = 0;   ///< ms, likewise
    double actual_rows = 0;         ///< likewise
    double actual_loops = 0;
    /// Whatever else the server says of it: "Filter", "Hash Cond", "Sort Key"…; lists are joined by
    /// commas.
    std::vector<std::pair<std::string, std::string>> details;
    std::vector<plan_node> plans;

    plan_node() {}

    /// A detail; empty if there is none of that name.
    [[nodiscard]] std::string_view detail(std::string_view name) const noexcept
    {
        for (auto const& [each, value] : details)
            if (each == name)
                return value;
        return {};
    }
};

/// What EXPLAIN (FORMAT JSON) says of a statement, read from its text, which raw() gives. Prints
/// much as psql shows a plan.
/// https://www.postgresql.org/docs/current/sql-explain.html
class query_plan
{
public:
    query_plan() {}
    /// Throws decode_error if it is no such text.
    explicit query_plan(std::string json);

    [[nodiscard]] plan_node const& root() const noexcept { return root_; }
    /// Milliseconds; nothing if the server did not say.
    [[nodiscard]] std::optional<double> planning_time() const noexcept { return planning_; }
    [[nodiscard]] std::optional<double> execution_time() const noexcept { return execution_; }
    /// The JSON text.
    [[nodiscard]] std::string const& raw() const noexcept { return raw_; }

    [[nodiscard]] std::string to_string() const;
    friend std::ostream& operator<<(std::ostream& out, query_plan const& plan)
    {
        return out << plan.to_string();
    }

private:
    class reader;

    std::string raw_;
    plan_node root_;
    std::optional<double> planning_;
    std::optional<double> execution_;
};

/// As much of JSON as is needed here. https://www.rfc-editor.org/rfc/rfc8259
class query_plan::reader
{
public:
    explicit reader(std::string_view text) noexcept : rest_{text} {}

    /// Calls `visit(key)` for each member; it has to read the value.
    template <class Visit>
    void read_object(Visit const& visit)
    {
        nest();
        expect('{');
        for (bool first = true; !take('}'); first = false) {
            if (!first)
                expect(',');
            std::string const key = read_string();
            expect(':');
            visit(key);
        }
        --depth_;
    }
    template <class Visit>
    void read_array(Visit const& visit)
    {
        nest();
        expect('[');
        for (bool first = true; !take(']'); first = false) {
            if (!first)
                expect(',');
            visit();
        }
        --depth_;
    }

    [[nodiscard]] std::string read_string()
    {
        expect('"');
        std::string text;
        for (;;) {
            char const c = next();
            if (c == '"')
                return text;
            if (c != '\\')
                text += c;
            else
                read_escape(text);
        }
    }

    [[nodiscard]] double read_number()
    {
        skip_space();
        double value = 0;
        auto const end = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (end.ec != std::errc{})
            fail();
        rest_.remove_prefix(static_cast<std::size_t>(end.ptr - rest_.data()));
        return value;
    }

    /// A value as text: a list's joined; nothing of objects, which are passed over.
    [[nodiscard]] std::string read_any()
    {
        std::string text;
        switch (peek()) {
        case '{':
            read_object([&](std::string const&) { (void)read_any(); });
            break;
        case '[':
            read_array([&] {
                std::string const each = read_any();
                text += text.empty() || each.empty() ? each : ", " + each;
            });
            break;
        case '"':
            return read_string();
        default: {
            std::size_t const size = rest_.find_first_of(",]} \t\r\n");
            if (size == 0 || size == std::string_view::npos)
                fail();
            text = rest_.substr(0, size);
            rest_.remove_prefix(size);
        }
        }
        return text;
    }

    void read_node(plan_node& to)
    {
        read_object([&](std::string const& key) {
            if (key == "Plans")
                read_array([&] { read_node(to.plans.emplace_back()); });
            else if (std::string* const text = text_of(to, key))
                *text = read_string();
            else if (double* const number = number_of(to, key)) {
                *number = read_number();
                to.was_executed = to.was_executed || number == &to.actual_loops;
            } else if (key == "Plan Width")
                to.width = static_cast<std::int64_t>(read_number());
            else if (std::string value = read_any(); !value.empty())
                to.details.emplace_back(key, std::move(value));
        });
    }

    [[nodiscard]] char peek()
    {
        skip_space();
        if (rest_.empty())
            fail();
        return rest_.front();
    }
    void expect_end()
    {
        skip_space();
        if (!rest_.empty())
            fail();
    }
    [[noreturn]] static void fail()
    {
        throw decode_error{"EXPLAIN gave a text that is not a plan in JSON"};
    }

private:
    static std::string* text_of(plan_node& of, std::string_view key) noexcept
    {
        return key == "Node Type"       ? &of.node_type
               : key == "Relation Name" ? &of.relation
               : key == "Alias"         ? &of.alias
               : key == "Index Name"    ? &of.index
                                        : nullptr;
    }
    static double* number_of(plan_node& of, std::string_view key) noexcept
    {
        return key == "Startup Cost"          ? &of.startup_cost
               : key == "Total Cost"          ? &of.total_cost
               : key == "Plan Rows"           ? &of.plan_rows
               : key == "Actual Startup Time" ? &of.actual_startup_time
               : key == "Actual Total Time"   ? &of.actual_total_time
               : key == "Actual Rows"         ? &of.actual_rows
               : key == "Actual Loops"        ? &of.actual_loops
                                              : nullptr;
    }

    void nest()
    {
        if (++depth_ > 1000)
            fail();
    }
    void skip_space() noexcept
    {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    }
    char next()
    {
        if (rest_.empty())
            fail();
        char const c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }
    bool take(char c)
    {
        if (peek() != c)
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c)
    {
        if (!take(c))
            fail();
    }
    /// The server escapes control characters alone, as \u00xx or by a letter.
    void read_escape(std::string& to)
    {
        char const c = next();
        constexpr std::string_view names{"bfnrt"};
        constexpr std::string_view meant{"\b\f\n\r\t"};
        if (std::size_t const at = names.find(c); at != std::string_view::npos) {
            to += meant[at];
        } else if (c == 'u') {
            unsigned code = 0;
            if (rest_.size() < 4 ||
                std::from_chars(rest_.data(), rest_.data() + 4, code, 16).ptr != rest_.data() + 4 ||
                code > 0x7f)
                fail();
            rest_.remove_prefix(4);
            to += static_cast<char>(code);
        } else {
            to += c;
        }
    }

    std::string_view rest_;
    int depth_ = 0;
};

inline query_plan::query_plan(std::string json) : raw_{std::move(json)}
{
    reader from{raw_};
    bool first = true;
    from.read_array([&] {
        if (!std::exchange(first, false)) { // a rule made several statements of it
            (void)from.read_any();
        } else if (from.peek() == '"') { // a command that has no plan
            root_.node_type = from.read_string();
        } else {
            from.read_object([&](std::string const& key) {
                if (key == "Plan")
                    from.read_node(root_);
                else if (key == "Planning Time")
                    planning_ = from.read_number();
                else if (key == "Execution Time")
                    execution_ = from.read_number();
                else
                    (void)from.read_any();
            });
        }
    });
    from.expect_end();
    if (root_.node_type.empty())
        reader::fail();
}

/// With so many digits behind the point.
inline void append_fixed(std::string& to, double value, int digits)
{
    char text[400];
    auto const end =
        std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits).ptr;
    to.append(text, end);
}

inline void append_plan(std::string& to, plan_node const& node, std::size_t depth)
{
    if (depth != 0)
        to.append(depth * 6 - 4, ' ').append("->  ");
    to += node.node_type;
    if (!node.index.empty())
        to.append(" using ").append(node.index);
    if (!node.relation.empty())
        to.append(" on ").append(node.relation);
    if (!node.alias.empty() && node.alias != node.relation)
        to.append(" ").append(node.alias);
    to += "  (cost=";
    append_fixed(to, node.startup_cost, 2);
    to += "..";
    append_fixed(to, node.total_cost, 2);
    to += " rows=";
    append_fixed(to, node.plan_rows, 0);
    to += " width=" + std::to_string(node.width) + ')';
    if (node.was_executed) {
        to += " (actual time=";
        append_fixed(to, node.actual_startup_time, 3);
        to += "..";
        append_fixed(to, node.actual_total_time, 3);
        to += " rows=";
        append_fixed(to, node.actual_rows, 0);
        to += " loops=";
        append_fixed(to, node.actual_loops, 0);
        to += ')';
    }
    to += '\n';
    for (auto const& [name, value] : node.details)
        to.append(depth * 6 + 2, ' ').append(name).append(": ").append(value) += '\n';
    for (plan_node const& each : node.plans)
        append_plan(to, each, depth + 1);
}

inline std::string query_plan::to_string() const
{
    std::string text;
    append_plan(text, root_, 0);
    for (auto const& [name, time] :
        {std::pair{"Planning Time: ", planning_}, std::pair{"Execution Time: ", execution_}}) {
        if (!time)
            continue;
        text += name;
        append_fixed(text, *time, 3);
        text += " ms\n";
    }
    return text;
}

} // namespace pgcoro
