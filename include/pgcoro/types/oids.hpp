#pragma once

#include "../core/oid.hpp"

/// \file
/// The types that every PostgreSQL server knows under the same number (pg_type.dat). A name that is
/// a keyword of C++ has an underscore behind it.

namespace pgcoro::oids {

inline constexpr oid bool_{16};
inline constexpr oid bytea{17};
inline constexpr oid char_{18}; ///< "char", one byte; character(n) is bpchar
inline constexpr oid name{19};
inline constexpr oid int8{20};
inline constexpr oid int2{21};
inline constexpr oid int4{23};
inline constexpr oid text{25};
inline constexpr oid regproc{24};
inline constexpr oid oid_{26};
inline constexpr oid tid{27};
inline constexpr oid xid{28};
inline constexpr oid cid{29};
inline constexpr oid json{114};
inline constexpr oid xml{142};
inline constexpr oid point{600};
inline constexpr oid lseg{601};
inline constexpr oid path{602};
inline constexpr oid box{603};
inline constexpr oid polygon{604};
inline constexpr oid line{628};
inline constexpr oid cidr{650};
inline constexpr oid float4{700};
inline constexpr oid float8{701};
inline constexpr oid unknown{705};
inline constexpr oid circle{718};
inline constexpr oid macaddr8{774};
inline constexpr oid money{790};
inline constexpr oid macaddr{829};
inline constexpr oid inet{869};
inline constexpr oid bpchar{1042};
inline constexpr oid varchar{1043};
inline constexpr oid date{1082};
inline constexpr oid time{1083};
inline constexpr oid timestamp{1114};
inline constexpr oid timestamptz{1184};
inline constexpr oid interval{1186};
inline constexpr oid timetz{1266};
inline constexpr oid bit{1560};
inline constexpr oid varbit{1562};
inline constexpr oid numeric{1700};
inline constexpr oid uuid{2950};
inline constexpr oid pg_lsn{3220};
inline constexpr oid tsvector{3614};
inline constexpr oid tsquery{3615};
inline constexpr oid jsonb{3802};
inline constexpr oid int4range{3904};
inline constexpr oid numrange{3906};
inline constexpr oid tsrange{3908};
inline constexpr oid tstzrange{3910};
inline constexpr oid daterange{3912};
inline constexpr oid int8range{3926};
inline constexpr oid jsonpath{4072};
inline constexpr oid int4multirange{4451};
inline constexpr oid nummultirange{4532};
inline constexpr oid tsmultirange{4533};
inline constexpr oid tstzmultirange{4534};
inline constexpr oid datemultirange{4535};
inline constexpr oid int8multirange{4536};
inline constexpr oid regprocedure{2202};
inline constexpr oid regoper{2203};
inline constexpr oid regoperator{2204};
inline constexpr oid regclass{2205};
inline constexpr oid regtype{2206};
inline constexpr oid regconfig{3734};
inline constexpr oid regdictionary{3769};
inline constexpr oid regnamespace{4089};
inline constexpr oid regrole{4096};
inline constexpr oid regcollation{4191};
inline constexpr oid txid_snapshot{2970};
inline constexpr oid pg_snapshot{5038};
inline constexpr oid xid8{5069};
inline constexpr oid int2vector{22};
inline constexpr oid oidvector{30};
inline constexpr oid aclitem{1033};
inline constexpr oid refcursor{1790};
inline constexpr oid gtsvector{3642};
inline constexpr oid record{2249};
inline constexpr oid cstring{2275};
inline constexpr oid void_{2278};

inline constexpr oid bool_array{1000};
inline constexpr oid bytea_array{1001};
inline constexpr oid char_array{1002};
inline constexpr oid name_array{1003};
inline constexpr oid int2_array{1005};
inline constexpr oid int4_array{1007};
inline constexpr oid text_array{1009};
inline constexpr oid bpchar_array{1014};
inline constexpr oid varchar_array{1015};
inline constexpr oid int8_array{1016};
inline constexpr oid float4_array{1021};
inline constexpr oid float8_array{1022};
inline constexpr oid oid_array{1028};
inline constexpr oid timestamp_array{1115};
inline constexpr oid date_array{1182};
inline constexpr oid time_array{1183};
inline constexpr oid timestamptz_array{1185};
inline constexpr oid interval_array{1187};
inline constexpr oid numeric_array{1231};
inline constexpr oid timetz_array{1270};
inline constexpr oid uuid_array{2951};
inline constexpr oid tid_array{1010};
inline constexpr oid xid_array{1011};
inline constexpr oid cid_array{1012};
inline constexpr oid xid8_array{271};
inline constexpr oid money_array{791};
inline constexpr oid pg_lsn_array{3221};
inline constexpr oid txid_snapshot_array{2949};
inline constexpr oid pg_snapshot_array{5039};

} // namespace pgcoro::oids
