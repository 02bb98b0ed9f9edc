#pragma once

/// \file
/// A codec and a C++ type for each of PostgreSQL's types, and those of the extensions hstore,
/// pgvector and PostGIS. <pgcoro/pgcoro.hpp> has those that most programs need; the others cost
/// compile time, and are included one by one, or with this. Not in here is what needs another
/// library: json_nlohmann.hpp, json_boost.hpp, json_glaze.hpp, and ../client/asio_addresses.hpp.
/// docs/types.md has the table.

#include "bits.hpp"
#include "bitset.hpp"
#include "builtin.hpp"
#include "date.hpp"
#include "duration.hpp"
#include "enumeration.hpp"
#include "ewkb.hpp"
#include "geometric.hpp"
#include "hstore.hpp"
#include "inet.hpp"
#include "json.hpp"
#include "lsn.hpp"
#include "macaddr.hpp"
#include "money.hpp"
#include "numeric.hpp"
#include "pgvector.hpp"
#include "range_codec.hpp"
#include "snapshot.hpp"
#include "tid.hpp"
#include "time_of_day.hpp"
#include "timestamp.hpp"
#include "tsquery.hpp"
#include "tsvector.hpp"
