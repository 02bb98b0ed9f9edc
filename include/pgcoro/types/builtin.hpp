#pragma once

/// \file
/// The codecs of what is in every row: cheap to compile. Dates and times have headers of their own
/// (types/date.hpp, timestamp.hpp, time_of_day.hpp), because <chrono> is not; <pgcoro/pgcoro.hpp>
/// has them all.

#include "array.hpp"
#include "boolean.hpp"
#include "bytes.hpp"
#include "floating.hpp"
#include "integer.hpp"
#include "nullable.hpp"
#include "object_id.hpp"
#include "shaped_array.hpp"
#include "single_char.hpp"
#include "text.hpp"
#include "transaction_id.hpp"
#include "uuid.hpp"
