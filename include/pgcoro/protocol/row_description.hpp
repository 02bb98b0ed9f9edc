#pragma once

#include "../core/byte_reader.hpp"
#include "../core/format.hpp"
#include "../core/oid.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pgcoro {

/// One column of a result, as RowDescription tells it.
struct column_description
{
    std::string name;
    oid table{};                     ///< the table it comes from, or 0
    std::int16_t table_column = 0;   ///< its number in that table, or 0
    oid type{};                      ///< the type of its values
    std::int16_t type_size = 0;      ///< pg_type.typlen; negative: of variable length
    std::int32_t type_modifier = -1; ///< pg_attribute.atttypmod
    pgcoro::format format = pgcoro::format::text;
};

/// The columns of a result.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html, RowDescription
struct row_description
{
    std::vector<column_description> columns;
};

/// False if the body is malformed.
[[nodiscard]] inline bool parse(byte_reader body, row_description& out)
{
    auto const count = body.get<std::uint16_t>();
    out.columns.clear();
    for (std::uint16_t i = 0; i < count && body.ok(); ++i) {
        column_description& column = out.columns.emplace_back();
        column.name = body.get_string();
        column.table = oid{body.get<std::uint32_t>()};
        column.table_column = body.get<std::int16_t>();
        column.type = oid{body.get<std::uint32_t>()};
        column.type_size = body.get<std::int16_t>();
        column.type_modifier = body.get<std::int32_t>();
        auto const code = body.get<std::int16_t>();
        if (code != 0 && code != 1)
            return false;
        column.format = static_cast<format>(code);
    }
    return body.exhausted();
}

} // namespace pgcoro
