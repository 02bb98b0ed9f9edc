#pragma once

/// \file
/// For programs of many source files. Define PGCORO_SEPARATE_COMPILATION for all of them, and
/// include this header in just one of them: there is compiled what each would compile for itself.
/// Without the macro nobody needs this header.

#include "pgcoro.hpp"

#define PGCORO_INSTANCE template
#include "client/instances.hpp"
#define PGCORO_INSTANCE template
#include "pool/instances.hpp"
