#pragma once

#include <cstdint>

namespace pgcoro {

/// An object identifier: the number by which the catalog knows a type or a table. A type of its
/// own, so that it is never taken for an int8 argument.
/// https://www.postgresql.org/docs/current/datatype-oid.html
enum class oid : std::uint32_t
{
};

/// Asks the server to infer a parameter's type.
inline constexpr oid unspecified_oid{0};

/// Identifiers from here on are given out at run time: they differ from database to database.
inline constexpr oid first_user_oid{16384};

} // namespace pgcoro
