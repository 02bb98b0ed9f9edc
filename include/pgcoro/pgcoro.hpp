#pragma once

/// \file
/// The whole library, but for testing/. `namespace pg = pgcoro;` is what its documentation writes.

#include "client/chunks.hpp"
#include "client/connect.hpp"
#include "client/gather.hpp"
#include "client/verify.hpp"
#include "client/within.hpp"
#include "core/conditions.hpp"
#include "pool/pool.hpp"
#include "types/date.hpp"
#include "types/duration.hpp"
#include "types/enumeration.hpp"
#include "types/range_codec.hpp"
#include "types/time_of_day.hpp"
#include "types/timestamp.hpp"
