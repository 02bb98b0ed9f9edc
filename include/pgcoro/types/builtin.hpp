#pragma once

/// \file
/// The codecs that need nothing but the language, its strings and vectors.

#include "array.hpp"
#include "boolean.hpp"
#include "bytes.hpp"
#include "floating.hpp"
#include "integer.hpp"
#include "nullable.hpp"
#include "text.hpp"
