// The limit: the same protocol and the same prepared statements as the others, one thread with
// epoll; messages are framed and their bodies skipped.

#include "../common/connect_lanes.hpp"
#include "../common/epoll_lanes.hpp"
#include "run_floor.hpp"

int main(int argc, char** argv)
{
    return bench::report(argc, argv, [](bench::arguments const& how) {
        if (bench::connects(how.which))
            return bench::run_floor<bench::connect_lanes>(how);
        return bench::run_floor<bench::epoll_lanes<bench::skipping_rows>>(how);
    });
}
