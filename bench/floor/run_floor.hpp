#pragma once

#include "../common/checks.hpp"
#include "../common/skipping_rows.hpp"

namespace bench {

/// Runs a case on lanes that skip what is in the rows: its check is that of the count alone.
template <class Lanes>
int run_floor(arguments const& how)
{
    bool const fills = fills_batch(how.which);
    if (fills)
        clear_batch();
    tally once;
    Lanes{how.which, 1}.run(steady::now(), once);
    Lanes lanes{how.which, how.connections};
    if (has_callers(how.which))
        once.rows /= once.queries;
    checked const check = fills ? check_batch() : checked{once.rows, {}};
    return measure(how, check,
        [&](steady::time_point deadline, tally& counted) { lanes.run(deadline, counted); });
}

} // namespace bench
