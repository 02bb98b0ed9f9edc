#pragma once

#include "oids.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pgcoro {

/// A type that every server knows: its name in SQL, its OID and that of the arrays of it.
struct builtin_type
{
    oid type;
    oid array;
    std::string_view name;
};

// clang-format off
inline constexpr builtin_type builtin_types[] = {
    {oids::bool_, oids::bool_array, "bool"},
    {oids::bytea, oids::bytea_array, "bytea"},
    {oids::char_, oids::char_array, "\"char\""},
    {oids::name, oids::name_array, "name"},
    {oids::int8, oids::int8_array, "int8"},
    {oids::int2, oids::int2_array, "int2"},
    {oids::int4, oids::int4_array, "int4"},
    {oids::text, oids::text_array, "text"},
    {oids::oid_, oids::oid_array, "oid"},
    {oids::tid, oids::tid_array, "tid"},
    {oids::xid, oids::xid_array, "xid"},
    {oids::cid, oids::cid_array, "cid"},
    {oids::xid8, oids::xid8_array, "xid8"},
    {oids::json, oid{199}, "json"},
    {oids::xml, oid{143}, "xml"},
    {oids::point, oid{1017}, "point"},
    {oids::lseg, oid{1018}, "lseg"},
    {oids::path, oid{1019}, "path"},
    {oids::box, oid{1020}, "box"},
    {oids::polygon, oid{1027}, "polygon"},
    {oids::line, oid{629}, "line"},
    {oids::cidr, oid{651}, "cidr"},
    {oids::float4, oids::float4_array, "float4"},
    {oids::float8, oids::float8_array, "float8"},
    {oids::unknown, oid{0}, "unknown"},
    {oids::circle, oid{719}, "circle"},
    {oids::macaddr8, oid{775}, "macaddr8"},
    {oids::money, oids::money_array, "money"},
    {oids::macaddr, oid{1040}, "macaddr"},
    {oids::inet, oid{1041}, "inet"},
    {oids::bpchar, oids::bpchar_array, "char(n)"},
    {oids::varchar, oids::varchar_array, "varchar"},
    {oids::date, oids::date_array, "date"},
    {oids::time, oids::time_array, "time"},
    {oids::timestamp, oids::timestamp_array, "timestamp"},
    {oids::timestamptz, oids::timestamptz_array, "timestamptz"},
    {oids::interval, oids::interval_array, "interval"},
    {oids::timetz, oids::timetz_array, "timetz"},
    {oids::bit, oid{1561}, "bit"},
    {oids::varbit, oid{1563}, "varbit"},
    {oids::numeric, oids::numeric_array, "numeric"},
    {oids::uuid, oids::uuid_array, "uuid"},
    {oids::pg_lsn, oids::pg_lsn_array, "pg_lsn"},
    {oids::tsvector, oid{3643}, "tsvector"},
    {oids::tsquery, oid{3645}, "tsquery"},
    {oids::jsonb, oid{3807}, "jsonb"},
    {oids::int4range, oid{3905}, "int4range"},
    {oids::numrange, oid{3907}, "numrange"},
    {oids::tsrange, oid{3909}, "tsrange"},
    {oids::tstzrange, oid{3911}, "tstzrange"},
    {oids::daterange, oid{3913}, "daterange"},
    {oids::int8range, oid{3927}, "int8range"},
    {oids::jsonpath, oid{4073}, "jsonpath"},
    {oids::int4multirange, oid{6150}, "int4multirange"},
    {oids::nummultirange, oid{6151}, "nummultirange"},
    {oids::tsmultirange, oid{6152}, "tsmultirange"},
    {oids::tstzmultirange, oid{6153}, "tstzmultirange"},
    {oids::datemultirange, oid{6155}, "datemultirange"},
    {oids::int8multirange, oid{6157}, "int8multirange"},
    {oids::txid_snapshot, oids::txid_snapshot_array, "txid_snapshot"},
    {oids::pg_snapshot, oids::pg_snapshot_array, "pg_snapshot"},
    {oids::regproc, oid{1008}, "regproc"},
    {oids::regprocedure, oid{2207}, "regprocedure"},
    {oids::regoper, oid{2208}, "regoper"},
    {oids::regoperator, oid{2209}, "regoperator"},
    {oids::regclass, oid{2210}, "regclass"},
    {oids::regtype, oid{2211}, "regtype"},
    {oids::regconfig, oid{3735}, "regconfig"},
    {oids::regdictionary, oid{3770}, "regdictionary"},
    {oids::regnamespace, oid{4090}, "regnamespace"},
    {oids::regrole, oid{4097}, "regrole"},
    {oids::regcollation, oid{4192}, "regcollation"},
    {oids::int2vector, oid{1006}, "int2vector"},
    {oids::oidvector, oid{1013}, "oidvector"},
    {oids::aclitem, oid{1034}, "aclitem"},
    {oids::refcursor, oid{2201}, "refcursor"},
    {oids::gtsvector, oid{3644}, "gtsvector"},
    {oids::record, oid{2287}, "record"},
    {oids::cstring, oid{1263}, "cstring"},
    {oids::void_, oid{0}, "void"},
};
// clang-format on

/// The array type of a built-in type; unspecified_oid if the server gave it its number at run time.
[[nodiscard]] constexpr oid array_of(oid element) noexcept
{
    for (builtin_type const& entry : builtin_types)
        if (entry.type == element)
            return entry.array;
    return unspecified_oid;
}

/// The element type of a built-in array type; unspecified_oid for all else.
[[nodiscard]] constexpr oid element_of(oid array) noexcept
{
    for (builtin_type const& entry : builtin_types)
        if (entry.array == array && array != unspecified_oid)
            return entry.type;
    return unspecified_oid;
}

/// A type or array type that every server knows.
[[nodiscard]] constexpr bool is_builtin(oid type) noexcept
{
    for (builtin_type const& entry : builtin_types)
        if (entry.type == type || (entry.array == type && type != unspecified_oid))
            return true;
    return false;
}

/// What a type is called in an error text: `int8`, `text[]`, or `type 16402` where only the server
/// knows the name.
[[nodiscard]] inline std::string type_name(oid type)
{
    for (builtin_type const& entry : builtin_types) {
        if (entry.type == type)
            return std::string{entry.name};
        if (entry.array == type && type != unspecified_oid)
            return std::string{entry.name} + "[]";
    }
    return "type " + std::to_string(static_cast<std::uint32_t>(type));
}

/// The value is an OID, its text the name of what that means.
[[nodiscard]] constexpr bool is_catalog_name(oid type) noexcept
{
    switch (type) {
    case oids::regproc:
    case oids::regprocedure:
    case oids::regoper:
    case oids::regoperator:
    case oids::regclass:
    case oids::regtype:
    case oids::regconfig:
    case oids::regdictionary:
    case oids::regnamespace:
    case oids::regrole:
    case oids::regcollation:
        return true;
    default:
        return false;
    }
}

/// The value's bytes are its text in both formats.
[[nodiscard]] constexpr bool is_text_like(oid type) noexcept
{
    switch (type) {
    case oids::text:
    case oids::varchar:
    case oids::bpchar:
    case oids::name:
    case oids::unknown:
    case oids::json:
    case oids::xml:
    case oids::char_:
    case oids::cstring:
    case oids::refcursor:
        return true;
    default:
        return false;
    }
}

} // namespace pgcoro
