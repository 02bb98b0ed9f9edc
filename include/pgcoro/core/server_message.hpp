#pragma once

#include "sqlstate.hpp"

#include <optional>
#include <string>

namespace pgcoro {

/// What the server says in an ErrorResponse or a NoticeResponse. A text that it didn't send is
/// empty, a number that it didn't send is not there.
/// https://www.postgresql.org/docs/current/protocol-error-fields.html
struct server_message
{
    std::string severity;              ///< in the server's language: "ERROR", "FEHLER"
    std::string severity_nonlocalized; ///< always English: "ERROR", "NOTICE"; PostgreSQL 9.6 on
    sqlstate code;
    std::string message;
    std::string detail;
    std::string hint;
    std::optional<int> position; ///< in the query, in characters, from 1
    std::optional<int> internal_position;
    std::string internal_query;
    std::string where;
    std::string schema;
    std::string table;
    std::string column;
    std::string data_type;
    std::string constraint;
    std::string file; ///< of the server's source, as line and routine are
    std::optional<int> line;
    std::string routine;
};

} // namespace pgcoro
