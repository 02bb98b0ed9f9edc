#pragma once

/// \file
/// The codecs of what is in every row: cheap to compile. What needs <chrono>, which is not, has
/// headers of its own (types/date.hpp, time_of_day.hpp, timestamp.hpp, duration.hpp);
/// <pgcoro/pgcoro.hpp> has them all.

#include "array.hpp"
#include "boolean.hpp"
#include "bytes.hpp"
#include "composite.hpp"
#include "floating.hpp"
#include "integer.hpp"
#include "interval.hpp"
#include "lsn.hpp"
#include "money.hpp"
#include "nullable.hpp"
#include "numeric.hpp"
#include "object_id.hpp"
#include "shaped_array.hpp"
#include "single_char.hpp"
#include "snapshot.hpp"
#include "text.hpp"
#include "tid.hpp"
#include "transaction_id.hpp"
#include "uuid.hpp"
