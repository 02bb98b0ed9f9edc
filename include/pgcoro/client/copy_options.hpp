#pragma once

#include "../core/quoting.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// How far a COPY has come.
struct copied
{
    std::uint64_t bytes = 0;           ///< of data
    std::optional<std::uint64_t> rows; ///< if they can be counted; at the end they can
};

/// Hears of it.
using copy_progress = std::function<void(copied const&)>;

/// What COPY is to do, as its own options: `copy_options{}.csv().header().columns("a", "b")`. Say
/// each once: what does not fit together is refused by the server.
/// https://www.postgresql.org/docs/current/sql-copy.html
class copy_options
{
public:
    copy_options() {} // declared: gcc 12 destroys braced aggregates twice within a co_await

    /// The table's schema; else it is found by the search path.
    copy_options& schema(std::string_view name)
    {
        schema_ = name;
        return *this;
    }
    /// Only these columns, in this order.
    template <class... Names>
    copy_options& columns(Names const&... names)
    {
        (add_name(columns_, names), ...);
        return *this;
    }
    copy_options& csv() { return add("FORMAT csv"); }
    copy_options& text() { return add("FORMAT text"); }
    copy_options& binary() { return add("FORMAT binary"); }
    copy_options& delimiter(char value) { return add("DELIMITER ", {&value, 1}); }
    /// What stands for NULL.
    copy_options& null(std::string_view value) { return add("NULL ", value); }
    /// The first line names the columns.
    copy_options& header() { return add("HEADER true"); }
    /// Into the server: the first line must name the columns, in their order. PostgreSQL 15.
    copy_options& header_match() { return add("HEADER MATCH"); }
    copy_options& quote(char value) { return add("QUOTE ", {&value, 1}); }
    copy_options& escape(char value) { return add("ESCAPE ", {&value, 1}); }
    /// Out of the server, CSV: these columns are always in quotes.
    template <class... Names>
    copy_options& force_quote(Names const&... names)
    {
        return add_names("FORCE_QUOTE (", names...);
    }
    copy_options& force_quote_all() { return add("FORCE_QUOTE *"); }
    /// Into the server, CSV: in these columns nothing is an empty text, and not NULL.
    template <class... Names>
    copy_options& force_not_null(Names const&... names)
    {
        return add_names("FORCE_NOT_NULL (", names...);
    }
    /// Into the server, CSV: in these columns the null string means NULL in quotes too.
    template <class... Names>
    copy_options& force_null(Names const&... names)
    {
        return add_names("FORCE_NULL (", names...);
    }
    /// Of the data; the connection's is UTF-8.
    copy_options& encoding(std::string_view name) { return add("ENCODING ", name); }
    /// Into the server: rows as if they had been frozen. Of a table that the same transaction has
    /// made or emptied.
    copy_options& freeze() { return append("FREEZE true"); }
    /// Into the server: only rows for which this SQL condition holds. It becomes part of the
    /// statement as it is.
    copy_options& where(std::string_view condition)
    {
        where_ = condition;
        return *this;
    }

    /// Any other option, as SQL: `option("ON_ERROR ignore")` for PostgreSQL 17.
    copy_options& option(std::string_view sql) { return add(sql); }

    /// Calls `report` as the COPY goes on, and at its end with the rows there were: of copy_in(),
    /// and of copy_out() into a sink. For a range it is called where that is run through, on the
    /// connection's executor; else in the caller's coroutine. What it throws ends the COPY.
    copy_options& progress(copy_progress report)
    {
        progress_ = std::move(report);
        return *this;
    }
    [[nodiscard]] copy_progress const& progress() const noexcept { return progress_; }

    /// The columns as SQL.
    copy_options& column_list(std::string sql)
    {
        columns_ = std::move(sql);
        return *this;
    }
    [[nodiscard]] bool has_columns() const noexcept { return !columns_.empty(); }
    /// Whether they say what the data looks like.
    [[nodiscard]] bool has_format() const noexcept { return formats_; }
    [[nodiscard]] bool has_where() const noexcept { return !where_.empty(); }
    /// The columns as SQL: `"a","b"`.
    [[nodiscard]] std::string const& column_list() const noexcept { return columns_; }
    /// The table as SQL.
    [[nodiscard]] std::string table(std::string_view name) const
    {
        return (schema_.empty() ? "" : quote_identifier(schema_) + '.') + quote_identifier(name);
    }
    [[nodiscard]] std::string copy_in_sql(std::string_view name) const
    {
        std::string sql = "COPY " + table(name) + column_part() + " FROM STDIN" + option_part();
        if (!where_.empty())
            sql += " WHERE " + where_;
        return sql;
    }
    [[nodiscard]] std::string copy_out_sql(std::string_view name) const
    {
        return "COPY " + table(name) + column_part() + " TO STDOUT" + option_part();
    }
    [[nodiscard]] std::string copy_query_sql(std::string_view query) const
    {
        return "COPY (" + std::string{query} + "\n) TO STDOUT" + option_part();
    }

private:
    copy_options& append(std::string_view option)
    {
        options_ += options_.empty() ? "" : ", ";
        options_ += option;
        return *this;
    }
    copy_options& add(std::string_view option)
    {
        formats_ = true;
        return append(option);
    }
    copy_options& add(std::string_view option, std::string_view value)
    {
        add(option);
        options_ += quote_literal(value);
        return *this;
    }
    template <class... Names>
    copy_options& add_names(std::string_view option, Names const&... names)
    {
        std::string list;
        (add_name(list, names), ...);
        add(option);
        options_ += list + ')';
        return *this;
    }
    static void add_name(std::string& list, std::string_view name)
    {
        if (!list.empty())
            list += ',';
        list += quote_identifier(name);
    }
    [[nodiscard]] std::string column_part() const
    {
        return columns_.empty() ? std::string{} : " (" + columns_ + ')';
    }
    [[nodiscard]] std::string option_part() const
    {
        return options_.empty() ? std::string{} : " WITH (" + options_ + ')';
    }

    std::string schema_;
    std::string columns_;
    std::string options_;
    std::string where_;
    copy_progress progress_;
    bool formats_ = false;
};

} // namespace pgcoro
