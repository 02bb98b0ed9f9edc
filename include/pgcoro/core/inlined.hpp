#pragma once

/// \file
/// For what must be inlined wherever the compiler optimizes, since it is done for each value of a
/// row. Where it doesn't there is nothing to win, and each row type would be compiled with a copy.

#if defined(__OPTIMIZE__)
    #define PGCORO_INLINED [[gnu::always_inline]] inline
#else
    #define PGCORO_INLINED inline
#endif
