#pragma once

#include <string>
#include <string_view>

namespace pgcoro {

/// How a cursor is declared. https://www.postgresql.org/docs/current/sql-declare.html
class cursor_options
{
public:
    /// It can be moved back, too; may cost the server a copy of the result.
    cursor_options& scroll(bool value = true) noexcept
    {
        scroll_ = value;
        return *this;
    }
    /// It outlives its transaction, if that commits: COMMIT then stores the whole result. Those of
    /// a connection always do.
    cursor_options& hold(bool value = true) noexcept
    {
        hold_ = value;
        return *this;
    }

    [[nodiscard]] bool holds() const noexcept { return hold_; }
    [[nodiscard]] std::string declare_sql(std::string const& name, std::string_view query) const
    {
        std::string sql = "DECLARE " + name;
        sql += scroll_ ? " SCROLL CURSOR" : " NO SCROLL CURSOR";
        sql += hold_ ? " WITH HOLD FOR " : " FOR ";
        return sql += query;
    }

private:
    bool scroll_ = false;
    bool hold_ = false;
};

} // namespace pgcoro
