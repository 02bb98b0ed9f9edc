// libpq as a careful C program uses it: all connections on one thread, with epoll.

#include "pipeline_lanes.hpp"

using namespace bench;

namespace {

int run_case(arguments const& how)
{
    switch (how.which) {
    case case_id::copy_in:
    case case_id::connect:
    case case_id::reconnect:
    case case_id::shared_connection:
        return print_skip(how, "the same as libpq");
    default:
        return with_row_of(how.which, [&]<class Row>(Row) { return run_pipeline_lanes<Row>(how); });
    }
}

} // namespace

int main(int argc, char** argv)
{
    return report(argc, argv, run_case);
}
