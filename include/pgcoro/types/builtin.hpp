#pragma once

/// \file
/// The codecs that need nothing but the language and its strings.

#include "boolean.hpp"
#include "bytes.hpp"
#include "floating.hpp"
#include "integer.hpp"
#include "nullable.hpp"
#include "text.hpp"
